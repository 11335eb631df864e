//! What a token endpoint gives: the token, whose it is, and how long it is good for.

use std::fmt;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

/// A token, as brokers are shown it.
#[derive(Clone)]
pub(in crate::kafka) struct Token {
    pub(in crate::kafka) text: String,
    /// Whose it is.
    pub(super) principal: String,
    /// What is told to brokers beside it, by name.
    pub(in crate::kafka) extensions: Vec<(String, String)>,
    pub(super) expires_at_ms: i64,
    /// It is used no more from here on: on its way to a broker it might expire.
    good_until: Instant,
    pub(super) renew_at: Instant,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("expires_at_ms", &self.expires_at_ms)
            .finish_non_exhaustive()
    }
}

/// The answer of an endpoint (RFC 6749, 5.1).
#[derive(Deserialize)]
struct Answer {
    access_token: String,
    #[serde(default)]
    token_type: Option<String>,
    #[serde(default)]
    expires_in: Option<serde_json::Value>,
}

/// What a token says of itself where it is a JWT. Brokers check the signature; here nothing depends
/// on it.
#[derive(Default, Deserialize)]
struct Claims {
    #[serde(default)]
    exp: Option<f64>,
    #[serde(default)]
    sub: Option<String>,
}

/// How long a token counts as good of which nobody says it.
const UNKNOWN_LIFE: Duration = Duration::from_secs(300);

/// A token is not good for longer than this, whatever it says.
const LONGEST_LIFE: Duration = Duration::from_secs(30 * 24 * 3_600);

/// No token is used in the last part of its life, nor in the last seconds of a long one.
const LAST_PART: u32 = 20;
const LAST_SECONDS: Duration = Duration::from_secs(10);

impl Token {
    /// Reads an answer; what is wrong with it, if something is.
    pub(in crate::kafka) fn read(
        answer: &str,
        client_id: &str,
        extensions: &[(String, String)],
    ) -> Result<Self, &'static str> {
        // The error of the parser would show what it has read, which may be the token.
        let answer: Answer =
            serde_json::from_str(answer).map_err(|_| "its answer holds no `access_token`")?;
        let is_bearer = |it: &String| it.eq_ignore_ascii_case("bearer");
        if !answer.token_type.as_ref().is_none_or(is_bearer) {
            return Err("its token is not one of the type `Bearer`");
        }
        let is_of_token = |it: u8| it.is_ascii_alphanumeric() || b"-._~+/=".contains(&it);
        if answer.access_token.is_empty() || !answer.access_token.bytes().all(is_of_token) {
            return Err("its token has characters that no token has");
        }
        let claims = claims(&answer.access_token);
        let now = SystemTime::now();
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let said = answer.expires_in.as_ref().and_then(seconds);
        // Another clock may be ahead of this one: what both say is good.
        let claimed = claims.exp.map(|exp| exp - now.as_secs_f64());
        let seconds = [said, claimed].into_iter().flatten().min_by(f64::total_cmp);
        let life = match seconds {
            None => UNKNOWN_LIFE,
            Some(seconds) if seconds > 0.0 => Duration::try_from_secs_f64(seconds)
                .unwrap_or(LONGEST_LIFE)
                .min(LONGEST_LIFE),
            Some(_) => return Err("its token has expired already, by the clock of this machine"),
        };
        let received = Instant::now();
        let expires_at_ms = (now + life).as_millis();
        Ok(Token {
            text: answer.access_token,
            principal: claims
                .sub
                .filter(|sub| !sub.contains('\0'))
                .unwrap_or_else(|| client_id.to_owned()),
            extensions: extensions.to_vec(),
            expires_at_ms: i64::try_from(expires_at_ms).unwrap_or(i64::MAX),
            good_until: received + life.saturating_sub((life / LAST_PART).min(LAST_SECONDS)),
            renew_at: received + life / 5 * 4,
        })
    }

    pub(super) fn is_good(&self) -> bool {
        Instant::now() < self.good_until
    }
}

/// Some endpoints write the number as a text.
fn seconds(value: &serde_json::Value) -> Option<f64> {
    let text = || value.as_str()?.trim().parse().ok();
    value.as_f64().or_else(text)
}

fn claims(token: &str) -> Claims {
    let claims = token.split('.').nth(1);
    let claims = claims.and_then(|it| URL_SAFE_NO_PAD.decode(it.trim_end_matches('=')).ok());
    // A token that is no JWT says nothing of itself, and need not.
    let claims = claims.and_then(|it| serde_json::from_slice(&it).ok());
    claims.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(answer: &str) -> Result<Token, &'static str> {
        Token::read(answer, "job", &[])
    }

    fn life(token: &Token) -> f64 {
        let expires_at = Duration::from_millis(token.expires_at_ms.unsigned_abs());
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        expires_at.as_secs_f64() - now.as_secs_f64()
    }

    #[test]
    fn life_is_what_endpoint_and_token_both_say() {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let claims = format!(r#"{{"sub":"alice","exp":{}}}"#, now.as_secs() + 100);
        let jwt = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims));
        for (expires_in, expected) in [("3600", 100.0), ("\"60\"", 60.0), ("null", 100.0)] {
            let answer = format!(r#"{{"access_token":"{jwt}","expires_in":{expires_in}}}"#);
            let token = read(&answer).unwrap();
            assert_eq!(token.principal, "alice");
            assert!((life(&token) - expected).abs() < 2.0, "{expires_in}");
            assert!(token.is_good() && token.renew_at < token.good_until);
        }
    }

    #[test]
    fn token_that_says_nothing_of_itself_is_good_for_a_while() {
        let token = read(r#"{"access_token":"opaque","token_type":"bearer"}"#).unwrap();
        assert_eq!(
            (token.text.as_str(), token.principal.as_str()),
            ("opaque", "job")
        );
        assert!((life(&token) - 300.0).abs() < 2.0);
        assert!(!format!("{token:?}").contains("opaque"));
    }

    #[test]
    fn answer_without_a_token_of_use_is_none() {
        for answer in [
            "",
            "{}",
            r#"{"access_token":""}"#,
            r#"{"access_token":"a\u0001b"}"#,
            r#"{"access_token":"a","token_type":"mac"}"#,
            r#"{"access_token":"a","expires_in":0}"#,
            r#"{"access_token":"a","expires_in":-1}"#,
        ] {
            assert!(read(answer).is_err(), "{answer}");
        }
        assert!(read(r#"{"access_token":"a","expires_in":1e300}"#).is_ok());
    }
}
