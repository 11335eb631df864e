//! Each example runs without a broker, on its sample records, and gives its expected output.
//!
//! The times in the headers, and where one interval ends and the next begins, depend on the
//! moment of the run. So the expected output is that of all intervals together.

use std::collections::BTreeMap;
use std::time::Duration;

use streamflow_test_support::printed::{self, Block};
use streamflow_test_support::process::{Ended, Job, example_command};

const PATIENCE: Duration = Duration::from_secs(60);

/// Runs an example to the end of the records that are there at its start.
fn caught_up(example: &str) -> (Ended, Vec<Block>) {
    let mut command = example_command(example);
    command.args(["--until", "caught-up"]);
    let ended = Job::start(&mut command).wait(PATIENCE);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let blocks = printed::blocks(&ended.stdout);
    (ended, blocks)
}

#[test]
fn user_access_counts_its_sample_records() {
    let (ended, blocks) = caught_up("user_access");
    let mut rows: Vec<(u64, String)> = printed::totals(&blocks)
        .into_iter()
        .map(|(user, count)| {
            let number = user
                .trim_start_matches("user")
                .parse()
                .expect("the number of a user");
            (number, format!("({user},{count})\n"))
        })
        .collect();
    rows.sort();
    let printed: String = rows.into_iter().map(|(_, row)| row).collect();
    assert_eq!(
        printed,
        include_str!("../examples/expected/user_access.txt")
    );

    let first = ended.stderr.lines().next().unwrap_or_default();
    assert!(
        first.contains("no broker is named") && first.contains("--brokers"),
        "{first}"
    );
}

#[test]
fn line_average_gives_the_average_of_each_sample_line() {
    let (_, blocks) = caught_up("line_average");
    let mut rows: Vec<f64> = blocks
        .iter()
        .flat_map(|block| &block.rows)
        .map(|row| row.parse().expect("an average"))
        .collect();
    rows.sort_by(f64::total_cmp);
    let expected: Vec<f64> = include_str!("../examples/expected/line_average.txt")
        .lines()
        .map(|line| line.parse().expect("an average"))
        .collect();
    assert_eq!(rows, expected);
}

/// What an example prints to the end of its records, line by line and sorted: the lines of several
/// pipelines and workers have no order among each other.
fn sorted_lines(example: &str) -> (Ended, String) {
    let mut command = example_command(example);
    command.args(["--until", "caught-up"]);
    let ended = Job::start(&mut command).wait(PATIENCE);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let mut lines: Vec<&str> = ended.stdout.lines().collect();
    lines.sort_unstable();
    let sorted = format!("{}\n", lines.join("\n"));
    (ended, sorted)
}

#[test]
fn behaviour_tells_visits_the_funnel_and_the_pages_of_each_user() {
    let (_, lines) = sorted_lines("behaviour");
    assert_eq!(lines, include_str!("../examples/expected/behaviour.txt"));
}

#[test]
fn data_cleaning_keeps_what_is_right_once_and_counts_what_is_wrong() {
    let (ended, lines) = sorted_lines("data_cleaning");
    assert_eq!(
        lines,
        include_str!("../examples/expected/data_cleaning.txt")
    );
    for told in [
        "10 records went to the dead letters of `as Csv<Raw<'_>>`",
        "6 records went to the dead letters of `as Json<Raw<'_>>`",
    ] {
        assert!(ended.stderr.contains(told), "{}", ended.stderr);
    }
}

#[test]
fn order_analysis_tells_revenue_and_what_is_not_paid() {
    let (_, lines) = sorted_lines("order_analysis");
    assert_eq!(
        lines,
        include_str!("../examples/expected/order_analysis.txt")
    );
}

#[test]
fn campaign_tells_the_rates_of_each_hour() {
    let (_, lines) = sorted_lines("campaign");
    assert_eq!(lines, include_str!("../examples/expected/campaign.txt"));
}

#[test]
fn recommendation_tells_what_is_seen_together() {
    let (_, lines) = sorted_lines("recommendation");
    assert_eq!(
        lines,
        include_str!("../examples/expected/recommendation.txt")
    );
}

#[test]
fn interval_after_interval_is_printed() {
    let mut command = example_command("user_access");
    command.args(["--for", "3s"]);
    let ended = Job::start(&mut command).wait(PATIENCE);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let blocks = printed::blocks(&ended.stdout);
    let intervals: BTreeMap<i64, usize> = blocks
        .iter()
        .map(|block| (block.time_ms, block.rows.len()))
        .collect();
    assert!(intervals.len() >= 3, "{intervals:?}");
    assert!(
        intervals.keys().all(|time_ms| time_ms % 1_000 == 0),
        "{intervals:?}"
    );
}

#[test]
fn restart_with_the_same_checkpoints_goes_on_at_the_right_record() {
    let dir = tempfile::tempdir().unwrap();
    let mut blocks = Vec::new();
    for _ in 0..3 {
        let mut command = example_command("user_access");
        command
            .arg("--checkpoint")
            .arg(dir.path())
            .args(["--for", "700ms"]);
        let ended = Job::start(&mut command).wait(PATIENCE);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        blocks.extend(printed::blocks(&ended.stdout));
    }
    // The last run ends everything: what is open then comes out.
    let mut command = example_command("user_access");
    command
        .arg("--checkpoint")
        .arg(dir.path())
        .args(["--until", "caught-up"]);
    let ended = Job::start(&mut command).wait(PATIENCE);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    blocks.extend(printed::blocks(&ended.stdout));
    // The records so far are the first of an endless row that depends on their number alone:
    // whatever their total, these are the only counts that it can have.
    let totals = printed::totals(&blocks);
    let total: u64 = totals.values().sum();
    assert!(total >= 1_000, "{total}");
    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
    for n in 0..total {
        let turn: u64 = n.wrapping_mul(2_654_435_761) % 400;
        *expected
            .entry(format!("user{}", 20 - turn.isqrt()))
            .or_default() += 1;
    }
    assert_eq!(totals, expected);
}
