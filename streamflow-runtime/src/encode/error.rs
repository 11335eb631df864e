//! Why an item cannot be written.

use std::error::Error;
use std::fmt;

/// Why an item cannot be written in the sink's format.
///
/// It is one word, so that the path of an item that is fine pays nothing for it.
///
/// ```
/// use streamflow_runtime::encode::EncodeError;
///
/// fn checked(count: u64) -> Result<u64, EncodeError> {
///     if count == 0 {
///         return Err("a count of 0 is not written".into());
///     }
///     Ok(count)
/// }
///
/// assert_eq!(checked(0).unwrap_err().to_string(), "a count of 0 is not written");
/// ```
pub struct EncodeError(Box<Message>);

/// A box of its own, because that of a `str` is two words.
struct Message {
    text: String,
}

impl EncodeError {
    /// An error that says what is wrong: lower case, no full stop, names in backticks.
    #[cold]
    pub fn new(message: impl fmt::Display) -> Self {
        EncodeError(Box::new(Message {
            text: message.to_string(),
        }))
    }
}

impl From<&str> for EncodeError {
    #[cold]
    fn from(message: &str) -> Self {
        EncodeError::new(message)
    }
}

impl From<String> for EncodeError {
    #[cold]
    fn from(text: String) -> Self {
        EncodeError(Box::new(Message { text }))
    }
}

impl fmt::Debug for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EncodeError").field(&self.0.text).finish()
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

impl Error for EncodeError {}

impl serde::ser::Error for EncodeError {
    #[cold]
    fn custom<M: fmt::Display>(message: M) -> Self {
        EncodeError::new(message)
    }
}
