//! Both seed jobs give exactly the right totals over 4 partitions and 1,000,000 records.

use std::collections::BTreeMap;

use streamflow::Through;
use streamflow_test_support::kafka::{self, Compression, Message};
use streamflow_test_support::printed;

use crate::drained;

crate::with_each_source! {
    accesses_are_counted_exactly,
    averages_are_those_of_every_line,
}

const RECORDS: u64 = 1_000_000;

fn accesses_are_counted_exactly(source: Through) {
    let Some(broker) = kafka::own_broker_or_skip("accesses_are_counted_exactly") else {
        return;
    };
    let admin = broker.admin();
    admin.create_topic("user_access", 4);
    let user = |n: u64| format!("user{}", n.wrapping_mul(2_654_435_761) % 1_000);
    let records = (0..RECORDS).map(|n| Message::from(format!("{},/page/{n}", user(n))));
    admin.produce("user_access", records, Compression::Lz4);
    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
    for n in 0..RECORDS {
        *expected.entry(user(n)).or_default() += 1;
    }

    for workers in ["1", "2", "3"] {
        let flags = [
            "--from",
            "earliest",
            "--parallelism",
            workers,
            "--group",
            workers,
        ];
        let ended = drained("user_access", &broker, source, &flags);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let totals = printed::totals(&printed::blocks(&ended.stdout));
        assert!(totals == expected, "{workers} workers give other totals");
        let committed = admin.committed_offsets(workers, "user_access");
        assert_eq!(
            committed.values().sum::<i64>(),
            1_000_000,
            "{workers} workers"
        );
    }
}

fn averages_are_those_of_every_line(source: Through) {
    let Some(broker) = kafka::own_broker_or_skip("averages_are_those_of_every_line") else {
        return;
    };
    let admin = broker.admin();
    admin.create_topic("test", 4);
    let line = |n: u32| format!("{},{},{}", n % 100, (n + 30) % 100, n % 7);
    admin.produce(
        "test",
        (0..1_000_000).map(|n| Message::from(line(n))),
        Compression::None,
    );
    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
    for n in 0..1_000_000u32 {
        let average = f64::from(n % 100 + (n + 30) % 100 + n % 7) / 3.0;
        *expected.entry(format!("{average:?}")).or_default() += 1;
    }

    let ended = drained("line_average", &broker, source, &["--from", "earliest"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let mut found: BTreeMap<String, u64> = BTreeMap::new();
    for block in printed::blocks(&ended.stdout) {
        for row in block.rows {
            *found.entry(row).or_default() += 1;
        }
    }
    assert!(found == expected, "averages differ");
}
