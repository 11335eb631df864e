//! Brings rows out in parts, each under a name of its own: the files of `to files("dir")`, the
//! objects of `to object_store("url")`.
//!
//! ```text
//! row → the writer's buffer → (hand over) → the sink's → (publish) → the part that is written
//!                                                      → (finish)  → part-…
//! ```

mod current;
mod name;
mod rows;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::{Code, Error, Result};
use crate::round::Round;
use crate::sink::{Object, Sink, SinkOpening, Writer, Writes};
use crate::time::Clock;

use current::Current;
pub use name::PartName;
use rows::Rows;

/// A writer with more than this hands it over before the round, so that memory stays bounded.
pub(super) const HAND_OVER_BYTES: usize = 1 << 20;

/// How `to files(…)` or `to object_store(…)` was written, but for the place.
#[derive(Debug, Clone)]
pub struct PartsOptions {
    /// What the names of parts end in, without the dot.
    pub suffix: String,
    /// `every D`, in milliseconds: how long one part is written to.
    pub every_ms: Option<u64>,
    /// `roll:`, what else ends a part.
    pub roll: Option<Roll>,
}

/// `roll:`: when a part is done, whatever `every` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Roll {
    /// As soon as it has this many bytes. The row that fills it is its last.
    Bytes(u64),
    /// This many milliseconds after its first row, looked at in every round.
    Ms(u64),
}

impl PartsOptions {
    /// Whether a part is open beyond the next save.
    fn outlives_saves(&self) -> bool {
        self.every_ms.is_some() || self.roll.is_some()
    }

    fn rolls_by_size(&self) -> bool {
        matches!(self.roll, Some(Roll::Bytes(_)))
    }

    /// When the interval begins in which a time lies; that time itself where there are none.
    fn begin_ms(&self, time_ms: i64) -> i64 {
        self.interval_ms()
            .map_or(time_ms, |every| time_ms.div_euclid(every) * every)
    }

    fn interval_ms(&self) -> Option<i64> {
        self.every_ms
            .map(|every| i64::try_from(every).unwrap_or(i64::MAX).max(1))
    }
}

/// Where parts are written: a directory, or a place in an object store.
pub trait Place: fmt::Debug + Send + Sync + 'static {
    /// What is written there.
    type Part: Part;

    /// How many bytes a part has at most.
    const MOST_BYTES: usize;

    /// Makes ready for a run, and finds out whether parts can be written.
    fn open(&self, opening: &SinkOpening<'_>, name: &PartName<'_>) -> Result<()>;

    /// Begins a part.
    fn begin(&self, name: &PartName<'_>) -> Result<Self::Part>;

    /// What has been put there, where a test asks for it: see [`Sink::objects`].
    fn objects(&self) -> Result<Vec<Object>> {
        Ok(Vec::new())
    }
}

/// A part that is being written.
pub trait Part: fmt::Debug + Send + Sized {
    /// Whether what has been saved of a part can be added to.
    const GROWS_WHEN_SAVED: bool;

    /// Adds whole rows.
    fn write(&mut self, rows: &[u8]) -> Result<()>;

    /// Makes what was written durable. Gives the part back if it can go on, and has finished it
    /// otherwise.
    fn save(self) -> Result<Option<Self>>;

    /// Lets the part appear under its name, durably.
    fn finish(self) -> Result<()>;
}

/// `to files("dir")` or `to object_store("url")`.
#[derive(Debug)]
pub struct PartsSink<P: Place> {
    place: P,
    options: PartsOptions,
    shared: Mutex<Shared<P::Part>>,
}

#[derive(Debug)]
struct Shared<T> {
    clock: Clock,
    /// Rows that the workers have brought to the round.
    handed_over: Rows,
    /// The part that is written to. There is none before it has rows.
    current: Option<Current<T>>,
}

impl<T> Shared<T> {
    fn new(clock: Clock) -> Self {
        Shared {
            clock,
            handed_over: Rows::default(),
            current: None,
        }
    }
}

impl<P: Place> PartsSink<P> {
    /// Parts in a place, as `options` has them.
    pub fn new(place: P, options: PartsOptions) -> Self {
        PartsSink {
            place,
            options,
            shared: Mutex::new(Shared::new(Clock::default())),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shared<P::Part>> {
        // A worker that panicked ends the run; what others handed over is whole.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes rows that cannot wait for the round, to the part of this moment.
    fn write_early(&self, rows: &Rows) -> Result<()> {
        let mut shared = self.lock();
        let now_ms = shared.clock.now_ms();
        self.write(&mut shared.current, now_ms, rows)
    }

    /// Writes rows to the current part, or to one that begins at `time_ms`.
    fn write(
        &self,
        current: &mut Option<Current<P::Part>>,
        time_ms: i64,
        rows: &Rows,
    ) -> Result<()> {
        let mut begin = 0;
        while begin < rows.len() {
            // After an error the part is nobody's: its last row may be half.
            let mut part = match current.take() {
                Some(part) => part,
                None => Current::begin(&self.place, &self.options, time_ms)?,
            };
            let written = rows.that_fill(begin, part.room());
            part.write(written)?;
            begin += written.len();
            if part.room() == 0 {
                part.finish()?;
            } else {
                *current = Some(part);
            }
        }
        Ok(())
    }
}

impl<P: Place> Sink for PartsSink<P> {
    fn open(&self, opening: &SinkOpening<'_>) -> Result<()> {
        let suffix = &self.options.suffix;
        if suffix.contains('/') {
            return Err(Error::new(
                Code::Config,
                format!("no name can end in `.{suffix}`: it has a `/`"),
            )
            .help("write the directory in front, and `suffix: \"csv\"` for the end"));
        }
        // A run before this one may have ended in the middle of a round.
        *self.lock() = Shared::new(opening.clock.clone());
        let begin_ms = self.options.begin_ms(opening.clock.now_ms());
        self.place
            .open(opening, &PartName::at(begin_ms, &self.options))
    }

    fn publish(&self, round: &Round) -> Result<()> {
        let mut shared = self.lock();
        let Shared {
            handed_over,
            current,
            ..
        } = &mut *shared;
        if !handed_over.is_empty() {
            // Rows of a round were made before its end, so they belong to the interval it closes.
            let time_ms = match self.options.every_ms {
                Some(_) => round.time_ms.saturating_sub(1).max(0),
                None => round.time_ms,
            };
            self.write(current, time_ms, handed_over)?;
            handed_over.clear();
        }
        match current.take_if(|part| round.last || part.ends_by(round.time_ms)) {
            Some(full) => full.finish(),
            None => Ok(()),
        }
    }

    fn saves_wait_until_ms(&self) -> Option<i64> {
        if P::Part::GROWS_WHEN_SAVED {
            return None;
        }
        self.lock().current.as_ref().and_then(Current::ends_ms)
    }

    fn keep_order(&self) -> Result<()> {
        // All workers write to one part, which need not be cut short for that.
        Ok(())
    }

    fn flush(&self) -> Result<()> {
        let mut shared = self.lock();
        match shared.current.take() {
            Some(part) if self.options.outlives_saves() => {
                shared.current = part.save()?;
                Ok(())
            }
            Some(part) => part.finish(),
            None => Ok(()),
        }
    }

    fn objects(&self) -> Result<Vec<Object>> {
        self.place.objects()
    }
}

/// One worker's way to the parts.
#[derive(Debug)]
pub struct PartsWriter<P: Place> {
    sink: Arc<PartsSink<P>>,
    rows: Rows,
    rolls_by_size: bool,
}

impl<P: Place> PartsWriter<P> {
    /// Adds a row that `write` writes. A row that it fails to write leaves nothing behind.
    #[inline]
    pub(crate) fn row<E>(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.rows.add(self.rolls_by_size, write)
    }
}

impl<P: Place> Writer for PartsWriter<P> {
    fn after_batch(&mut self) -> Result<()> {
        if self.rows.len() > HAND_OVER_BYTES {
            self.sink.write_early(&self.rows)?;
            self.rows.clear();
        }
        Ok(())
    }

    fn hand_over(&mut self) -> Result<()> {
        self.sink.lock().handed_over.append(&mut self.rows);
        Ok(())
    }
}

impl<P: Place> Writes for PartsSink<P> {
    type Writer = PartsWriter<P>;

    fn writer(self: &Arc<Self>, _worker: usize) -> Result<PartsWriter<P>> {
        Ok(PartsWriter {
            sink: Arc::clone(self),
            rows: Rows::default(),
            rolls_by_size: self.options.rolls_by_size(),
        })
    }
}
