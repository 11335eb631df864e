//! What happens to a job under test: records come, time passes, the job is stopped and goes on.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use streamflow::Job;
use streamflow::testing::JobTest;

/// One step of a program.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Records that come together.
    Feed(Vec<Record>),
    /// So many seconds pass.
    Advance(u64),
    /// The job ends, and another process goes on from its checkpoint.
    Restart,
}

/// A record `key,value` in a partition.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) partition: i32,
    pub(crate) key: u8,
    pub(crate) value: u64,
}

/// A whole program.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) partitions: usize,
    pub(crate) steps: Vec<Step>,
}

pub(crate) fn programs() -> impl Strategy<Value = Program> {
    (1_usize..6).prop_flat_map(|partitions| {
        let last = i32::try_from(partitions).expect("few partitions") - 1;
        // Few keys, one of which comes more often than the others.
        let key = prop_oneof![Just(0_u8), 0_u8..5];
        let record = (0..=last, key, 0_u64..50).prop_map(|(partition, key, value)| Record {
            partition,
            key,
            value,
        });
        let step = prop_oneof![
            4 => vec(record, 1..12).prop_map(Step::Feed),
            3 => (1_u64..5).prop_map(Step::Advance),
            1 => (8_u64..20).prop_map(Step::Advance),
            1 => Just(Step::Restart),
        ];
        vec(step, 1..14).prop_map(move |steps| Program { partitions, steps })
    })
}

/// A record as a reference sees it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// When it came, in whole seconds since the program began.
    pub(crate) at_s: u64,
    pub(crate) partition: i32,
    pub(crate) key: String,
    pub(crate) value: u64,
}

/// What a reference is told.
pub(crate) enum Told<'t> {
    /// Records that came together, in the order in which a job takes them: by their offsets, and
    /// those of one offset by their partitions.
    Fed(&'t [Seen]),
    /// Another second has passed: the one that ends now has this number.
    Second(u64),
    /// The job has ended and goes on, at this second.
    Restarted(u64),
}

/// What a reference says must have been printed.
pub(crate) trait Reference {
    fn rows(&mut self, told: &Told<'_>) -> Vec<String>;
}

/// Runs a program with so many workers, and holds every step against the reference.
///
/// One worker gets what is fed as it is; several get it cut at random, as nothing may depend on that.
pub(crate) fn check(
    program: &Program,
    workers: usize,
    job: Job<'static>,
    reference: &mut dyn Reference,
) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut test: JobTest = job
        .test()
        .partitions(program.partitions)
        .workers(workers)
        .checkpoint(directory.path());
    if workers > 1 {
        test = test.cut_randomly(seed(program));
    }
    let mut next_offsets: BTreeMap<i32, u64> = BTreeMap::new();
    let mut now_s = 0;
    for (at, step) in program.steps.iter().enumerate() {
        let mut expected = Vec::new();
        match step {
            Step::Feed(records) => {
                let mut placed = Vec::new();
                for record in records {
                    let offset = next_offsets.entry(record.partition).or_default();
                    let seen = Seen {
                        at_s: now_s,
                        partition: record.partition,
                        key: format!("k{}", record.key),
                        value: record.value,
                    };
                    placed.push((*offset, record.partition, seen));
                    *offset += 1;
                }
                placed.sort_by_key(|(offset, partition, _)| (*offset, *partition));
                let seen: Vec<Seen> = placed.into_iter().map(|(.., seen)| seen).collect();
                expected.extend(reference.rows(&Told::Fed(&seen)));
                let lines = records.iter().map(|record| {
                    let line = format!("k{},{}", record.key, record.value);
                    (record.partition, line)
                });
                test.feed_partitions("in", lines);
            }
            Step::Advance(seconds) => {
                for second in now_s..now_s + seconds {
                    expected.extend(reference.rows(&Told::Second(second)));
                }
                now_s += seconds;
                test.advance(Duration::from_secs(*seconds));
            }
            Step::Restart => {
                expected.extend(reference.rows(&Told::Restarted(now_s)));
                test.restart().expect("the job ends well");
            }
        }
        let mut found = test.rows();
        found.sort();
        expected.sort();
        assert_eq!(
            found, expected,
            "{workers} workers, step {at} of {program:?}"
        );
    }
}

/// By what the input of a program is cut: another one for each, and the same each time.
fn seed(program: &Program) -> u64 {
    let mut seed = u64::try_from(program.partitions).expect("few partitions");
    for step in &program.steps {
        let size = match step {
            Step::Feed(records) => records.iter().map(|record| record.value + 1).sum(),
            Step::Advance(seconds) => *seconds,
            Step::Restart => 0,
        };
        seed = seed.wrapping_mul(31).wrapping_add(size);
    }
    seed
}
