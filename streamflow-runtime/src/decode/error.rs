//! Why a record cannot be read.

use std::error::Error;
use std::fmt;

/// Why a record cannot be read in the source's format.
///
/// It is one word, so that the path of a record that is fine pays nothing for it. Where the
/// record stands (topic, partition, offset) is added by the job.
///
/// ```
/// use streamflow_runtime::decode::DecodeError;
///
/// fn parity(value: &[u8]) -> Result<bool, DecodeError> {
///     let text = std::str::from_utf8(value).map_err(DecodeError::new)?;
///     let digit = text.chars().next_back().ok_or("the value is empty")?;
///     let digit = digit.to_digit(10).ok_or_else(|| format!("`{digit}` is not a digit"))?;
///     Ok(digit % 2 == 0)
/// }
///
/// assert_eq!(parity(b"x").unwrap_err().to_string(), "`x` is not a digit");
/// ```
pub struct DecodeError(Box<Message>);

/// A box of its own, because that of a `str` is two words.
struct Message {
    text: String,
}

impl DecodeError {
    /// An error that says what is wrong: lower case, no full stop, names in backticks.
    #[cold]
    pub fn new(message: impl fmt::Display) -> Self {
        DecodeError(Box::new(Message {
            text: message.to_string(),
        }))
    }
}

impl From<&str> for DecodeError {
    #[cold]
    fn from(message: &str) -> Self {
        DecodeError::new(message)
    }
}

impl From<String> for DecodeError {
    #[cold]
    fn from(text: String) -> Self {
        DecodeError(Box::new(Message { text }))
    }
}

impl fmt::Debug for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DecodeError").field(&self.0.text).finish()
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

impl Error for DecodeError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_with_an_error_costs_one_word() {
        assert_eq!(size_of::<Result<(), DecodeError>>(), size_of::<usize>());
    }
}
