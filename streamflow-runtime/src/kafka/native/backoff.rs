//! How long to wait before something is tried again.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::Duration;

const FIRST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(2);

/// The pause before try number `attempts`, from 0: twice as long each time, up to a limit.
///
/// Clients that lost the same broker at the same moment must not all come back at the same one: a
/// quarter of the pause is left to chance.
pub(in crate::kafka) fn pause(attempts: u32) -> Duration {
    let Some(doublings) = attempts.checked_sub(1) else {
        return Duration::ZERO;
    };
    let longest = FIRST
        .saturating_mul(2_u32.saturating_pow(doublings))
        .min(LONGEST);
    // A hasher is seeded anew each time it is made, and is all the chance that is needed.
    let quarters = RandomState::new().hash_one(attempts) % 1_000;
    let left_out = longest / 4_000 * u32::try_from(quarters).unwrap_or(0);
    longest.saturating_sub(left_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_limit_and_differ() {
        assert_eq!(pause(0), Duration::ZERO);
        for (attempts, longest_ms) in [(1, 50), (2, 100), (3, 200), (7, 2_000), (u32::MAX, 2_000)] {
            let longest = Duration::from_millis(longest_ms);
            for _ in 0..100 {
                let pause = pause(attempts);
                assert!(pause <= longest && pause >= longest * 3 / 4, "{pause:?}");
            }
        }
        let some: std::collections::BTreeSet<Duration> = (0..100).map(|_| pause(5)).collect();
        assert!(some.len() > 10, "{} different ones", some.len());
    }
}
