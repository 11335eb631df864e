//! The broker of the tests is a real one: it keeps what it is given.

use std::collections::BTreeMap;

use streamflow_test_support::kafka::{self, Compression, Message};

#[test]
fn records_survive_a_restart_and_deleted_ones_stay_deleted() {
    let test = "records_survive_a_restart_and_deleted_ones_stay_deleted";
    let Some(broker) = kafka::broker_or_skip(test) else {
        return;
    };
    let admin = broker.admin();
    let topic = kafka::unique("user_access");
    admin.create_topic(&topic, 4);

    let messages = (0..100_000).map(|n| {
        let message = Message::from(format!("user{n},page")).with_key(format!("user{n}"));
        if n % 2 == 0 {
            message.for_partition(3)
        } else {
            message
        }
    });
    assert_eq!(admin.produce(&topic, messages, Compression::Lz4), 100_000);

    let stored = admin.messages(&topic);
    assert_eq!(stored.len(), 100_000);
    assert_eq!(admin.end_offsets(&topic).values().sum::<i64>(), 100_000);
    assert!(
        stored
            .iter()
            .filter(|message| message.partition == 3)
            .count()
            >= 50_000
    );
    assert_eq!(
        stored[0].key.as_deref(),
        stored[0].text().split(',').next().map(str::as_bytes)
    );

    admin.delete_records_before(&topic, 3, 40_000);
    assert_eq!(admin.start_offsets(&topic)[&3], 40_000);
    assert_eq!(admin.messages(&topic).len(), 60_000);

    broker.restart();
    assert_eq!(admin.messages(&topic).len(), 60_000);
    assert_eq!(
        admin.committed_offsets(&kafka::unique("nobody"), &topic),
        BTreeMap::new()
    );
    admin.delete_topic(&topic);
}

#[test]
fn a_killed_broker_comes_back_with_its_records() {
    let test = "a_killed_broker_comes_back_with_its_records";
    let Some(broker) = kafka::own_broker_or_skip(test) else {
        return;
    };
    let admin = broker.admin();
    let topic = kafka::unique("user_access");
    admin.create_topic(&topic, 1);
    admin.produce(&topic, ["user1,page".into()], Compression::None);

    broker.kill();
    broker.restart();

    let stored = admin.messages(&topic);
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].text(), "user1,page");
}
