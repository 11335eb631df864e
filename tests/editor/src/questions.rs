//! What an editor asks at the cursor.

use std::fs;

use serde_json::{Value, json};

use crate::client::Client;
use crate::project::{Place, Project};

/// An editor with a job in it.
#[derive(Debug)]
pub struct Editor<'c> {
    client: &'c mut Client,
    project: &'c mut Project,
    place: Place,
}

impl<'c> Editor<'c> {
    /// Shows a job; the cursor stands where the text has its mark.
    pub fn new(client: &'c mut Client, project: &'c mut Project, job: &str) -> Self {
        let place = project.show(job, client);
        Editor {
            client,
            project,
            place,
        }
    }

    fn ask(&mut self, method: &str, more: &[(&str, Value)]) -> Value {
        let mut params = self.place.0.clone();
        for (name, value) in more {
            params[*name] = value.clone();
        }
        self.client.request(method, &params)
    }

    /// The file, with the cursor's mark taken out.
    pub fn text(&self) -> &str {
        self.project.text()
    }

    /// What is shown for the word at the cursor, in Markdown.
    pub fn hover(&mut self) -> String {
        let hover = self.ask("textDocument/hover", &[]);
        hover["contents"]["value"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// The words that are offered.
    pub fn completions(&mut self) -> Vec<String> {
        let offered = self.ask("textDocument/completion", &[]);
        let items = offered.get("items").unwrap_or(&offered);
        let items = items.as_array().cloned().unwrap_or_default();
        items
            .iter()
            .filter_map(|item| item["label"].as_str())
            .map(|label| label.split('(').next().unwrap_or(label).to_owned())
            .collect()
    }

    /// The lines that the word's definitions stand in.
    ///
    /// # Panics
    ///
    /// Where a definition is in a file that cannot be read.
    pub fn definitions(&mut self) -> Vec<String> {
        let found = self.ask("textDocument/definition", &[]);
        let found = found.as_array().cloned().unwrap_or_default();
        found
            .iter()
            .map(|location| {
                let range = &location["range"]["start"];
                let line = usize::try_from(range["line"].as_u64().unwrap_or_default())
                    .expect("a line of a file");
                let uri = location["uri"].as_str().unwrap_or_default();
                if uri == self.project.uri() {
                    return self.project.line(line);
                }
                let text = fs::read_to_string(uri.trim_start_matches("file://"))
                    .expect("the file of the definition");
                text.lines().nth(line).unwrap_or_default().trim().to_owned()
            })
            .collect()
    }

    /// The file after the word at the cursor got another name.
    pub fn renamed(&mut self, to: &str) -> String {
        let edit = self.ask("textDocument/rename", &[("newName", json!(to))]);
        let edits = edit["documentChanges"][0]["edits"].as_array().cloned();
        self.project.edited(&edits.unwrap_or_default())
    }

    /// What is wrong with the file: the text that is underlined, and the first line of the message.
    pub fn diagnostics(&mut self) -> Vec<(String, String)> {
        let report = self.ask("textDocument/diagnostic", &[]);
        let items = report["items"].as_array().cloned().unwrap_or_default();
        items
            .iter()
            .map(|item| {
                let message = item["message"].as_str().unwrap_or_default();
                let first = message.lines().next().unwrap_or_default().to_owned();
                (self.project.text_in(&item["range"]).to_owned(), first)
            })
            .collect()
    }
}
