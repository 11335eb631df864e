//! Where a job begins, and where it ends.

use streamflow::Through;
use streamflow_test_support::kafka::{self, Compression, Message};
use streamflow_test_support::printed;
use streamflow_test_support::process::{Job, example_command};

use crate::{PATIENCE, drained};

crate::with_each_source! {
    job_begins_where_it_is_told_to,
    way_of_reading_is_said_first,
}

fn job_begins_where_it_is_told_to(source: Through) {
    let Some(broker) = kafka::own_broker_or_skip("job_begins_where_it_is_told_to") else {
        return;
    };
    let admin = broker.admin();
    admin.create_topic("user_access", 4);
    let records = |n: u64| (0..n).map(|n| Message::from(format!("user{},/", n % 10)));
    let counted = |flags: &[&str]| {
        let ended = drained("user_access", &broker, source, flags);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        printed::totals(&printed::blocks(&ended.stdout))
            .values()
            .sum::<u64>()
    };
    admin.produce("user_access", records(500), Compression::Lz4);

    // Without offsets of the group, at the beginning; with them, behind what was read.
    assert_eq!(counted(&["--group", "a"]), 500);
    assert_eq!(counted(&["--group", "a"]), 0);
    assert_eq!(counted(&["--group", "a", "--from", "earliest"]), 500);
    // At the end of what is there now: that place is kept, and what comes later is counted.
    assert_eq!(counted(&["--group", "b", "--from", "latest"]), 0);
    admin.produce("user_access", records(300), Compression::Lz4);
    assert_eq!(counted(&["--group", "b"]), 300);
    // At a time: long ago, and in the far future.
    assert_eq!(
        counted(&["--group", "c", "--from", "timestamp:2020-01-01T00:00:00Z"]),
        800
    );
    assert_eq!(
        counted(&["--group", "d", "--from", "timestamp:2099-01-01T00:00:00Z"]),
        0
    );

    // A checkpoint knows better than all of them.
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().display().to_string();
    assert_eq!(counted(&["--group", "e", "--checkpoint", &dir]), 800);
    admin.produce("user_access", records(10), Compression::Lz4);
    assert_eq!(
        counted(&["--group", "e", "--checkpoint", &dir, "--from", "earliest"]),
        10
    );
}

fn way_of_reading_is_said_first(source: Through) {
    let Some(broker) = kafka::own_broker_or_skip("way_of_reading_is_said_first") else {
        return;
    };
    broker.admin().create_topic("user_access", 1);
    let ended = drained("user_access", &broker, source, &["-v"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let first = ended.stderr.lines().next().unwrap_or_default();
    let way = match source {
        Through::Auto | Through::Native => "over connections of streamflow's own",
        Through::Rdkafka => "through librdkafka: `source` says so",
    };
    assert!(first.contains(way), "{first}");
}

#[test]
fn way_that_cannot_be_gone_is_refused_with_the_reason() {
    let mut command = example_command("user_access");
    command.args(["--brokers", "127.0.0.1:9", "--source", "native"]);
    command.args(["-X", "client.rack=here"]);
    let ended = Job::start(&mut command).wait(PATIENCE);
    assert_eq!(ended.code, Some(78), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("`client.rack` is set"),
        "{}",
        ended.stderr
    );
    assert!(
        ended.stderr.contains("--source rdkafka"),
        "{}",
        ended.stderr
    );
}
