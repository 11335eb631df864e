//! Where the steps of windows end: at multiples of their length since 1970, moved by an offset, or at
//! the midnights of a place.
//!
//! ```text
//!   every 1d                        00:00 UTC    00:00 UTC    00:00 UTC
//!   every 1d, offset 6h             06:00 UTC    06:00 UTC    06:00 UTC
//!   every 1d, Europe/Berlin         00:00 there  00:00 there  00:00 there     23, 24 or 25 hours
//!   every 1h, Europe/Berlin         hours of time from 00:00 there on         23, 24 or 25 of them
//! ```

use super::zone::Zone;

/// A day without a change of clocks, in milliseconds.
pub(crate) const DAY_MS: i64 = 86_400_000;

/// The moments at which steps end, or results leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ends {
    /// How far one is from the next, in milliseconds.
    pub every_ms: u64,
    /// How far they are moved, in milliseconds.
    pub offset_ms: u64,
    /// The place whose days they follow; those of UTC where there is none.
    pub zone: Option<&'static str>,
}

impl Ends {
    /// Multiples of a length.
    pub(crate) fn of_multiples(every_ms: u64) -> Self {
        Ends {
            every_ms,
            offset_ms: 0,
            zone: None,
        }
    }
}

/// The same, to be asked for moments.
#[derive(Debug, Clone)]
pub(crate) struct Calendar {
    every_ms: i64,
    offset_ms: i64,
    zone: Option<Zone>,
}

impl Calendar {
    pub(crate) fn of(ends: Ends) -> Self {
        Calendar {
            every_ms: i64::try_from(ends.every_ms).unwrap_or(i64::MAX).max(1),
            offset_ms: i64::try_from(ends.offset_ms).unwrap_or(i64::MAX),
            // That there is such a place has been found out before the run began.
            zone: ends.zone.and_then(|name| Zone::named(name).ok()),
        }
    }

    /// When the step begins that a time is in.
    pub(crate) fn begin_of(&self, time_ms: i64) -> i64 {
        match &self.zone {
            None => floor(time_ms, self.every_ms, self.offset_ms),
            Some(zone) if self.is_of_days() => self.day_around(zone, time_ms).0,
            Some(zone) => {
                let (day_ms, _) = self.day().day_around(zone, time_ms);
                day_ms.saturating_add(floor(time_ms.saturating_sub(day_ms), self.every_ms, 0))
            }
        }
    }

    /// When the step ends that a time is in: the first moment that is in the next one.
    pub(crate) fn after(&self, time_ms: i64) -> i64 {
        match &self.zone {
            None => self.begin_of(time_ms).saturating_add(self.every_ms),
            Some(zone) if self.is_of_days() => self.day_around(zone, time_ms).1,
            Some(zone) => {
                // The last step of a day is cut short where clocks change by less than a step.
                let (_, midnight_ms) = self.day().day_around(zone, time_ms);
                let next_ms = self.begin_of(time_ms).saturating_add(self.every_ms);
                next_ms.min(midnight_ms)
            }
        }
    }

    /// Whether a step ends at a moment, and the next one begins.
    pub(crate) fn is_end(&self, time_ms: i64) -> bool {
        self.begin_of(time_ms) == time_ms
    }

    /// The moment so much in front of the end of a step: in a place, days are its days, and all else
    /// are whole steps.
    pub(crate) fn back(&self, end_ms: i64, size_ms: i64) -> i64 {
        let Some(zone) = &self.zone else {
            return end_ms.saturating_sub(size_ms);
        };
        if size_ms % DAY_MS == 0 && self.is_of_days() {
            let there_ms = zone.there(end_ms).saturating_sub(size_ms);
            return self.begin_of(zone.moment(there_ms).min(end_ms.saturating_sub(1)));
        }
        if size_ms % DAY_MS == 0 {
            // As far behind the beginning of a day, if that day is as long.
            let days = self.day();
            let (day_ms, _) = days.day_around(zone, end_ms);
            let there_ms = zone.there(day_ms).saturating_sub(size_ms);
            let (first_ms, next_ms) = days.day_around(zone, zone.moment(there_ms));
            let moment_ms = first_ms.saturating_add(end_ms.saturating_sub(day_ms));
            return self.begin_of(moment_ms.min(next_ms.saturating_sub(1)));
        }
        let mut left = size_ms / self.every_ms;
        let mut end_ms = end_ms;
        loop {
            let (day_ms, _) = self.day().day_around(zone, end_ms.saturating_sub(1));
            let of_day = end_ms.saturating_sub(day_ms);
            let steps = of_day / self.every_ms + i64::from(of_day % self.every_ms != 0);
            if left <= steps || steps <= 0 {
                return day_ms.saturating_add((steps - left).saturating_mul(self.every_ms));
            }
            left -= steps;
            end_ms = day_ms;
        }
    }

    fn is_of_days(&self) -> bool {
        self.every_ms % DAY_MS == 0
    }

    /// The days that shorter steps begin with.
    fn day(&self) -> Calendar {
        Calendar {
            every_ms: DAY_MS,
            offset_ms: self.offset_ms % DAY_MS,
            zone: None,
        }
    }

    /// The day that a time is in, or the days that count as one: when it begins and when it ends.
    fn day_around(&self, zone: &Zone, time_ms: i64) -> (i64, i64) {
        let there_ms = floor(zone.there(time_ms), self.every_ms, self.offset_ms);
        let moment = |days: i64| {
            let days_ms = days.saturating_mul(self.every_ms);
            zone.moment(there_ms.saturating_add(days_ms))
        };
        // Clocks may have gone back or forward since, for as much as a day.
        let mut begin_ms = moment(-1);
        for days in 0..=2 {
            let next_ms = moment(days);
            if next_ms > time_ms {
                return (begin_ms, next_ms);
            }
            begin_ms = next_ms;
        }
        (begin_ms, begin_ms.saturating_add(self.every_ms))
    }
}

/// The greatest multiple, moved by an offset, that is not behind a time.
fn floor(time_ms: i64, every_ms: i64, offset_ms: i64) -> i64 {
    let behind = time_ms.saturating_sub(offset_ms).rem_euclid(every_ms);
    time_ms.saturating_sub(behind)
}

#[cfg(test)]
mod tests;
