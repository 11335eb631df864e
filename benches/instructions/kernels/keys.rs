//! A key's hash, its place in the table, and a sum there.

use std::convert::Infallible;

use streamflow_runtime::state::{Compact, Key, Keyed, Place, Soon};

use super::Load;

/// A count for each user.
type Counts = Keyed<Compact<str>, u64>;

/// So few that table and keys stay in the cache.
const FEW: usize = 1_000;
/// So many that their table is taken not to fit the cache: values are gathered on their way there.
const MANY: usize = 300_000;

pub(super) fn few(load: Load) {
    count(FEW, load.measured);
}

pub(super) fn many(load: Load) {
    count(MANY, load.measured);
}

/// Counts each user once, and then as many as are measured.
fn count(users: usize, measured: u32) {
    let keys: Vec<String> = (0..users).map(|user| format!("user{user}")).collect();
    let mut counts = Counts::default();
    for key in keys.iter().cycle().take(users + measured as usize) {
        count_one(&mut counts, key);
    }
    let Ok(()) = counts.settle(add);
    let total: u64 = counts.drain().map(|(_user, count)| count).sum();
    assert_eq!(total, u64::from(measured) + users as u64);
}

/// What a job's loop does with a user and a one.
#[inline]
fn count_one(counts: &mut Counts, user: &str) {
    match Key::place_soon(counts, user, 0) {
        Soon::Now(Place::Known(count, _)) => *count += 1,
        Soon::Now(Place::New(new)) => {
            new.insert(1);
        }
        Soon::Later(later) => {
            let Ok(()) = later.put(1, add);
        }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the table asks for it")]
fn add(count: &mut u64, more: u64) -> Result<(), Infallible> {
    *count += more;
    Ok(())
}
