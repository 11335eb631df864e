//! An endpoint that gives tokens to whoever knows the secret, as OAuth 2.0 has it.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::token_signer::TokenSigner;

/// Who gets tokens of an endpoint.
const CLIENT_ID: &str = "job";
const CLIENT_SECRET: &str = "canary-of-the-client";

/// What an endpoint does with requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Gives a token that is good for so long.
    Token(Duration),
    /// Gives a token that nobody believes.
    ForgedToken,
    /// Is overloaded.
    Overloaded,
}

/// A token endpoint on this machine. Dropped, it answers no more.
#[derive(Debug)]
pub struct TokenEndpoint {
    port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    signer: Arc<TokenSigner>,
    answer: Answer,
    /// The tokens it has given.
    tokens: Vec<String>,
    is_closed: bool,
}

impl TokenEndpoint {
    pub(super) fn start(signer: &Arc<TokenSigner>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let state = Arc::new(Mutex::new(State {
            signer: Arc::clone(signer),
            answer: Answer::Token(Duration::from_secs(3_600)),
            tokens: Vec::new(),
            is_closed: false,
        }));
        let shared = Arc::clone(&state);
        thread::Builder::new()
            .name("token-endpoint".to_owned())
            .spawn(move || {
                for stream in listener.incoming() {
                    if lock(&shared).is_closed {
                        return;
                    }
                    // Whoever goes away in the middle of a request gets no answer.
                    let _ended = stream.and_then(|stream| serve(&stream, &shared));
                }
            })?;
        Ok(TokenEndpoint { port, state })
    }

    /// Lets it do something else from now on.
    pub fn answer(&self, answer: Answer) {
        lock(&self.state).answer = answer;
    }

    /// The tokens that it has given.
    pub fn tokens(&self) -> Vec<String> {
        lock(&self.state).tokens.clone()
    }

    /// What a client needs to get tokens.
    pub fn properties(&self) -> Vec<(String, String)> {
        let url = format!("http://127.0.0.1:{}/token", self.port);
        let properties = [
            ("sasl.oauthbearer.method", "oidc"),
            ("sasl.oauthbearer.token.endpoint.url", &url),
            ("sasl.oauthbearer.client.id", CLIENT_ID),
            ("sasl.oauthbearer.client.secret", CLIENT_SECRET),
            ("sasl.oauthbearer.scope", "kafka read+write"),
            ("sasl.oauthbearer.extensions", "logicalCluster=lkc,pool=p 1"),
        ];
        let properties = properties.into_iter();
        properties
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    /// The secret of the only client.
    pub fn secret(&self) -> &'static str {
        CLIENT_SECRET
    }
}

impl Drop for TokenEndpoint {
    fn drop(&mut self) {
        lock(&self.state).is_closed = true;
        // It wakes whoever waits for the next connection; without one there is nobody to wake.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(mut stream: &TcpStream, state: &Mutex<State>) -> io::Result<()> {
    let (head, body) = request(stream)?;
    let credentials = STANDARD.encode(format!("{CLIENT_ID}:{CLIENT_SECRET}"));
    let authorization = format!("authorization: Basic {credentials}");
    let knows_secret = head.iter().any(|line| {
        let (name, value) = authorization.split_at("authorization:".len());
        line.get(..name.len())
            .is_some_and(|it| it.eq_ignore_ascii_case(name))
            && line.get(name.len()..) == Some(value)
    });
    let is_request = head
        .first()
        .is_some_and(|line| line.starts_with("POST /token "))
        && body == "grant_type=client_credentials&scope=kafka+read%2Bwrite";
    let mut state = lock(state);
    let (status, answer) = match state.answer {
        _ if !is_request => ("400 Bad Request", refusal("invalid_request", &body)),
        _ if !knows_secret => (
            "401 Unauthorized",
            refusal("invalid_client", "who are you?"),
        ),
        Answer::Overloaded => ("503 Service Unavailable", String::new()),
        Answer::Token(life) => {
            let signer = Arc::clone(&state.signer);
            ("200 OK", state.give(&signer, life))
        }
        Answer::ForgedToken => {
            let life = Duration::from_secs(3_600);
            ("200 OK", state.give(&TokenSigner::new(), life))
        }
    };
    drop(state);
    // In two chunks, as servers may.
    let (first, second) = answer.split_at(answer.len() / 2);
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    )?;
    for chunk in [first, second] {
        if !chunk.is_empty() {
            write!(stream, "{:x}\r\n{chunk}\r\n", chunk.len())?;
        }
    }
    stream.write_all(b"0\r\n\r\n")
}

impl State {
    fn give(&mut self, signer: &TokenSigner, life: Duration) -> String {
        let token = signer.token("alice", life);
        let answer = format!(
            r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":{}}}"#,
            life.as_secs()
        );
        self.tokens.push(token);
        answer
    }
}

fn refusal(error: &str, description: &str) -> String {
    format!(r#"{{"error":"{error}","error_description":"{description}"}}"#)
}

/// The lines in front of the body of a request, and the body.
fn request(stream: &TcpStream) -> io::Result<(Vec<String>, String)> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut from = BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        from.read_line(&mut line)?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        head.push(line.to_owned());
    }
    let length = head.iter().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_length = name.eq_ignore_ascii_case("content-length");
        value.trim().parse().ok().filter(|_| is_length)
    });
    let mut body = vec![0; length.unwrap_or(0)];
    from.read_exact(&mut body)?;
    Ok((head, String::from_utf8_lossy(&body).into_owned()))
}
