//! Reads lines of standard input: `from stdin`.

use std::io::{self, StdinLock};

use crate::error::{Code, Error, Result};
use crate::source::lines::{FedReader, Input};
use crate::source::{Opening, Source};

/// `from stdin`: each line is a record, and the end of the input ends the source.
///
/// Standard input cannot be read again: a run that continues from a checkpoint takes what it is
/// fed as new.
#[derive(Debug, Default)]
pub struct StdinSource {}

impl StdinSource {
    /// The standard input of this process.
    pub fn new() -> Self {
        StdinSource::default()
    }
}

impl Source for StdinSource {
    type Reader = FedReader;

    fn open(&self, opening: &Opening<'_>) -> Result<FedReader> {
        if opening.worker == 0 {
            FedReader::start("stdin", Stdin)
        } else {
            Ok(FedReader::without_input())
        }
    }
}

struct Stdin;

impl Input for Stdin {
    type Bytes = StdinLock<'static>;

    fn open(&mut self) -> Result<Self::Bytes> {
        Ok(io::stdin().lock())
    }

    fn broken(&self, cause: io::Error) -> Error {
        Error::new(Code::InputUnreachable, "cannot read standard input")
            .caused_by(cause)
            .help("nothing since the last save is committed: mend the input and feed it from there")
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process::{Command, Stdio};
    use std::time::Duration;

    use super::*;
    use crate::source::lines::opener::Opener;
    use crate::source::{Block, PartitionKind, Polled, Reader};

    const CHILD: &str = "STREAMFLOW_TEST_OF_STDIN";

    #[test]
    fn lines_of_standard_input_are_records() {
        // A process has one standard input, so this test has a process to itself.
        if std::env::var_os(CHILD).is_some() {
            return read_in_child();
        }
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "source::stdin::tests::lines_of_standard_input_are_records",
            ])
            .env(CHILD, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(b"a\r\n\nc").unwrap();
        let output = child.wait_with_output().unwrap();
        // A process that finds no such test succeeds as well.
        assert!(
            String::from_utf8(output.stdout)
                .unwrap()
                .contains("1 passed")
        );
        assert!(output.status.success());
    }

    fn read_in_child() {
        let mut reader = Opener::new().open(&StdinSource::new()).unwrap();
        let name = &reader.partitions()[0].name;
        assert_eq!(
            (&*name.topic, name.kind),
            ("stdin", PartitionKind::Sequence)
        );
        let mut all = Vec::new();
        while let Polled::Block(Block { items, .. }) = reader.poll(Duration::from_secs(60)).unwrap()
        {
            all.extend(items.map(|(offset, record)| (offset, record.value.unwrap().to_vec())));
        }
        assert_eq!(
            all,
            [(0, b"a".to_vec()), (1, b"".to_vec()), (2, b"c".to_vec())]
        );
        assert!(matches!(
            reader.poll(Duration::ZERO).unwrap(),
            Polled::Ended
        ));
    }

    #[test]
    fn other_workers_have_no_share() {
        let opener = Opener {
            worker: 1,
            workers: 2,
            ..Opener::new()
        };
        let mut reader = opener.open(&StdinSource::new()).unwrap();
        assert_eq!(reader.partitions(), []);
        assert!(matches!(
            reader.poll(Duration::ZERO).unwrap(),
            Polled::Ended
        ));
    }
}
