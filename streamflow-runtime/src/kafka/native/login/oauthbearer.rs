//! OAUTHBEARER (RFC 7628): a token that somebody else has given, whom the broker believes.
//!
//! ```text
//! client   n,,^Aauth=Bearer token^Aname=value^A^A
//! broker   nothing, or why it does not take the token
//! client   ^A, and then the broker says that the login has failed
//! ```

use serde::Deserialize;

use crate::kafka::oauth::Token;

/// What a client says to an answer that says why; the broker waits for it.
pub(super) const HEARD: &[u8] = b"\x01";

/// Why a broker does not take a token.
#[derive(Deserialize)]
struct Refusal {
    status: String,
}

/// The most characters shown of what a broker says.
const MOST_SHOWN: usize = 100;

/// The one message of the mechanism.
pub(super) fn message(token: &Token) -> Vec<u8> {
    let mut message = format!("n,,\x01auth=Bearer {}", token.text);
    for (name, value) in &token.extensions {
        message.push('\x01');
        message.push_str(name);
        message.push('=');
        message.push_str(value);
    }
    message.push_str("\x01\x01");
    message.into_bytes()
}

/// Why a broker does not take a token, from what it answers.
pub(super) fn refusal(answer: &[u8]) -> String {
    match serde_json::from_slice::<Refusal>(answer) {
        Ok(Refusal { status }) => {
            let shown = status.chars().filter(|it| !it.is_control());
            format!("it says `{}`", shown.take(MOST_SHOWN).collect::<String>())
        }
        Err(_) => "it does not say why".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_is_the_token_and_what_goes_with_it() {
        let answer = r#"{"access_token":"abc.def"}"#;
        let extensions = [("traceId", "1"), ("pool", "a b")];
        let extensions = extensions.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let token = |extensions: &[_]| Token::read(answer, "job", extensions).unwrap();
        assert_eq!(message(&token(&[])), b"n,,\x01auth=Bearer abc.def\x01\x01");
        assert_eq!(
            message(&token(&extensions)),
            b"n,,\x01auth=Bearer abc.def\x01traceId=1\x01pool=a b\x01\x01"
        );
    }

    #[test]
    fn refusal_is_in_the_words_of_the_broker() {
        let said = br#"{"status":"invalid_token","scope":"kafka"}"#;
        assert_eq!(refusal(said), "it says `invalid_token`");
        assert_eq!(refusal(b"\xff"), "it does not say why");
    }
}
