//! Brings the outcome of a process to its user: text on standard output, an error on standard
//! error, an exit code for the supervisor.

use std::io::{self, Write};

use crate::error::{Code, Error, Result};

/// Prints a text to standard output, which may have been closed: `job explain | head`.
pub fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(output_error)
}

/// Says something to the person at the terminal that is neither a result nor an error.
pub(crate) fn say(text: &str) {
    // When standard error is gone there is nobody left to tell.
    let _told = writeln!(io::stderr().lock(), "streamflow: {text}");
}

/// Why standard output could not be written.
pub(crate) fn output_error(cause: io::Error) -> Error {
    if cause.kind() == io::ErrorKind::BrokenPipe {
        return Error::new(
            Code::OutputClosed,
            "the reader of standard output went away",
        );
    }
    Error::new(Code::FileIo, "cannot write to standard output").caused_by(cause)
}

/// Says on standard error why the job ended, on one line; returns the exit code.
///
/// The reader of standard output that went away did so on purpose: nothing is said about it.
pub fn report(error: &Error) -> u8 {
    if error.code() != Code::OutputClosed {
        // When standard error is gone too there is nobody left to tell.
        let _told = writeln!(io::stderr().lock(), "{}", error.one_line());
    }
    error.exit_code()
}

/// Ends the process if it has failed, with the report and the exit code of the error.
///
/// `main` returns what this returns. Returning an error instead would let Rust print it in its
/// own manner and exit with 1, whatever it was.
pub fn end(outcome: Result<()>) -> Result<()> {
    match outcome {
        Ok(()) => Ok(()),
        Err(error) => std::process::exit(i32::from(report(&error))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_output_has_its_own_exit_code() {
        let error = output_error(io::ErrorKind::BrokenPipe.into());
        assert_eq!(report(&error), 141);
    }
}
