//! What counting per user takes, in processor time and memory, where a table of ten million users is
//! held to the end.
//!
//! Each user comes twice, in an order in which neighbours are far from each other, and every worker
//! meets every user: half of a table is merged into the other in the end. Nothing is printed but how
//! many users there were, and sums over their counts, which must be exact. `--users` names other
//! numbers of users.

use streamflow::stream_job;
use streamflow_test_support::kafka::Compression;

use crate::Scenario;
use crate::bench::Bench;
use crate::by_hand::{self, Counts};
use crate::drained::{self, Case, Run};
use crate::job::{self, Job};
use crate::results::Results;

pub(crate) const SCENARIO: Scenario = Scenario {
    name: "held",
    run,
    jobs: &[("held", job)],
};

const USERS: u32 = 10_000_000;
/// How often each user comes.
const TIMES: u32 = 2;
/// Users follow each other in steps of this prime.
const STEP: u64 = 7_654_321;

fn job() -> streamflow::Result<()> {
    let input = job::input();
    streamflow::main(stream_job! {
        job held
        from kafka(&input)
            | map(|line| { let (user, _page) = line.split_once(',')?; (user, 1u64) })
            | reduce_by_key(+) every 365d
            | map(|(user, count)| {
                let number: u64 = user.strip_prefix("user")?.parse()?;
                (1u64, count, number * count)
            })
            | reduce(|a, b| (a.0 + b.0, a.1 + b.1, a.2 + b.2)) every 365d
            | print
    })
}

fn run(bench: &Bench<'_>) -> Result<(), String> {
    let mut results = Results::begin(bench, SCENARIO.name, &drained::COLUMNS)?;
    let asked = &bench.arguments.users;
    let all = if asked.is_empty() {
        &[USERS]
    } else {
        &asked[..]
    };
    for users in all {
        drain(bench, &mut results, *users)?;
    }
    results.print()
}

fn lines(users: u32) -> impl Iterator<Item = String> {
    (0..u64::from(users * TIMES)).map(move |n| {
        let user = n * STEP % u64::from(users);
        format!("user{user},/{}", n % 10)
    })
}

fn drain(bench: &Bench<'_>, results: &mut Results, users: u32) -> Result<(), String> {
    let input = bench.new_topic("held");
    drained::fill(bench, &input, lines(users), Compression::None);
    let batches = by_hand::batches(lines(users));
    let (users_u64, times) = (u64::from(users), u64::from(TIMES));
    let expected = format!(
        "({users_u64},{},{})",
        users_u64 * times,
        users_u64 * (users_u64 - 1) / 2 * times
    );
    let case = Case {
        label: format!("{users} users held"),
        records: users * TIMES,
        run: Run::Printed {
            command: &|workers| {
                let held = Job {
                    name: "held",
                    input: &input,
                    output: "",
                };
                job::command_line(bench, held, workers)
            },
            check: &|stdout| {
                let is_right = stdout.lines().any(|line| line == expected);
                let wrong = || format!("{expected} was expected, not {stdout}");
                is_right.then_some(()).ok_or_else(wrong)
            },
        },
        by_hand: &|| {
            let mut counts = Counts::default();
            by_hand::each_line(&batches, |line| {
                let (user, _page) = line.split_once(',').expect("a comma");
                counts.count(user);
            });
            counts.total()
        },
    };
    drained::drain(bench, results, &case)?;
    bench.admin.delete_topic(&input);
    Ok(())
}
