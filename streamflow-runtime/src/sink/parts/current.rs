//! The part that is written to, and when it is done.

use super::{Part, PartName, PartsOptions, Place, Roll};
use crate::error::Result;

/// The part that is written to.
#[derive(Debug)]
pub(super) struct Current<T> {
    part: T,
    /// When it is to be finished; `None` if no time does that.
    ends_ms: Option<i64>,
    /// How many bytes fill it.
    full_at: usize,
    /// How many bytes were written.
    len: usize,
}

impl<T: Part> Current<T> {
    /// Begins a part, for the interval in which `time_ms` lies.
    pub(super) fn begin<P: Place<Part = T>>(
        place: &P,
        options: &PartsOptions,
        time_ms: i64,
    ) -> Result<Self> {
        let begin_ms = options.begin_ms(time_ms);
        let part = place.begin(&PartName::at(begin_ms, options))?;
        let interval = options
            .interval_ms()
            .map(|every| begin_ms.saturating_add(every));
        let (age, full_at) = match options.roll {
            Some(Roll::Ms(ms)) => (Some(time_ms.saturating_add_unsigned(ms)), usize::MAX),
            Some(Roll::Bytes(size)) => (None, usize::try_from(size).unwrap_or(usize::MAX)),
            None => (None, usize::MAX),
        };
        Ok(Current {
            part,
            ends_ms: interval.into_iter().chain(age).min(),
            full_at: full_at.min(P::MOST_BYTES),
            len: 0,
        })
    }

    pub(super) fn write(&mut self, rows: &[u8]) -> Result<()> {
        self.part.write(rows)?;
        self.len = self.len.saturating_add(rows.len());
        Ok(())
    }

    /// How many bytes it takes until it is full.
    pub(super) fn room(&self) -> usize {
        self.full_at.saturating_sub(self.len)
    }

    /// When it is to be finished; `None` if no time does that.
    pub(super) fn ends_ms(&self) -> Option<i64> {
        self.ends_ms
    }

    /// Whether the time of the part is over.
    pub(super) fn ends_by(&self, time_ms: i64) -> bool {
        self.ends_ms.is_some_and(|ends_ms| time_ms >= ends_ms)
    }

    /// Makes what was written durable; `None` if that has finished the part.
    pub(super) fn save(self) -> Result<Option<Self>> {
        let Current {
            part,
            ends_ms,
            full_at,
            len,
        } = self;
        let saved = part.save()?;
        Ok(saved.map(|part| Current {
            part,
            ends_ms,
            full_at,
            len,
        }))
    }

    /// Lets the part appear under its name.
    pub(super) fn finish(self) -> Result<()> {
        self.part.finish()
    }
}
