//! Signs tokens, and tells a broker which key to believe.

use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};

/// The name of the file that tells a broker the key.
const KEYS: &str = "keys.json";

/// A key that tokens are signed with.
#[derive(Debug)]
pub(super) struct TokenSigner {
    key: EcdsaKeyPair,
}

impl TokenSigner {
    /// A new key.
    ///
    /// # Panics
    ///
    /// If the system has no random numbers.
    pub(super) fn new() -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let key = EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("a new key");
        let key = EcdsaKeyPair::from_pkcs8(algorithm, key.as_ref(), &random);
        TokenSigner {
            key: key.expect("the key just made"),
        }
    }

    /// The address of the key in the directory of a broker.
    pub(super) fn address(directory: &Path) -> String {
        format!("file://{}", directory.join(KEYS).display())
    }

    /// Writes the key into the directory of a broker.
    pub(super) fn write(&self, directory: &Path) -> io::Result<()> {
        // A byte for the form, and then the two halves.
        let (x, y) = self.key.public_key().as_ref()[1..].split_at(32);
        let keys = format!(
            r#"{{"keys":[{{"kty":"EC","crv":"P-256","alg":"ES256","use":"sig","kid":"k1","x":"{}","y":"{}"}}]}}"#,
            URL_SAFE_NO_PAD.encode(x),
            URL_SAFE_NO_PAD.encode(y)
        );
        fs::write(directory.join(KEYS), keys)
    }

    /// A token of somebody, good for so long.
    ///
    /// # Panics
    ///
    /// If the system has no random numbers.
    pub(super) fn token(&self, subject: &str, life: Duration) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.expect("it is later than 1970").as_secs();
        let expires_at = now + life.as_secs();
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256","kid":"k1","typ":"JWT"}"#);
        let claims = format!(r#"{{"sub":"{subject}","iat":{now},"exp":{expires_at}}}"#);
        let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes());
        let signature = signature.expect("a signature");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}
