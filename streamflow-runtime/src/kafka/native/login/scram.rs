//! SCRAM (RFC 5802): both sides show that they know the password, and neither says it.
//!
//! ```text
//! client   n,,n=user,r=nonce
//! broker   r=nonce+its own,s=salt,i=iterations
//! client   c=biws,r=both nonces,p=proof
//! broker   v=its own proof
//! ```

use std::num::NonZeroU32;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom, SystemRandom};
use ring::{digest, hmac, pbkdf2};

/// The hash function of the mechanism.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    Sha256,
    Sha512,
}

/// The first message of the client.
pub(super) struct First {
    hash: Hash,
    nonce: String,
    message: String,
}

/// The last message of the client, and what the broker must answer.
pub(super) struct Last {
    message: String,
    /// What both sides have said, and the key with which the broker signs it.
    said: String,
    key_of_broker: hmac::Key,
}

/// What stands in front of the first message: no channel is bound.
const NO_BINDING: &str = "n,,";
/// The same in base 64.
const NO_BINDING_BASE64: &str = "biws";
/// Brokers use 4,096 or more. The upper limit bounds the time that a false one can take.
const ITERATIONS: std::ops::RangeInclusive<u32> = 4_096..=1_000_000;

impl Hash {
    pub(super) fn mechanism(self) -> &'static str {
        match self {
            Hash::Sha256 => "SCRAM-SHA-256",
            Hash::Sha512 => "SCRAM-SHA-512",
        }
    }

    fn of(self, bytes: &[u8]) -> digest::Digest {
        let algorithm = match self {
            Hash::Sha256 => &digest::SHA256,
            Hash::Sha512 => &digest::SHA512,
        };
        digest::digest(algorithm, bytes)
    }

    fn key(self, bytes: &[u8]) -> hmac::Key {
        let algorithm = match self {
            Hash::Sha256 => hmac::HMAC_SHA256,
            Hash::Sha512 => hmac::HMAC_SHA512,
        };
        hmac::Key::new(algorithm, bytes)
    }

    fn salted(self, password: &str, salt: &[u8], iterations: NonZeroU32) -> Vec<u8> {
        let (algorithm, length) = match self {
            Hash::Sha256 => (pbkdf2::PBKDF2_HMAC_SHA256, digest::SHA256_OUTPUT_LEN),
            Hash::Sha512 => (pbkdf2::PBKDF2_HMAC_SHA512, digest::SHA512_OUTPUT_LEN),
        };
        let mut salted = vec![0; length];
        pbkdf2::derive(
            algorithm,
            iterations,
            salt,
            password.as_bytes(),
            &mut salted,
        );
        salted
    }
}

impl First {
    pub(super) fn new(hash: Hash, user: &str) -> Result<Self, &'static str> {
        let mut random = [0; 24];
        let filled = SystemRandom::new().fill(&mut random);
        filled.map_err(|_| "this system has no random numbers for it")?;
        Ok(First::with_nonce(hash, user, STANDARD.encode(random)))
    }

    fn with_nonce(hash: Hash, user: &str, nonce: String) -> Self {
        // A name may hold what separates the parts of a message.
        let user = user.replace('=', "=3D").replace(',', "=2C");
        First {
            hash,
            message: format!("{NO_BINDING}n={user},r={nonce}"),
            nonce,
        }
    }

    pub(super) fn message(&self) -> &[u8] {
        self.message.as_bytes()
    }

    /// Answers the broker's challenge.
    pub(super) fn answer(&self, password: &str, challenge: &[u8]) -> Result<Last, &'static str> {
        let challenge = std::str::from_utf8(challenge).map_err(|_| "its challenge is no text")?;
        let part = |name: &str| {
            let mut parts = challenge.split(',');
            parts.find_map(|part| part.strip_prefix(name))
        };
        let added = |nonce: &&str| {
            nonce
                .strip_prefix(&self.nonce)
                .is_some_and(|it| !it.is_empty())
        };
        let nonce = part("r=").filter(added);
        let nonce = nonce.ok_or("its challenge is to somebody else")?;
        let salt = part("s=").and_then(|salt| STANDARD.decode(salt).ok());
        let salt = salt.ok_or("its challenge has no salt")?;
        let iterations = part("i=").and_then(|iterations| iterations.parse().ok());
        let iterations = iterations
            .filter(|iterations| ITERATIONS.contains(iterations))
            .and_then(NonZeroU32::new)
            .ok_or("its challenge asks for too few or too many iterations")?;

        let salted = self
            .hash
            .key(&self.hash.salted(password, &salt, iterations));
        let key_of_client = hmac::sign(&salted, b"Client Key");
        let stored_key = self.hash.of(key_of_client.as_ref());
        let first = self.message.strip_prefix(NO_BINDING).unwrap_or_default();
        let without_proof = format!("c={NO_BINDING_BASE64},r={nonce}");
        let said = format!("{first},{challenge},{without_proof}");
        let signature = hmac::sign(&self.hash.key(stored_key.as_ref()), said.as_bytes());
        let both = key_of_client.as_ref().iter().zip(signature.as_ref());
        let proof: Vec<u8> = both.map(|(key, signature)| key ^ signature).collect();
        Ok(Last {
            key_of_broker: self.hash.key(hmac::sign(&salted, b"Server Key").as_ref()),
            message: format!("{without_proof},p={}", STANDARD.encode(proof)),
            said,
        })
    }
}

impl Last {
    pub(super) fn message(&self) -> &[u8] {
        self.message.as_bytes()
    }

    /// Checks that the broker knows the password, too.
    pub(super) fn check(&self, answer: &[u8]) -> Result<(), &'static str> {
        let proof = answer.strip_prefix(b"v=");
        let proof = proof.and_then(|proof| STANDARD.decode(proof).ok());
        proof
            .filter(|proof| hmac::verify(&self.key_of_broker, self.said.as_bytes(), proof).is_ok())
            .map(drop)
            .ok_or("it does not know the password itself")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7677.
    #[test]
    fn exchange_of_the_standard_comes_out() {
        let nonce = "rOprNGfwEbeRWgbNEkqO".to_owned();
        let first = First::with_nonce(Hash::Sha256, "user", nonce);
        assert_eq!(first.message(), b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
        let challenge = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                         s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
        let last = first.answer("pencil", challenge.as_bytes()).unwrap();
        let expected = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                        p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
        assert_eq!(last.message(), expected.as_bytes());
        let answer = b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";
        assert_eq!(last.check(answer), Ok(()));
        assert!(last.check(&answer[..20]).is_err());
        assert!(last.check(b"e=other-error").is_err());
    }

    #[test]
    fn challenge_that_is_not_ours_is_refused() {
        let first = First::with_nonce(Hash::Sha512, "a=b,c", "abc".to_owned());
        assert_eq!(first.message(), b"n,,n=a=3Db=2Cc,r=abc");
        for challenge in [
            "r=xyz,s=AAAA,i=4096",
            "r=abc,s=AAAA,i=4096",
            "r=abcd,s=!,i=4096",
            "r=abcd,s=AAAA,i=1",
            "r=abcd,s=AAAA,i=4294967295",
            "r=abcd,i=4096",
            "",
        ] {
            assert!(
                first.answer("pw", challenge.as_bytes()).is_err(),
                "{challenge}"
            );
        }
        assert!(first.answer("pw", &[0xff]).is_err());
    }

    #[test]
    fn nonces_differ() {
        let message = |()| First::new(Hash::Sha256, "user").unwrap().message;
        assert_ne!(message(()), message(()));
    }
}
