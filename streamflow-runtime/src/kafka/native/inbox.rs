//! Hands partitions to a fetcher that may be about to end, and loses none.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Assigned;

/// The partitions that a fetcher is to take over.
#[derive(Debug)]
pub(super) struct Inbox(Mutex<Letters>);

#[derive(Debug)]
struct Letters {
    is_open: bool,
    waiting: Vec<Assigned>,
}

impl Inbox {
    pub(super) fn new(partitions: Vec<Assigned>) -> Self {
        Inbox(Mutex::new(Letters {
            is_open: true,
            waiting: partitions,
        }))
    }

    fn lock(&self) -> MutexGuard<'_, Letters> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts partitions in; gives them back if nobody will look any more.
    pub(super) fn put(&self, partitions: Vec<Assigned>) -> Result<(), Vec<Assigned>> {
        let mut letters = self.lock();
        if !letters.is_open {
            return Err(partitions);
        }
        letters.waiting.extend(partitions);
        Ok(())
    }

    /// Takes out what is there.
    pub(super) fn take(&self) -> Vec<Assigned> {
        std::mem::take(&mut self.lock().waiting)
    }

    /// Closes the inbox for good, unless something is in it.
    pub(super) fn close_if_empty(&self) -> bool {
        let mut letters = self.lock();
        letters.is_open = !letters.waiting.is_empty();
        !letters.is_open
    }

    /// Closes the inbox for good; gives what was in it.
    pub(super) fn close(&self) -> Vec<Assigned> {
        let mut letters = self.lock();
        letters.is_open = false;
        std::mem::take(&mut letters.waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partition(index: usize) -> Assigned {
        Assigned::new(index, "t".into(), 0, 0, i64::MAX)
    }

    #[test]
    fn what_comes_too_late_goes_back() {
        let inbox = Inbox::new(vec![partition(0)]);
        assert!(!inbox.close_if_empty());
        inbox.put(vec![partition(1)]).unwrap();
        assert_eq!(inbox.take().len(), 2);
        assert!(inbox.close_if_empty());
        let back = inbox.put(vec![partition(2)]).unwrap_err();
        assert_eq!(back[0].index, 2);
    }

    #[test]
    fn closing_gives_what_nobody_has_taken() {
        let inbox = Inbox::new(vec![partition(0)]);
        assert_eq!(inbox.close().len(), 1);
        assert!(inbox.put(vec![partition(1)]).is_err());
    }
}
