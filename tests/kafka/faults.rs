//! What goes wrong is said in one line, with an exit code, in good time.

use std::time::{Duration, Instant};

use streamflow::Through;
use streamflow_test_support::kafka::{self, Compression, Message};
use streamflow_test_support::printed;
use streamflow_test_support::process::{Job, example_command};

use crate::{PATIENCE, connected, drained, flag};

crate::with_each_source! {
    malformed_record_ends_the_job_in_front_of_it,
    empty_field_of_a_line_is_named,
    unknown_topic_is_named_with_the_one_that_was_meant,
    broker_that_is_not_there_is_said_within_ten_seconds,
    second_process_in_a_group_takes_over_from_the_first,
    second_process_on_a_checkpoint_directory_is_refused,
    records_that_are_gone_are_not_passed_over,
    broker_that_restarts_is_waited_for,
    stop_ends_in_time_although_the_broker_is_gone,
}

/// The one line that a job says at its end.
fn last_line(stderr: &str) -> &str {
    stderr.lines().last().unwrap_or_default()
}

fn malformed_record_ends_the_job_in_front_of_it(source: Through) {
    let test = "malformed_record_ends_the_job_in_front_of_it";
    let Some(broker) = kafka::own_broker_or_skip(test) else {
        return;
    };
    let admin = broker.admin();
    admin.create_topic("user_access", 4);
    let good = (0..1_000).map(|n| Message::from(format!("user{},/", n % 10)).for_partition(2));
    admin.produce("user_access", good, Compression::None);
    let bad = [Message::from("no comma here").for_partition(2)];
    admin.produce("user_access", bad, Compression::None);
    let more = (0..1_000).map(|n| Message::from(format!("user{},/", n % 10)).for_partition(2));
    admin.produce("user_access", more, Compression::None);

    let ended = drained("user_access", &broker, source, &["--group", "g"]);
    assert_eq!(ended.code, Some(65), "{}", ended.stderr);
    let line = last_line(&ended.stderr);
    assert!(line.starts_with("streamflow: SF6502 "), "{line}");
    assert!(line.contains("`user_access`[2] at offset 1000"), "{line}");
    assert!(line.contains("else skip"), "{line}");
    // What came before is out and committed; the record itself is not.
    let totals = printed::totals(&printed::blocks(&ended.stdout));
    assert_eq!(totals.values().sum::<u64>(), 1_000);
    assert_eq!(
        admin.committed_offsets("g", "user_access").get(&2),
        Some(&1_000)
    );

    // Nothing has changed, so the next start meets the same record again.
    let again = drained("user_access", &broker, source, &["--group", "g"]);
    assert_eq!(again.code, Some(65), "{}", again.stderr);
    assert_eq!(last_line(&again.stderr), line);
}

fn empty_field_of_a_line_is_named(source: Through) {
    let Some(broker) = kafka::own_broker_or_skip("empty_field_of_a_line_is_named") else {
        return;
    };
    let admin = broker.admin();
    admin.create_topic("test", 4);
    let lines = ["1,2,3", "4,,6"].map(|line| Message::from(line).for_partition(1));
    admin.produce("test", lines, Compression::None);
    let ended = drained("line_average", &broker, source, &[]);
    assert_eq!(ended.code, Some(65), "{}", ended.stderr);
    let line = last_line(&ended.stderr);
    assert!(
        line.contains("`test`[1] at offset 1") && line.contains("field 2 is empty"),
        "{line}"
    );
}

fn unknown_topic_is_named_with_the_one_that_was_meant(source: Through) {
    let test = "unknown_topic_is_named_with_the_one_that_was_meant";
    let Some(broker) = kafka::own_broker_or_skip(test) else {
        return;
    };
    let ended = drained("user_access", &broker, source, &[]);
    assert_eq!(ended.code, Some(66), "{}", ended.stderr);
    assert!(last_line(&ended.stderr).contains("there is no topic `user_access`"));

    broker.admin().create_topic("user_acess", 1);
    let ended = drained("user_access", &broker, source, &[]);
    assert_eq!(ended.code, Some(66), "{}", ended.stderr);
    assert!(
        last_line(&ended.stderr).contains("did you mean `user_acess`?"),
        "{}",
        ended.stderr
    );
}

fn broker_that_is_not_there_is_said_within_ten_seconds(source: Through) {
    // A port that was free a moment ago: nobody listens.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let begun = Instant::now();
    let ended = Job::start(example_command("user_access").args([
        "--brokers",
        &address,
        "--source",
        flag(source),
    ]))
    .wait(PATIENCE);
    assert_eq!(ended.code, Some(69), "{}", ended.stderr);
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    let line = last_line(&ended.stderr);
    assert!(
        line.contains(&address) && line.contains("Connection refused"),
        "{line}"
    );
}

fn second_process_in_a_group_takes_over_from_the_first(source: Through) {
    let test = "second_process_in_a_group_takes_over_from_the_first";
    let Some(broker) = kafka::own_broker_or_skip(test) else {
        return;
    };
    let admin = broker.admin();
    admin.create_topic("user_access", 4);
    let records =
        |from: u64| (from..from + 1_000).map(|n| Message::from(format!("user{},/", n % 10)));
    admin.produce("user_access", records(0), Compression::None);

    let first = Job::start(&mut connected("user_access", &broker, source));
    first.wait_for_line(|line| line.starts_with("(user"), PATIENCE);
    let mut second = Job::start(&mut connected("user_access", &broker, source));
    let ended = first.wait(PATIENCE);
    assert_eq!(ended.code, Some(76), "{}", ended.stderr);
    assert!(
        last_line(&ended.stderr).contains("a newer process runs this job"),
        "{}",
        ended.stderr
    );

    admin.produce("user_access", records(1_000), Compression::None);
    second.wait_for_line(|line| line.starts_with("(user"), PATIENCE);
    second.terminate();
    let after = second.wait(PATIENCE);
    assert_eq!(after.code, Some(0), "{}", after.stderr);
    let mut blocks = printed::blocks(&ended.stdout);
    blocks.extend(printed::blocks(&after.stdout));
    assert!(printed::totals(&blocks).values().all(|count| *count >= 200));
    assert_eq!(
        admin
            .committed_offsets("streamflow.user_access", "user_access")
            .values()
            .sum::<i64>(),
        2_000
    );
}

fn second_process_on_a_checkpoint_directory_is_refused(source: Through) {
    let test = "second_process_on_a_checkpoint_directory_is_refused";
    let Some(broker) = kafka::own_broker_or_skip(test) else {
        return;
    };
    broker.admin().create_topic("user_access", 4);
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().display().to_string();
    let mut first =
        Job::start(connected("user_access", &broker, source).args(["--checkpoint", &dir]));
    first.wait_for_line(|line| line.starts_with("Time: "), PATIENCE);
    let second = drained("user_access", &broker, source, &["--checkpoint", &dir]);
    assert_eq!(second.code, Some(73), "{}", second.stderr);
    first.terminate();
    assert_eq!(first.wait(PATIENCE).code, Some(0));
}

fn records_that_are_gone_are_not_passed_over(source: Through) {
    let test = "records_that_are_gone_are_not_passed_over";
    let Some(broker) = kafka::own_broker_or_skip(test) else {
        return;
    };
    let admin = broker.admin();
    admin.create_topic("user_access", 1);
    let records = || (0..1_000).map(|n| Message::from(format!("user{},/", n % 10)));
    admin.produce("user_access", records(), Compression::None);
    assert_eq!(drained("user_access", &broker, source, &[]).code, Some(0));

    admin.produce("user_access", records(), Compression::None);
    admin.delete_records_before("user_access", 0, 1_500);
    let ended = drained("user_access", &broker, source, &[]);
    assert_eq!(ended.code, Some(66), "{}", ended.stderr);
    let line = last_line(&ended.stderr);
    assert!(
        line.contains("need offset 1000, oldest is 1500: 500 records are gone"),
        "{line}"
    );
    assert!(line.contains("`user_access`[0]"), "{line}");
}

fn broker_that_restarts_is_waited_for(source: Through) {
    let Some(broker) = kafka::own_broker_or_skip("broker_that_restarts_is_waited_for") else {
        return;
    };
    let admin = broker.admin();
    admin.create_topic("user_access", 4);
    let records = || (0..10_000).map(|n| Message::from(format!("user{},/", n % 10)));
    admin.produce("user_access", records(), Compression::None);
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().display().to_string();
    let mut job =
        Job::start(connected("user_access", &broker, source).args(["--checkpoint", &dir]));
    job.wait_for_line(|line| line.starts_with("(user"), PATIENCE);
    broker.restart();
    let before = job.stdout();
    broker
        .admin()
        .produce("user_access", records(), Compression::None);
    let counted = |stdout: &str| {
        printed::totals(&printed::blocks(stdout))
            .values()
            .sum::<u64>()
    };
    let begun = Instant::now();
    while counted(&job.stdout()) < 20_000 && begun.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(50));
    }
    job.terminate();
    let ended = job.wait(PATIENCE);
    assert_eq!(ended.code, Some(0), "{}\n{before}", ended.stderr);
    assert_eq!(counted(&ended.stdout), 20_000);
}

fn stop_ends_in_time_although_the_broker_is_gone(source: Through) {
    let test = "stop_ends_in_time_although_the_broker_is_gone";
    let Some(broker) = kafka::own_broker_or_skip(test) else {
        return;
    };
    let admin = broker.admin();
    admin.create_topic("user_access", 4);
    let records = (0..1_000).map(|n| Message::from(format!("user{},/", n % 10)));
    admin.produce("user_access", records, Compression::None);
    let mut job = Job::start(connected("user_access", &broker, source).args(["--shutdown", "3s"]));
    job.wait_for_line(|line| line.starts_with("(user"), PATIENCE);
    broker.kill();
    let begun = Instant::now();
    job.terminate();
    let ended = job.wait(PATIENCE);
    assert!(
        matches!(ended.code, Some(69 | 75)),
        "{:?}: {}",
        ended.code,
        ended.stderr
    );
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "{:?}",
        begun.elapsed()
    );
}
