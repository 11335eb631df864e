//! The clocks of a place.

use super::Unknown;

/// The clocks of a place.
#[cfg(feature = "tz")]
#[derive(Debug, Clone)]
pub(super) struct Zone(jiff::tz::TimeZone);

#[cfg(feature = "tz")]
impl Zone {
    pub(super) fn named(name: &str) -> Result<Self, Unknown> {
        let zone = jiff::tz::TimeZone::get(name);
        zone.map(Zone).map_err(|_| Unknown::Zone)
    }

    /// What a clock there shows at a moment, as milliseconds since it showed the beginning of 1970.
    pub(super) fn there(&self, time_ms: i64) -> i64 {
        let Ok(moment) = jiff::Timestamp::from_millisecond(time_ms) else {
            return time_ms;
        };
        let ahead_ms = i64::from(self.0.to_offset(moment).seconds()) * 1_000;
        time_ms.saturating_add(ahead_ms)
    }

    /// The moment at which a clock there shows something; the first one where it does so twice, and
    /// as much later as clocks go forward where it never does.
    pub(super) fn moment(&self, there_ms: i64) -> i64 {
        let shown = jiff::Timestamp::from_millisecond(there_ms)
            .map(|shown| jiff::tz::Offset::UTC.to_datetime(shown));
        let moment = shown.and_then(|shown| self.0.to_ambiguous_timestamp(shown).compatible());
        moment.map_or(there_ms, jiff::Timestamp::as_millisecond)
    }
}

/// No place is known.
#[cfg(not(feature = "tz"))]
#[derive(Debug, Clone)]
pub(super) enum Zone {}

#[cfg(not(feature = "tz"))]
impl Zone {
    pub(super) fn named(_: &str) -> Result<Self, Unknown> {
        Err(Unknown::Feature)
    }

    pub(super) fn there(&self, _: i64) -> i64 {
        match *self {}
    }

    pub(super) fn moment(&self, _: i64) -> i64 {
        match *self {}
    }
}
