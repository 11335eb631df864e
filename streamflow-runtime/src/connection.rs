//! What a run is connected to: a Kafka cluster, or topics inside the process.

use std::sync::Arc;

use crate::error::Result;
use crate::source::PartitionName;
use crate::topics::Topics;

/// Where the topics of a run live.
#[derive(Debug, Clone)]
pub enum Connection {
    /// Topics inside the process, which hold record batches as Kafka would return them.
    InProcess(Arc<Topics>),
    /// A Kafka cluster, through librdkafka.
    #[cfg(feature = "kafka")]
    Kafka(Arc<crate::kafka::Client>),
}

impl Connection {
    /// Commits offsets to the consumer group: for each partition the first offset not yet read.
    pub fn commit(&self, next_offsets: &[(PartitionName, i64)]) -> Result<()> {
        match self {
            Connection::InProcess(topics) => {
                topics.commit(next_offsets);
                Ok(())
            }
            #[cfg(feature = "kafka")]
            Connection::Kafka(client) => client.commit(next_offsets),
        }
    }
}
