//! The value of a key at each moment that can still be asked for.
//!
//! ```text
//!   time      3        8              20
//!   value     1.10     1.20           deleted
//!                      ╰── at 8 … 19
//!                           ▲ horizon 12: nobody asks for a moment in front of it, and so 3 goes
//! ```

use serde::{Deserialize, Serialize};

use super::image::Stored;
use super::owned::{Age, Aged};
use super::since::Around;

/// The versions of one key, by their times; one without a value says that the key is deleted.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent, bound(deserialize = "V: Deserialize<'de>"))]
pub struct Versions<V> {
    versions: Vec<(i64, Option<V>)>,
}

/// The values of a key at all moments.
#[derive(Debug)]
pub struct InVersions;

impl Around for InVersions {
    type Of<V: Stored> = Aged<Versions<V>>;

    fn layout_with(value: &str) -> String {
        format!("[(i64, Option<{value}>)]")
    }

    fn changed<Old: Stored, New: Stored>(
        whole: Aged<Versions<Old>>,
        change: &impl Fn(Old) -> New,
    ) -> Aged<Versions<New>> {
        Age::changed(whole, &|of_key: Versions<Old>| {
            let versions = of_key.versions.into_iter();
            Versions {
                versions: versions
                    .map(|(time_ms, value)| (time_ms, value.map(change)))
                    .collect(),
            }
        })
    }
}

impl<V> Default for Versions<V> {
    fn default() -> Self {
        Versions {
            versions: Vec::new(),
        }
    }
}

impl<V> Versions<V> {
    /// Where the first version stands that is later than a moment.
    fn behind(&self, time_ms: i64) -> usize {
        self.versions
            .partition_point(|(version_ms, _)| *version_ms <= time_ms)
    }

    /// Where the version stands that holds at the horizon, if there is one: those in front of it are
    /// not asked for.
    fn oldest_wanted(&self, horizon_ms: i64) -> Option<usize> {
        self.behind(horizon_ms).checked_sub(1)
    }

    /// Adds a version; it takes the place of one of the same time. Returns whether anybody can ask for
    /// it.
    pub(crate) fn put(&mut self, time_ms: i64, value: Option<V>, horizon_ms: i64) -> bool {
        // A key that is deleted for good is one that has never been there, taken out or not.
        if self.forget(horizon_ms) {
            self.versions.clear();
        }
        let oldest = self.oldest_wanted(horizon_ms);
        let oldest = oldest.and_then(|oldest| self.versions.get(oldest));
        if oldest.is_some_and(|(oldest_ms, _)| time_ms < *oldest_ms) {
            return false;
        }
        let behind = self.behind(time_ms);
        let same = behind
            .checked_sub(1)
            .and_then(|same| self.versions.get_mut(same))
            .filter(|(same_ms, _)| *same_ms == time_ms);
        match same {
            Some((_, known)) => *known = value,
            None => self.versions.insert(behind, (time_ms, value)),
        }
        true
    }

    /// Forgets what nobody can ask for. Returns whether nothing is left that says more than that the
    /// key is deleted.
    pub(crate) fn forget(&mut self, horizon_ms: i64) -> bool {
        if let Some(oldest) = self.oldest_wanted(horizon_ms) {
            self.versions.drain(..oldest);
        }
        match self.versions.as_slice() {
            [] => true,
            [(time_ms, None)] => *time_ms <= horizon_ms,
            _ => false,
        }
    }

    /// The value at a moment; none where the key was deleted then, had no value yet, or what it had is
    /// forgotten.
    pub(crate) fn at(&self, time_ms: i64, horizon_ms: i64) -> Option<&V> {
        let place = self.behind(time_ms).checked_sub(1)?;
        let is_forgotten = self
            .oldest_wanted(horizon_ms)
            .is_some_and(|oldest| place < oldest);
        if is_forgotten {
            return None;
        }
        self.versions.get(place)?.1.as_ref()
    }

    /// The value of the version that is the latest by its time.
    pub(crate) fn newest(&self) -> Option<&V> {
        self.versions.last()?.1.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING_MS: i64 = i64::MIN;

    fn versions(all: &[(i64, Option<u8>)]) -> Versions<u8> {
        let mut versions = Versions::default();
        for (time_ms, value) in all {
            assert!(versions.put(*time_ms, *value, NOTHING_MS));
        }
        versions
    }

    #[test]
    fn moment_has_the_latest_version_up_to_it_in_whatever_order_they_came() {
        let versions = versions(&[(20, Some(3)), (8, Some(1)), (8, Some(2)), (30, None)]);
        let at = |time_ms| versions.at(time_ms, NOTHING_MS).copied();
        assert_eq!([at(7), at(8), at(19)], [None, Some(2), Some(2)]);
        assert_eq!([at(20), at(29), at(30)], [Some(3), Some(3), None]);
        assert_eq!(versions.newest(), None);
    }

    #[test]
    fn versions_in_front_of_that_at_the_horizon_are_forgotten() {
        let mut versions = versions(&[(3, Some(1)), (8, Some(2)), (20, Some(3))]);
        // Whether they have been taken out yet does not show.
        assert_eq!(versions.at(5, 12), None);
        assert!(!versions.forget(12));
        assert_eq!(versions.at(5, 12), None);
        assert_eq!(versions.at(12, 12), Some(&2));
        assert!(!versions.put(7, Some(9), 12), "nobody can ask for it");
        assert!(versions.put(10, Some(9), 12));
        assert_eq!(versions.at(12, 12), Some(&9));
        assert_eq!(versions.at(9, 12), None);
    }

    #[test]
    fn deleted_key_goes_when_the_horizon_is_past_it() {
        let mut versions = versions(&[(3, Some(1)), (8, None)]);
        assert!(!versions.forget(7));
        assert!(versions.forget(8));
        assert!(Versions::<u8>::default().forget(0));
    }
}
