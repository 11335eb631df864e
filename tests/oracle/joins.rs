//! Joins of items that are near each other in time: of all kinds, by their own time and by the clock;
//! windows behind them; and joins over windows.

use std::collections::BTreeMap;

use proptest::prelude::*;
use streamflow::{Job, stream_job};

use crate::program::{Program, Reference, Seen, Told, check, programs};
use crate::watermark::{Watermark, time};

const LAG_S: i64 = 2;

/// Even values stand on the left, odd ones on the right.
fn job() -> Job<'static> {
    stream_job! {
        job near
        let lines = from kafka("in")
            | map(|line| { let (key, value) = line.split_once(',')?; (key, value.parse::<u64>()?) });
        let even = lines | filter(|(_, value)| value % 2 == 0);
        let odd = lines | filter(|(_, value)| value % 2 == 1);
        let lefts = even | event_time(|(_, value)| time(*value)) lag 2s idle 10s future 30s;
        let rights = odd | event_time(|(_, value)| time(*value)) lag 2s idle 10s future 30s;
        lefts | join(rights) within -3s..+2s late else to(late) as inner
            | map(|(key, (l, r))| format!("join {key} {l} {r}")) | print;
        late | map(|(key, sides)| format!("late {key} {sides:?}")) | print;
        lefts | left_join(rights) within -4s..-1s late 2s drop as left
            | map(|(key, (l, r))| format!("left {key} {l} {r:?}")) | print;
        lefts | right_join(rights) within +1s..+5s late drop as right
            | map(|(key, (l, r))| format!("right {key} {l:?} {r}")) | print;
        lefts | full_join(rights) within -2s..+3s late 1s drop as full
            | map(|(key, (l, r))| format!("full {key} {l:?} {r:?}")) | print;
        lefts | semi_join(rights) within -1s..+1s late drop as semi
            | map(|(key, l)| format!("semi {key} {l}")) | print;
        lefts | anti_join(rights) within -5s..0s late 3s drop as anti
            | map(|(key, l)| format!("anti {key} {l}")) | print;
        lefts | full_join(rights) within -2s..+6s late 1s drop as counted
            | count_by_key over tumbling 4s late 1s drop as counts
            | map(|(key, n)| format!("count {key} {n}")) | print;
        lefts | cogroup(rights) over hopping 6s by 2s late 1s else to(late_of_windows) as groups
            | map(|(key, (mut ls, mut rs))| {
                ls.sort_unstable();
                rs.sort_unstable();
                format!("group {key} {ls:?} {rs:?}")
            }) | print;
        late_of_windows | map(|(key, sides)| format!("late of windows {key} {sides:?}")) | print;
        lefts | left_join(rights) over tumbling 3s late drop as pairs
            | map(|(key, (l, r))| format!("pair {key} {l} {r:?}")) | print;
        even | semi_join(odd) over hopping 4s by 2s as clock_semi
            | map(|(key, l)| format!("clock semi {key} {l}")) | print;
        even | full_join(odd) within -2s..+3s as clock
            | map(|(key, (l, r))| format!("clock {key} {l:?} {r:?}")) | print;
        even | anti_join(odd) within 0s..+4s as clock_anti
            | map(|(key, l)| format!("clock anti {key} {l}")) | print
    }
}

/// An item that has come, and is not over.
#[derive(Clone)]
struct Item {
    key: String,
    value: u64,
    time_s: i64,
    is_left: bool,
    has_met: bool,
}

/// What leaves a join: the key, the values, and the time.
type Result = (String, Option<u64>, Option<u64>, i64);

/// A join that holds every item against every other.
struct Near {
    from_s: i64,
    to_s: i64,
    wait_s: i64,
    items: Vec<Item>,
    met: Vec<Result>,
    /// Left items that have met something for the first time.
    first: Vec<Result>,
    late: Vec<Seen>,
}

impl Near {
    fn new(from_s: i64, to_s: i64, wait_s: i64) -> Self {
        Near {
            from_s,
            to_s,
            wait_s,
            items: Vec::new(),
            met: Vec::new(),
            first: Vec::new(),
            late: Vec::new(),
        }
    }

    fn take(&mut self, seen: &Seen, time_s: i64, complete_s: i64) {
        if time_s < complete_s - self.wait_s {
            self.late.push(seen.clone());
            return;
        }
        let mut new = Item {
            key: seen.key.clone(),
            value: seen.value,
            time_s,
            is_left: seen.value.is_multiple_of(2),
            has_met: false,
        };
        for known in &mut self.items {
            if known.key != new.key || known.is_left == new.is_left {
                continue;
            }
            let (left, right) = if new.is_left {
                (&mut new, known)
            } else {
                (known, &mut new)
            };
            let distance_s = right.time_s - left.time_s;
            if (self.from_s..=self.to_s).contains(&distance_s) {
                let time_s = left.time_s.max(right.time_s);
                let key = left.key.clone();
                self.met
                    .push((key.clone(), Some(left.value), Some(right.value), time_s));
                if !left.has_met {
                    self.first.push((key, Some(left.value), None, left.time_s));
                }
                (left.has_met, right.has_met) = (true, true);
            }
        }
        self.items.push(new);
    }

    /// The pairs, the left items that have met something, and the items that have met nothing.
    fn leave(&mut self, complete_s: i64) -> (Vec<Result>, Vec<Result>, Vec<Result>) {
        let complete_s = complete_s - self.wait_s;
        let (from_s, to_s) = (self.from_s, self.to_s);
        let mut lonely = Vec::new();
        self.items.retain(|item| {
            let until_s = if item.is_left {
                item.time_s + to_s
            } else {
                item.time_s - from_s
            };
            let is_over = until_s < complete_s;
            if is_over && !item.has_met {
                let value = |is_left| (item.is_left == is_left).then_some(item.value);
                lonely.push((item.key.clone(), value(true), value(false), item.time_s));
            }
            !is_over
        });
        let (met, first) = (&mut self.met, &mut self.first);
        (std::mem::take(met), std::mem::take(first), lonely)
    }
}

/// Windows of a join: what has come for those that are open, by their ends.
struct Windows {
    size_s: i64,
    step_s: i64,
    wait_s: i64,
    open: BTreeMap<i64, BTreeMap<String, [Vec<u64>; 2]>>,
    late: Vec<Seen>,
}

impl Windows {
    fn new(size_s: i64, step_s: i64, wait_s: i64) -> Self {
        Windows {
            size_s,
            step_s,
            wait_s,
            open: BTreeMap::new(),
            late: Vec::new(),
        }
    }

    fn take(&mut self, seen: &Seen, time_s: i64, complete_s: i64) {
        let mut end_s = time_s.div_euclid(self.step_s) * self.step_s + self.step_s;
        let last_s = (time_s.div_euclid(self.step_s) * self.step_s) + self.size_s;
        if last_s + self.wait_s <= complete_s {
            self.late.push(seen.clone());
        }
        while end_s - self.size_s <= time_s {
            if end_s + self.wait_s > complete_s {
                let of_key = self.open.entry(end_s).or_default();
                let sides = of_key.entry(seen.key.clone()).or_default();
                sides[usize::from(seen.value % 2 == 1)].push(seen.value);
            }
            end_s += self.step_s;
        }
    }

    /// The sides of each key of each window that closes, sorted.
    fn close(&mut self, complete_s: i64) -> Vec<(String, [Vec<u64>; 2])> {
        let open = self.open.split_off(&(complete_s - self.wait_s + 1));
        let closed = std::mem::replace(&mut self.open, open).into_values();
        let mut all: Vec<(String, [Vec<u64>; 2])> = closed.flatten().collect();
        let sides = all.iter_mut().flat_map(|(_, sides)| sides);
        sides.for_each(|side| side.sort_unstable());
        all
    }
}

struct Joins {
    /// Up to where time is complete on both sides.
    complete_s: i64,
    left: Watermark,
    right: Watermark,
    inner: Near,
    left_join: Near,
    right_join: Near,
    full: Near,
    semi: Near,
    anti: Near,
    counted: Near,
    /// How many of each key are in each window that is open, by its end.
    counts: BTreeMap<i64, BTreeMap<String, u64>>,
    clock: Near,
    clock_anti: Near,
    groups: Windows,
    pairs: Windows,
    clock_semi: Windows,
}

/// How long the windows behind `counted` wait: their own wait, that of the join, and its range.
const BEHIND_S: i64 = 1 + 1 + 6;

impl Joins {
    fn new(partitions: usize) -> Self {
        Joins {
            complete_s: i64::MIN / 2,
            left: Watermark::new(LAG_S, partitions),
            right: Watermark::new(LAG_S, partitions),
            inner: Near::new(-3, 2, 0),
            left_join: Near::new(-4, -1, 2),
            right_join: Near::new(1, 5, 0),
            full: Near::new(-2, 3, 1),
            semi: Near::new(-1, 1, 0),
            anti: Near::new(-5, 0, 3),
            counted: Near::new(-2, 6, 1),
            counts: BTreeMap::new(),
            clock: Near::new(-2, 3, 0),
            clock_anti: Near::new(0, 4, 0),
            groups: Windows::new(6, 2, 1),
            pairs: Windows::new(3, 3, 0),
            clock_semi: Windows::new(4, 2, 0),
        }
    }

    /// Moves time on, never back.
    fn complete(&mut self) {
        self.left.advance();
        self.right.advance();
        let (left, right) = (&self.left, &self.right);
        let reached_s = match (left.is_silent, right.is_silent) {
            (true, false) => right.reached_s,
            (false, true) => left.reached_s,
            (_, _) => left.reached_s.min(right.reached_s),
        };
        self.complete_s = self.complete_s.max(reached_s);
    }

    fn take(&mut self, seen: &Seen) {
        for near in [&mut self.clock, &mut self.clock_anti] {
            near.take(seen, self.left.now_s, self.left.now_s);
        }
        self.clock_semi.take(seen, self.left.now_s, self.left.now_s);
        let Some(time_s) = self.left.own_s(seen) else {
            self.inner.late.push(seen.clone());
            self.groups.late.push(seen.clone());
            return;
        };
        let complete_s = self.complete_s;
        for near in [
            &mut self.inner,
            &mut self.left_join,
            &mut self.right_join,
            &mut self.full,
            &mut self.semi,
            &mut self.anti,
            &mut self.counted,
        ] {
            near.take(seen, time_s, complete_s);
        }
        for windows in [&mut self.groups, &mut self.pairs] {
            windows.take(seen, time_s, complete_s);
        }
        let side = if seen.value.is_multiple_of(2) {
            &mut self.left
        } else {
            &mut self.right
        };
        side.hear(seen, time_s);
    }

    fn advance(&mut self) -> Vec<String> {
        let before_s = self.complete_s;
        self.complete();
        let complete_s = self.complete_s;
        let one = |value: Option<u64>| value.expect("a value");
        let mut rows = Vec::new();
        let sides = |seen: &Seen| {
            let is_left = seen.value.is_multiple_of(2);
            let value = |of_left| Some(seen.value).filter(|_| is_left == of_left);
            (value(true), value(false))
        };
        for (name, late) in [
            ("late", &mut self.inner.late),
            ("late of windows", &mut self.groups.late),
        ] {
            let late = late.drain(..);
            rows.extend(late.map(|seen| format!("{name} {} {:?}", seen.key, sides(&seen))));
        }
        let (met, ..) = self.inner.leave(complete_s);
        rows.extend(
            met.iter()
                .map(|(key, l, r, _)| format!("join {key} {} {}", one(*l), one(*r))),
        );
        let (met, _, lonely) = self.left_join.leave(complete_s);
        let lonely = lonely.iter().filter(|(_, l, ..)| l.is_some());
        let all = met.iter().chain(lonely);
        rows.extend(all.map(|(key, l, r, _)| format!("left {key} {} {r:?}", one(*l))));
        let (met, _, lonely) = self.right_join.leave(complete_s);
        let lonely = lonely.iter().filter(|(_, _, r, _)| r.is_some());
        let all = met.iter().chain(lonely);
        rows.extend(all.map(|(key, l, r, _)| format!("right {key} {l:?} {}", one(*r))));
        for (name, near, complete_s) in [
            ("full", &mut self.full, complete_s),
            ("clock", &mut self.clock, self.left.now_s),
        ] {
            let (met, _, lonely) = near.leave(complete_s);
            let all = met.iter().chain(&lonely);
            rows.extend(all.map(|(key, l, r, _)| format!("{name} {key} {l:?} {r:?}")));
        }
        let (_, first, _) = self.semi.leave(complete_s);
        rows.extend(
            first
                .iter()
                .map(|(key, l, ..)| format!("semi {key} {}", one(*l))),
        );
        for (name, near, complete_s) in [
            ("anti", &mut self.anti, complete_s),
            ("clock anti", &mut self.clock_anti, self.left.now_s),
        ] {
            let (.., lonely) = near.leave(complete_s);
            let lefts = lonely.iter().filter_map(|(key, l, ..)| Some((key, (*l)?)));
            rows.extend(lefts.map(|(key, l)| format!("{name} {key} {l}")));
        }
        for (key, [ls, rs]) in self.groups.close(complete_s) {
            rows.push(format!("group {key} {ls:?} {rs:?}"));
        }
        for (key, [ls, rs]) in self.pairs.close(complete_s) {
            for l in ls {
                let met = rs.iter().map(|r| format!("pair {key} {l} {:?}", Some(r)));
                rows.extend(met);
                if rs.is_empty() {
                    rows.push(format!("pair {key} {l} {:?}", None::<u64>));
                }
            }
        }
        for (key, [ls, rs]) in self.clock_semi.close(self.left.now_s) {
            let ls = ls.iter().filter(|_| !rs.is_empty());
            rows.extend(ls.map(|l| format!("clock semi {key} {l}")));
        }
        let (met, _, lonely) = self.counted.leave(complete_s);
        for (key, .., time_s) in met.into_iter().chain(lonely) {
            let end_s = time_s.div_euclid(4) * 4 + 4;
            assert!(end_s + BEHIND_S > before_s, "nothing is late behind a join");
            *self
                .counts
                .entry(end_s)
                .or_default()
                .entry(key)
                .or_default() += 1;
        }
        let open = self.counts.split_off(&(complete_s - BEHIND_S + 1));
        for counts in std::mem::replace(&mut self.counts, open).into_values() {
            rows.extend(counts.iter().map(|(key, n)| format!("count {key} {n}")));
        }
        rows
    }
}

impl Reference for Joins {
    fn rows(&mut self, told: &Told<'_>) -> Vec<String> {
        self.left.tell(told);
        self.right.tell(told);
        if let Told::Fed(seen) = told {
            seen.iter().for_each(|seen| self.take(seen));
        }
        self.advance()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn items_that_are_near_each_other_meet_as_in_the_reference(program in programs()) {
        runs(&program);
    }
}

fn runs(program: &Program) {
    for workers in [1, 2, 4] {
        check(program, workers, job(), &mut Joins::new(program.partitions));
    }
}
