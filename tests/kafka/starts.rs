//! Where a job begins, and where it ends.

use streamflow::Through;
use streamflow_test_support::kafka::{self, Compression, Message};
use streamflow_test_support::printed;

use crate::drained;

crate::with_each_source! {
    job_begins_where_it_is_told_to,
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
