//! What can go wrong while a job runs: a code, what happened, where, and what to do.
//!
//! Every fatal message is one line, `streamflow: SFnnnn <what>: <where>: <what to do>`. The first
//! two digits of the code are the exit code of the process, so that a supervisor can tell
//! "restart" from "call a person" without reading text.

use std::fmt;

/// The result of everything that can end a job.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a job ended: see [`Code`] for the list, [`Error::exit_code`] for what a supervisor sees.
#[derive(Debug)]
pub struct Error {
    code: Code,
    what: String,
    place: Option<String>,
    advice: Option<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal,)*) => {
        /// The number of an error, `SFnnnn` in messages.
        ///
        /// `nnnn / 100` is the exit code of the process.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* $name = $number,)*
        }
    };
}

codes! {
    /// The command line is wrong.
    Usage = 201,
    /// A record cannot be decoded in the format that the source names.
    UndecodableRecord = 6501,
    /// A stage refused a record: `?`, `try_map`, an overflow.
    FailedRecord = 6502,
    /// A batch fetched from a broker is damaged: checksum, compression or layout.
    CorruptBatch = 6503,
    /// A checkpoint file is damaged.
    CorruptCheckpoint = 6504,
    /// A result cannot be encoded in the format that the sink names.
    UnencodableResult = 6505,
    /// Records that the job still needed are gone from the topic.
    OffsetOutOfRange = 6601,
    /// A topic, file or address that the job reads does not exist.
    UnknownInput = 6602,
    /// A topic that the job writes does not exist or refuses the record, or a bucket does not exist.
    UnknownOutput = 6603,
    /// No broker can be reached.
    BrokerUnreachable = 6901,
    /// A broker answered with an error that may pass.
    BrokerFailed = 6902,
    /// An input other than Kafka cannot be reached.
    InputUnreachable = 6903,
    /// An output other than Kafka takes nothing.
    OutputUnreachable = 6904,
    /// A closure of the job panicked.
    Panicked = 7001,
    /// An invariant of streamflow itself is broken.
    Bug = 7002,
    /// Another live process holds the checkpoint directory.
    Locked = 7301,
    /// The checkpoint directory cannot be created or written.
    CheckpointNotWritable = 7302,
    /// Writing a checkpoint failed: disk full, I/O error.
    CheckpointIo = 7401,
    /// Writing to or reading from a file failed.
    FileIo = 7402,
    /// The state of the job does not fit in the memory that it may take.
    OutOfMemory = 7404,
    /// The run did not end cleanly within the time that `shutdown` allows.
    NotCleanInTime = 7501,
    /// A newer process runs the same job in the same group.
    Fenced = 7601,
    /// A broker or a store refused the credentials, or the access.
    NotAuthorized = 7701,
    /// A setting is missing, unknown or out of range.
    Config = 7801,
    /// The checkpoint was taken by a job whose state has another layout.
    IncompatibleState = 7802,
    /// A stage keeps a type that cannot be read again from a checkpoint.
    UnsaveableState = 7803,
    /// `streamflow.lock` does not say what the job keeps.
    OutdatedLock = 7804,
    /// Open intervals are in a checkpoint that this run does not have.
    MissingCheckpoint = 7805,
    /// The reader of standard output went away.
    OutputClosed = 14101,
}

impl Code {
    /// The exit code that a supervisor sees, in the manner of `sysexits.h`.
    pub fn exit_code(self) -> u8 {
        u8::try_from(self as u16 / 100).unwrap_or(70)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SF{:04}", *self as u16)
    }
}

impl Error {
    /// An error that says what happened: lower case, no full stop, names in backticks.
    pub fn new(code: Code, what: impl Into<String>) -> Self {
        Error {
            code,
            what: what.into(),
            place: None,
            advice: None,
            source: None,
        }
    }

    /// Adds where it happened: topic, partition, offset, stage, or the file.
    #[must_use]
    pub fn at(mut self, place: impl fmt::Display) -> Self {
        self.place = Some(place.to_string());
        self
    }

    /// Adds what the person can do about it.
    #[must_use]
    pub fn help(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// Adds the error underneath.
    #[must_use]
    pub fn caused_by(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The same error for somebody else who must know of it; its cause becomes text.
    #[cfg(feature = "kafka")]
    pub(crate) fn told_again(&self) -> Self {
        Error {
            code: self.code,
            what: self.what.clone(),
            place: self.place.clone(),
            advice: self.advice.clone(),
            source: self.source.as_ref().map(|source| source.to_string().into()),
        }
    }

    /// The number of this error.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The exit code of a process that ends with this error.
    pub fn exit_code(&self) -> u8 {
        self.code.exit_code()
    }

    /// The whole message, on one line: code, what, cause, where, what to do.
    pub fn one_line(&self) -> String {
        let mut line = format!("streamflow: {} {}", self.code, self.what);
        if let Some(source) = &self.source {
            line.push_str(" (");
            line.push_str(&source.to_string());
            line.push(')');
        }
        for part in [&self.place, &self.advice].into_iter().flatten() {
            line.push_str(": ");
            line.push_str(part);
        }
        // A record may hold anything: its text must not start a line of its own in a log.
        line.replace('\n', "\\n").replace('\r', "\\r")
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.what)?;
        for part in [&self.place, &self.advice].into_iter().flatten() {
            write!(f, ": {part}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_code_is_the_front_of_the_number() {
        assert_eq!(Code::UndecodableRecord.exit_code(), 65);
        assert_eq!(Code::BrokerUnreachable.exit_code(), 69);
        assert_eq!(Code::Usage.exit_code(), 2);
        assert_eq!(Code::OutputClosed.exit_code(), 141);
    }

    #[test]
    fn message_is_one_line_with_cause_place_and_advice() {
        let error = Error::new(Code::CheckpointIo, "cannot write a checkpoint")
            .caused_by("no space\nleft")
            .at("/tmp/ck")
            .help("free some space");
        assert_eq!(
            error.one_line(),
            "streamflow: SF7401 cannot write a checkpoint (no space\\nleft): /tmp/ck: free some space"
        );
    }
}
