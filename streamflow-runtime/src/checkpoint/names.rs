//! Names the files of a job in a checkpoint directory, so that several jobs can share it.

use std::fmt::Write;

/// File names are refused by most file systems past 255 bytes; epoch and suffix need the rest.
const LONGEST_JOB_BYTES: usize = 200;

/// The file names of one job.
#[derive(Debug)]
pub(super) struct Names {
    escaped_job: String,
}

impl Names {
    /// `None` if the job's name is too long for a file name.
    pub(super) fn of(job: &str) -> Option<Self> {
        let mut escaped_job = String::with_capacity(job.len());
        for byte in job.bytes() {
            // `-` ends the job's name, `%` begins an escape, and `.` could hide the file.
            if byte.is_ascii_alphanumeric() || byte == b'_' {
                escaped_job.push(char::from(byte));
            } else {
                let _infallible = write!(escaped_job, "%{byte:02X}");
            }
        }
        (escaped_job.len() <= LONGEST_JOB_BYTES).then_some(Names { escaped_job })
    }

    /// The checkpoint of an epoch. The number is padded, so that a listing is in order.
    pub(super) fn checkpoint(&self, epoch: u64) -> String {
        format!("{}-{epoch:020}.ck", self.escaped_job)
    }

    /// What a checkpoint is called while it is written.
    pub(super) fn unfinished(&self, epoch: u64) -> String {
        format!("{}-{epoch:020}.tmp", self.escaped_job)
    }

    /// The file that a running job holds locked.
    pub(super) fn lock(&self) -> String {
        format!("{}.lock", self.escaped_job)
    }

    /// The epoch of a file of this job; `None` for every other file.
    pub(super) fn epoch(&self, file_name: &str) -> Option<u64> {
        self.numbered(file_name, ".ck")
    }

    /// Whether a file of this job was left behind unfinished.
    pub(super) fn is_unfinished(&self, file_name: &str) -> bool {
        self.numbered(file_name, ".tmp").is_some()
    }

    fn numbered(&self, file_name: &str, suffix: &str) -> Option<u64> {
        let digits = file_name
            .strip_prefix(&self.escaped_job)?
            .strip_prefix('-')?
            .strip_suffix(suffix)?;
        let exact = digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit());
        exact.then(|| digits.parse().ok()).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn job_names_unfit_for_file_names_are_escaped() {
        let names = Names::of("../shop-eu/ü").unwrap();
        let file = names.checkpoint(7);
        assert_eq!(file, "%2E%2E%2Fshop%2Deu%2F%C3%BC-00000000000000000007.ck");
        assert_eq!(names.epoch(&file), Some(7));
    }

    #[test]
    fn jobs_that_begin_alike_do_not_see_each_other() {
        let names = Names::of("a").unwrap();
        assert_eq!(names.epoch(&Names::of("a-1").unwrap().checkpoint(1)), None);
        assert_eq!(names.epoch(&Names::of("ab").unwrap().checkpoint(1)), None);
        assert_eq!(names.epoch("a-1.ck"), None);
        assert!(names.is_unfinished(&names.unfinished(3)));
        assert_eq!(names.epoch(&names.unfinished(3)), None);
    }

    #[test]
    fn name_too_long_for_a_file_is_refused() {
        assert!(Names::of(&"n".repeat(201)).is_none());
    }
}
