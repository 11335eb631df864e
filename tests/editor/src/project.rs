//! The project that rust-analyzer is shown, and the place of the cursor in it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{Client, uri};

/// Where the cursor stands in the text of a case.
pub const CURSOR: &str = "$0";

/// What every file begins with.
const PRELUDE: &str = include_str!("prelude.rs.txt");

/// What stands around a job.
#[derive(Debug, Clone, Copy)]
struct Frame {
    front: &'static str,
    back: &'static str,
}

/// Around one that is an expression.
const EXPRESSION: Frame = Frame {
    front: "fn main() {\n    let limit = 3u64;\n    let job = stream_job! {\n        ",
    back: "\n    };\n}\n",
};
/// Around one that is an item.
const ITEM: Frame = Frame {
    front: "stream_job! {\n    ",
    back: "\n}\n\nfn main() {\n    let job = counts(3);\n}\n",
};

impl Frame {
    fn of(job: &str) -> Self {
        if job.starts_with("pub job") {
            ITEM
        } else {
            EXPRESSION
        }
    }

    fn around(self, job: &str) -> String {
        let Frame { front, back } = self;
        format!("{PRELUDE}{front}{job}{back}")
    }

    fn offset(self) -> usize {
        PRELUDE.len() + self.front.len()
    }
}

/// A project on disk with one file, whose text is that of the case at hand.
#[derive(Debug)]
pub struct Project {
    folder: TempDir,
    version: u64,
    /// What stands around the job at hand.
    frame: Frame,
    /// The text that the server knows.
    text: String,
}

impl Project {
    /// Makes the project; it depends on the streamflow of this workspace.
    ///
    /// # Panics
    ///
    /// Where its files cannot be written.
    pub fn new() -> Self {
        let workspace = workspace();
        let folder = TempDir::new().expect("a folder for the project");
        let manifest = format!(
            "[package]\nname = \"job\"\nedition = \"2024\"\n\n[dependencies]\n\
             serde = {{ version = \"1\", features = [\"derive\"] }}\n\
             streamflow = {{ path = '{}', default-features = false }}\n\n[workspace]\n",
            workspace.display(),
        );
        let write = |name: &str, text: &str| {
            fs::write(folder.path().join(name), text).expect("a file of the project");
        };
        write("Cargo.toml", &manifest);
        // The versions that this workspace was built with: nothing needs to be fetched.
        fs::copy(
            workspace.join("Cargo.lock"),
            folder.path().join("Cargo.lock"),
        )
        .expect("the workspace's lock file");
        fs::create_dir(folder.path().join("src")).expect("a folder for the source");
        let text = EXPRESSION.around("from stdin | print");
        write("src/main.rs", &text);
        Project {
            folder,
            version: 0,
            frame: EXPRESSION,
            text,
        }
    }

    /// Its folder.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Opens its file.
    pub fn open(&self, client: &mut Client) {
        client.notify(
            "textDocument/didOpen",
            &json!({ "textDocument": {
                "uri": self.uri(),
                "languageId": "rust",
                "version": self.version,
                "text": self.text,
            }}),
        );
    }

    /// Puts a job into the file, and gives the place of the cursor in it.
    pub fn show(&mut self, job: &str, client: &mut Client) -> Place {
        self.frame = Frame::of(job);
        let at = self.frame.offset() + job.find(CURSOR).unwrap_or_default();
        self.text = self.frame.around(&job.replacen(CURSOR, "", 1));
        self.version += 1;
        client.notify(
            "textDocument/didChange",
            &json!({
                "textDocument": { "uri": self.uri(), "version": self.version },
                "contentChanges": [{ "text": self.text }],
            }),
        );
        Place(json!({
            "textDocument": { "uri": self.uri() },
            "position": position(&self.text, at),
        }))
    }

    /// The address of its file.
    pub fn uri(&self) -> String {
        uri(&self.folder.path().join("src/main.rs"))
    }

    /// The text in a range of the file.
    pub fn text_in(&self, range: &Value) -> &str {
        let (start, end) = self.bounds(range);
        &self.text[start..end]
    }

    /// A line of the file.
    pub fn line(&self, number: usize) -> String {
        let line = self.text.lines().nth(number).unwrap_or_default();
        line.trim().to_owned()
    }

    /// The file after edits.
    pub fn edited(&self, edits: &[Value]) -> String {
        let mut edits: Vec<(usize, usize, &str)> = edits
            .iter()
            .map(|edit| {
                let (start, end) = self.bounds(&edit["range"]);
                (start, end, edit["newText"].as_str().unwrap_or_default())
            })
            .collect();
        edits.sort_unstable();
        let mut text = self.text.clone();
        for (start, end, new) in edits.into_iter().rev() {
            text.replace_range(start..end, new);
        }
        text
    }

    /// The file as it is.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn bounds(&self, range: &Value) -> (usize, usize) {
        (
            offset(&self.text, &range["start"]),
            offset(&self.text, &range["end"]),
        )
    }
}

impl Default for Project {
    fn default() -> Self {
        Self::new()
    }
}

/// A file and a position in it, as requests name them.
#[derive(Debug, Clone)]
pub struct Place(pub Value);

fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

fn position(text: &str, offset: usize) -> Value {
    let before = &text[..offset];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    json!({ "line": before.matches('\n').count(), "character": offset - line_start })
}

fn offset(text: &str, position: &Value) -> usize {
    let number = |what: &str| {
        let number = position[what].as_u64().expect("a position");
        usize::try_from(number).expect("a position in the file")
    };
    let line = number("line");
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    start + number("character")
}
