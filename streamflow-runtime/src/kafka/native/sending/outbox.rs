//! What a worker has handed over and no broker has taken yet: bounded, and waited for.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::lanes::{Lanes, Waiting};
use super::settings::SendSettings;
use crate::batch::NewRecord;
use crate::error::{Code, Error, Result};

/// How many bytes may be on their way from one worker to one topic.
const MOST_BYTES: usize = 32 << 20;

/// Records between a worker and the courier.
#[derive(Debug)]
pub(super) struct Outbox {
    topic: Arc<str>,
    most_record_bytes: usize,
    linger: Duration,
    state: Mutex<State>,
    /// There may be something to send.
    work: Condvar,
    /// Something was taken, or nothing more will be.
    taken: Condvar,
}

#[derive(Debug)]
struct State {
    lanes: Lanes,
    /// The bytes of all that has not been taken, what is under way included.
    n_bytes: usize,
    /// How many wait for all of it: no batch waits for more records then.
    n_flushing: usize,
    /// How often a run that begins again has been kept from bringing again what was taken.
    n_saved: u64,
    /// Whether the courier waits for records: while all leaders have something to do it does not,
    /// and to wake it would cost more than it brings.
    listens: bool,
    /// Whether the courier is to look at something else.
    is_nudged: bool,
    is_closed: bool,
    failed: Option<Error>,
}

/// Somebody who waits for all of it.
#[derive(Debug)]
pub(super) struct Flushing<'o>(&'o Outbox);

impl State {
    /// Fails if something could not be delivered: nothing may be committed any more.
    fn check(&self) -> Result<()> {
        self.failed
            .as_ref()
            .map_or(Ok(()), |error| Err(error.told_again()))
    }
}

impl Outbox {
    pub(super) fn new(settings: &SendSettings, topic: &Arc<str>, n_partitions: usize) -> Self {
        Outbox {
            topic: Arc::clone(topic),
            most_record_bytes: settings.most_record_bytes,
            linger: settings.linger,
            state: Mutex::new(State {
                lanes: Lanes::new(n_partitions, settings.batch_bytes),
                n_bytes: 0,
                n_flushing: 0,
                n_saved: 0,
                listens: false,
                is_nudged: false,
                is_closed: false,
                failed: None,
            }),
            work: Condvar::new(),
            taken: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes records, when there is room.
    pub(super) fn put<'r>(
        &self,
        now_ms: i64,
        records: impl Iterator<Item = NewRecord<'r>>,
    ) -> Result<()> {
        let mut now = Instant::now();
        let mut state = self.lock();
        for record in records {
            while state.n_bytes >= MOST_BYTES && state.failed.is_none() {
                self.wake(&state);
                state = self.wait_for_taking(state);
                now = Instant::now();
            }
            state.check()?;
            let length = |bytes: Option<&[u8]>| bytes.map_or(0, <[u8]>::len);
            let n_bytes = length(record.key) + length(record.value);
            if n_bytes > self.most_record_bytes {
                return Err(self.too_large(n_bytes));
            }
            state.n_bytes += state.lanes.put(now, now_ms, record);
        }
        self.wake(&state);
        Ok(())
    }

    fn wake(&self, state: &State) {
        if state.listens {
            self.work.notify_one();
        }
    }

    fn too_large(&self, n_bytes: usize) -> Error {
        let what = format!(
            "a message of {n_bytes} bytes is too large for `{}`: {} are allowed",
            self.topic, self.most_record_bytes
        );
        Error::new(Code::UnknownOutput, what)
            .help("raise `max.message.bytes` of the topic, and `-X message.max.bytes=N` here")
    }

    fn wait_for_taking<'g>(&self, state: MutexGuard<'g, State>) -> MutexGuard<'g, State> {
        let waited = self.taken.wait(state);
        waited.unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets nothing wait for more records from here on, until all has been waited for.
    pub(super) fn begin_flush(&self) -> Flushing<'_> {
        self.lock().n_flushing += 1;
        self.work.notify_one();
        Flushing(self)
    }

    fn wait_until_empty(&self) -> Result<()> {
        let mut state = self.lock();
        while state.n_bytes > 0 && state.failed.is_none() && !state.is_closed {
            state = self.wait_for_taking(state);
        }
        state.check()?;
        if state.n_bytes > 0 {
            let what = format!(
                "results for `{}` were given up before they were taken",
                self.topic
            );
            return Err(Error::new(Code::Bug, what));
        }
        Ok(())
    }
    /// Tells the courier to look at something other than records.
    pub(super) fn nudge(&self) {
        self.lock().is_nudged = true;
        self.work.notify_one();
    }

    /// Notes that a run that begins again will not bring again what has been taken.
    pub(super) fn note_saved(&self) {
        self.lock().n_saved += 1;
    }

    /// How often that was noted.
    pub(super) fn n_saved(&self) -> u64 {
        self.lock().n_saved
    }

    /// Waits for the next batches of the partitions that are free to have one, until `until` or a
    /// nudge at most; `None` when nobody sends any more.
    pub(super) fn next(
        &self,
        is_free: impl Fn(usize) -> bool,
        until: Option<Instant>,
    ) -> Option<Vec<(usize, Waiting)>> {
        let mut state = self.lock();
        loop {
            state.listens = false;
            if state.is_closed {
                return None;
            }
            if std::mem::take(&mut state.is_nudged) {
                return Some(Vec::new());
            }
            state.lanes.turn_to_one_that(&is_free);
            let now = Instant::now();
            let linger = if state.n_flushing > 0 || state.n_bytes >= MOST_BYTES {
                Duration::ZERO
            } else {
                self.linger
            };
            let mut due = until;
            if let Some((since, has_full)) = state.lanes.oldest(&is_free) {
                let ripe = since + linger;
                if has_full || ripe <= now {
                    let opened_by = now.checked_sub(linger).unwrap_or(now);
                    let free = (0..state.lanes.len()).filter(|partition| is_free(*partition));
                    let free: Vec<usize> = free.collect();
                    let taken = free.into_iter().filter_map(|partition| {
                        Some((partition, state.lanes.take(partition, opened_by)?))
                    });
                    return Some(taken.collect());
                }
                due = Some(until.map_or(ripe, |until| until.min(ripe)));
            }
            state.listens = (0..state.lanes.len()).any(&is_free);
            match due {
                Some(due) if due <= now => return Some(Vec::new()),
                Some(due) => {
                    let waited = self.work.wait_timeout(state, due - now);
                    state = waited.unwrap_or_else(PoisonError::into_inner).0;
                }
                None => {
                    let waited = self.work.wait(state);
                    state = waited.unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }

    /// Notes that a batch of so many bytes, before it was packed, has been taken; gives how often
    /// what was taken before had been saved.
    pub(super) fn taken(&self, n_bytes: usize, memory: Vec<u8>) -> u64 {
        let mut state = self.lock();
        state.n_bytes = state.n_bytes.saturating_sub(n_bytes);
        state.lanes.give_back(memory);
        let n_saved = state.n_saved;
        drop(state);
        self.taken.notify_all();
        n_saved
    }

    pub(super) fn grow(&self, n_partitions: usize) {
        self.lock().lanes.grow(n_partitions);
    }

    /// Ends it: something cannot be delivered.
    pub(super) fn fail(&self, error: Error) {
        self.lock().failed.get_or_insert(error);
        self.taken.notify_all();
    }

    /// Nobody sends any more.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.work.notify_all();
        self.taken.notify_all();
    }
}

impl Flushing<'_> {
    /// Returns when nothing is left.
    pub(super) fn wait(self) -> Result<()> {
        self.0.wait_until_empty()
    }
}

impl Drop for Flushing<'_> {
    fn drop(&mut self) {
        self.0.lock().n_flushing -= 1;
    }
}
