use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::source::{PartitionKind, PartitionName};

const LAG_MS: i64 = 5;
const IDLE_MS: i64 = 30;

fn partition(number: i32) -> OfSource {
    let name = PartitionName {
        topic: "t".into(),
        partition: number,
        kind: PartitionKind::Topic,
    };
    (0, name)
}

fn watermark() -> Watermark {
    Watermark::new(LAG_MS, IDLE_MS, 0)
}

fn seen(latest_ms: impl Into<Option<i64>>, heard_ms: i64) -> Seen {
    Seen {
        latest_ms: latest_ms.into(),
        heard_ms,
        standing: Standing::CaughtUp,
    }
}

#[test]
fn slowest_partition_decides() {
    let mut watermark = watermark();
    watermark.bring(partition(0), seen(100, 1));
    watermark.bring(partition(1), seen(70, 1));
    watermark.advance(1);
    assert_eq!(watermark.reached_ms(), 65);
}

#[test]
fn partition_that_has_given_nothing_holds_time_back_until_it_is_idle() {
    let mut watermark = watermark();
    watermark.bring(partition(0), seen(100, 25));
    watermark.bring(partition(1), seen(None, i64::MIN));
    watermark.advance(25);
    assert_eq!(watermark.reached_ms(), NOTHING_MS);
    assert_eq!(watermark.next_look_ms(25), Some(30));
    watermark.advance(30);
    assert_eq!(watermark.reached_ms(), 95);
}

#[test]
fn partition_that_is_not_read_to_its_end_is_not_idle() {
    let mut watermark = watermark();
    watermark.bring(partition(0), seen(100, 90));
    let behind = Seen {
        standing: Standing::Behind,
        ..seen(10, 0)
    };
    watermark.bring(partition(1), behind);
    watermark.advance(100);
    assert_eq!(watermark.reached_ms(), 5);
    assert_eq!(watermark.next_look_ms(100), Some(120));
    watermark.bring(partition(1), seen(10, 0));
    watermark.advance(101);
    assert_eq!(watermark.reached_ms(), 95);
}

#[test]
fn partition_that_has_ended_is_not_waited_for() {
    let mut watermark = watermark();
    watermark.bring(partition(0), seen(100, 0));
    let ended = Seen {
        standing: Standing::Ended,
        ..seen(10, 0)
    };
    watermark.bring(partition(1), ended);
    watermark.advance(1);
    assert_eq!(watermark.reached_ms(), 95);
}

#[test]
fn time_stands_still_while_all_are_idle() {
    let mut watermark = watermark();
    watermark.bring(partition(0), seen(100, 0));
    watermark.bring(partition(1), seen(50, 0));
    watermark.advance(29);
    assert_eq!(watermark.reached_ms(), 45);
    watermark.advance(30);
    assert_eq!(watermark.reached_ms(), 45);
    assert_eq!(watermark.next_look_ms(30), None);
}

#[test]
fn checkpoint_does_not_hold_the_end_of_time() {
    let plan = Plan {
        name: "test",
        stages: &[plan::Stage {
            operator: "event_time",
            text: "event_time(|at| *at) lag 5s",
            line: 1,
            role: Role::EventTime {
                in_rounds: false,
                state: "event_time.1",
                lag_ms: 5,
                idle_ms: 30,
                future_ms: 60,
            },
            inputs: &[],
            segment: 0,
            on_error: plan::OnError::Fail,
            topics: &[],
        }],
        settings: plan::Settings::UNSET,
    };
    let source = |_: usize| "kafka(\"t\")".to_owned();
    let watermarks = Watermarks::new(&plan, 0);
    watermarks.bring([(0, partition(0), seen(100, 0))].into_iter());
    watermarks.advance(1);
    watermarks.end();
    assert_eq!(watermarks.reached_ms(&[0]), i64::MAX);
    let image = watermarks.image(0, source, |_| String::new()).unwrap();

    let watermarks = Watermarks::new(&plan, 0);
    let source_of = |name: &str| (name == source(0)).then_some(0);
    let restored = watermarks.restore(0, &image, source_of, |_| None);
    restored.unwrap();
    assert_eq!(watermarks.reached_ms(&[0]), 95);
    // The partition need not give a record again before the other one moves time on.
    watermarks.bring([(0, partition(0), seen(None, 0))].into_iter());
    watermarks.bring([(0, partition(1), seen(200, 0))].into_iter());
    watermarks.advance(1);
    assert_eq!(watermarks.reached_ms(&[0]), 95);
    watermarks.bring([(0, partition(0), seen(150, 0))].into_iter());
    watermarks.advance(1);
    assert_eq!(watermarks.reached_ms(&[0]), 145);
}

/// What happens to one partition between two rounds.
#[derive(Debug, Clone)]
struct Step {
    partition: i32,
    times: Vec<i64>,
    behind: bool,
}

fn steps() -> impl Strategy<Value = Vec<(i64, Vec<Step>)>> {
    let step =
        (0..4, vec(0_i64..500, 0..4), any::<bool>()).prop_map(|(partition, times, behind)| Step {
            partition,
            times,
            behind,
        });
    vec((0_i64..25, vec(step, 0..6)), 1..30)
}

proptest! {
    /// The same from all records that have ever come, with no memory of what was decided but the
    /// watermark itself.
    #[test]
    fn watermark_is_that_of_a_slow_reference(rounds in steps(), known in option::of(0..3)) {
        let mut fast = watermark();
        let mut records: Vec<(i32, i64, i64)> = Vec::new();
        let mut standings: BTreeMap<i32, Standing> = BTreeMap::new();
        let mut reached = NOTHING_MS;
        let mut now_ms = 0;
        if let Some(known) = known {
            fast.bring(partition(known), seen(None, i64::MIN));
            standings.insert(known, Standing::CaughtUp);
        }
        for (passed_ms, steps) in rounds {
            now_ms += passed_ms;
            for Step { partition: number, times, behind } in steps {
                let standing = if behind { Standing::Behind } else { Standing::CaughtUp };
                records.extend(times.iter().map(|time| (number, *time, now_ms)));
                standings.insert(number, standing);
                let heard_ms = if times.is_empty() { i64::MIN } else { now_ms };
                let latest_ms = times.iter().copied().max();
                fast.bring(partition(number), Seen { latest_ms, heard_ms, standing });
            }
            let of = |number: i32| records.iter().filter(move |(of, ..)| *of == number);
            let waited_for = standings.iter().filter(|(number, standing)| {
                let heard_ms = of(**number).map(|(.., heard_ms)| *heard_ms).max().unwrap_or(0);
                **standing == Standing::Behind || now_ms - heard_ms < IDLE_MS
            });
            let latest: Vec<Option<i64>> =
                waited_for.map(|(number, _)| of(*number).map(|(_, time, _)| *time).max()).collect();
            if !latest.is_empty() && latest.iter().all(Option::is_some) {
                let least = latest.iter().flatten().min().unwrap();
                reached = reached.max(least - LAG_MS);
            }
            fast.advance(now_ms);
            prop_assert_eq!(fast.reached_ms(), reached);
            if let Some(look_ms) = fast.next_look_ms(now_ms) {
                prop_assert!(look_ms > now_ms);
            }
        }
    }
}
