//! Fills the topic, and says what a right count of it is.

use serde_json::{Value, json};
use streamflow_test_support::kafka::{Broker, Compression, Message};

use crate::arguments::Arguments;

/// The topic that the seed job reads.
pub(crate) const TOPIC: &str = "user_access";
pub(crate) const PARTITIONS: u32 = 4;

/// What is counted if nothing is lost, doubled or given to another user.
pub(crate) struct Expected {
    pub(crate) total: u64,
    pub(crate) users: u64,
    /// The sum of each user's count times the user's number.
    pub(crate) weighted: u64,
}

impl Expected {
    pub(crate) fn as_json(&self) -> Value {
        json!({ "total": self.total, "users": self.users, "weighted": self.weighted })
    }
}

/// Produces the records, a thousand to each partition in turn.
pub(crate) fn fill(broker: &Broker, arguments: &Arguments) -> Expected {
    let admin = broker.admin();
    admin.create_topic(TOPIC, PARTITIONS.cast_signed());
    let mut counts = vec![0_u64; arguments.users as usize];
    let lines = (0..arguments.records).map(|n| {
        let user = n.wrapping_mul(2_654_435_761) % arguments.users;
        counts[user as usize] += 1;
        // Not by turns of one record: users with the same remainder would share a partition.
        let partition = n / 1000 % PARTITIONS;
        Message::from(format!("user{user},/page/{}", n % 50)).for_partition(partition.cast_signed())
    });
    let total = admin.produce(TOPIC, lines, Compression::None);
    let weighted = counts.iter().zip(0..).map(|(count, user)| count * user);
    Expected {
        total,
        users: counts.iter().filter(|count| **count > 0).count() as u64,
        weighted: weighted.sum(),
    }
}
