//! Speaks the Language Server Protocol over the pipes of a child process.

use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(120);
/// How long the server may load the project, and build the macros it needs.
const LOADING: Duration = Duration::from_secs(900);
/// The code of an answer that was overtaken by a change.
const CONTENT_MODIFIED: i64 = -32_801;

/// A running server. It ends with this value.
#[derive(Debug)]
pub struct Client {
    child: Child,
    stdin: ChildStdin,
    messages: Receiver<Value>,
    last_id: u64,
}

impl Client {
    /// Starts the server on a project, and waits until it has loaded it.
    ///
    /// # Panics
    ///
    /// Where it does not start, or does not get ready in time.
    pub fn start(program: &Path, root: &Path, target: &Path) -> Self {
        let mut child = Command::new(program)
            .current_dir(root)
            .env("CARGO_TARGET_DIR", target)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("rust-analyzer starts");
        let stdin = child.stdin.take().expect("its input is a pipe");
        let stdout = child.stdout.take().expect("its output is a pipe");
        let (sender, messages) = channel();
        thread::spawn(move || read_all(stdout, &sender));
        let mut client = Client {
            child,
            stdin,
            messages,
            last_id: 0,
        };
        client.initialize(root);
        client
    }

    fn initialize(&mut self, root: &Path) {
        self.request(
            "initialize",
            &json!({
                "processId": std::process::id(),
                "rootUri": uri(root),
                "workspaceFolders": [{ "uri": uri(root), "name": "job" }],
                "capabilities": {
                    "general": { "positionEncodings": ["utf-8"] },
                    "textDocument": {
                        "diagnostic": {},
                        "hover": { "contentFormat": ["markdown"] },
                        "completion": { "completionItem": { "snippetSupport": true } },
                        "definition": { "linkSupport": false },
                    },
                    "workspace": { "workspaceEdit": { "documentChanges": false } },
                    "experimental": { "serverStatusNotification": true },
                },
                "initializationOptions": {
                    "checkOnSave": false,
                    "cachePriming": { "enable": false },
                    "cargo": { "buildScripts": { "enable": true } },
                    "procMacro": { "enable": true },
                    "completion": { "limit": null },
                },
            }),
        );
        self.notify("initialized", &json!({}));
        let deadline = Instant::now() + LOADING;
        loop {
            let message = self.next(deadline, "it has loaded the project");
            if message["method"] == "experimental/serverStatus"
                && message["params"]["quiescent"] == true
            {
                let health = &message["params"]["health"];
                assert_ne!(health, "error", "{}", message["params"]["message"]);
                return;
            }
        }
    }

    /// Asks, and waits for the answer.
    ///
    /// # Panics
    ///
    /// Where the answer is an error, or none comes in time.
    pub fn request(&mut self, method: &str, params: &Value) -> Value {
        let deadline = Instant::now() + ANSWER;
        loop {
            self.last_id += 1;
            let id = self.last_id;
            self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
            let answer = loop {
                let message = self.next(deadline, method);
                if message["id"] == id && message.get("method").is_none() {
                    break message;
                }
            };
            match answer.get("error") {
                None => return answer["result"].clone(),
                Some(error) if error["code"] == CONTENT_MODIFIED => {}
                Some(error) => panic!("{method} with {params}: {error}"),
            }
        }
    }

    /// Tells the server something.
    pub fn notify(&mut self, method: &str, params: &Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// The next message; the server's own questions are answered with nothing.
    fn next(&mut self, deadline: Instant, awaited: &str) -> Value {
        let left = deadline.saturating_duration_since(Instant::now());
        let message = self
            .messages
            .recv_timeout(left)
            .unwrap_or_else(|error| panic!("rust-analyzer, until {awaited}: {error}"));
        if let (Some(id), Some(_)) = (message.get("id"), message.get("method")) {
            self.send(&json!({ "jsonrpc": "2.0", "id": id, "result": null }));
        }
        message
    }

    fn send(&mut self, message: &Value) {
        let body = message.to_string();
        write!(self.stdin, "Content-Length: {}\r\n\r\n{body}", body.len())
            .and_then(|()| self.stdin.flush())
            .expect("rust-analyzer reads its input");
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // It holds nothing that must be saved, and a hanging server must not outlive the test.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Hands on every message until the server closes its output.
fn read_all(stdout: ChildStdout, sender: &Sender<Value>) {
    let mut stdout = BufReader::new(stdout);
    while let Some(message) = read(&mut stdout) {
        if sender.send(message).is_err() {
            return;
        }
    }
}

fn read(stdout: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stdout.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end().split_once(": ") {
            Some(("Content-Length", value)) => length = value.parse().ok()?,
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    stdout.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

/// The address of a file or folder.
pub fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}
