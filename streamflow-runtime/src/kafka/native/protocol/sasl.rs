//! Logging on: which mechanism, and then the messages of that mechanism.

use crate::kafka::native::wire::{Input, Malformed, Output};

/// Writes the request for a mechanism, version 1.
pub(in crate::kafka::native) fn write_handshake(out: &mut Output, mechanism: &str) {
    out.text(mechanism);
}

/// What a broker says to a mechanism.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::kafka::native) struct Handshake<'b> {
    pub(in crate::kafka::native) error: i16,
    /// The mechanisms that it knows.
    pub(in crate::kafka::native) mechanisms: Vec<&'b str>,
}

/// Reads the response to a handshake.
pub(in crate::kafka::native) fn read_handshake(message: &[u8]) -> Result<Handshake<'_>, Malformed> {
    let mut input = Input::new(message);
    let error = input.i16()?;
    let mut mechanisms = Vec::new();
    for _ in 0..input.count(2)? {
        mechanisms.push(input.text()?);
    }
    input.end()?;
    Ok(Handshake { error, mechanisms })
}

/// Writes one message of a mechanism, version 0 or 1.
pub(in crate::kafka::native) fn write_authenticate(out: &mut Output, message: &[u8]) {
    out.bytes(message);
}

/// What a broker says to a message of a mechanism.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::kafka::native) struct Authenticate<'b> {
    pub(in crate::kafka::native) error: i16,
    pub(in crate::kafka::native) reason: Option<&'b str>,
    /// Its message in turn.
    pub(in crate::kafka::native) answer: &'b [u8],
    /// How long the login is good for; 0 where it is for as long as the connection.
    pub(in crate::kafka::native) session_ms: i64,
}

/// Reads the response to a message.
pub(in crate::kafka::native) fn read_authenticate(
    version: i16,
    message: &[u8],
) -> Result<Authenticate<'_>, Malformed> {
    let mut input = Input::new(message);
    let error = input.i16()?;
    let reason = input.nullable_text()?;
    let answer = input.place_of_bytes()?;
    let session_ms = if version >= 1 { input.i64()? } else { 0 };
    input.end()?;
    Ok(Authenticate {
        error,
        reason,
        answer: message.get(answer).unwrap_or_default(),
        session_ms,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_to_a_login_are_read() {
        let mut out = Output::default();
        out.i16(33);
        out.count(2);
        out.text("PLAIN");
        out.text("GSSAPI");
        let bytes = out.into_bytes();
        let handshake = read_handshake(&bytes).unwrap();
        assert_eq!(
            (handshake.error, handshake.mechanisms),
            (33, vec!["PLAIN", "GSSAPI"])
        );

        let mut out = Output::default();
        out.i16(58);
        out.text("who are you");
        out.bytes(b"v=1");
        out.i64(1_500);
        let bytes = out.into_bytes();
        let answer = read_authenticate(1, &bytes).unwrap();
        assert_eq!((answer.error, answer.reason), (58, Some("who are you")));
        assert_eq!((answer.answer, answer.session_ms), (&b"v=1"[..], 1_500));
        for length in 0..bytes.len() {
            assert!(read_authenticate(1, &bytes[..length]).is_err(), "{length}");
        }
        let of_version_0 = read_authenticate(0, &bytes[..bytes.len() - 8]);
        assert_eq!(of_version_0.unwrap().session_ms, 0);
    }
}
