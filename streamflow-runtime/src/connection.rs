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
    /// A Kafka cluster.
    #[cfg(feature = "kafka")]
    Kafka(Arc<crate::kafka::Client>),
}

/// What is done about a commit that fails for a reason that may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// It is left to the next commit, which covers it.
    LeaveToNext,
    /// It is tried again for a while, as there is no next one.
    TryAgain,
}

impl Connection {
    /// Lets reading begin, when every worker has opened its sources.
    ///
    /// `open_state` is the epoch of the checkpoint that holds open state beside these offsets.
    #[cfg_attr(
        not(feature = "kafka"),
        expect(unused_variables, reason = "topics inside the process end with it")
    )]
    pub fn begin(&self, open_state: Option<u64>) -> Result<()> {
        match self {
            Connection::InProcess(_) => Ok(()),
            #[cfg(feature = "kafka")]
            Connection::Kafka(client) => client.begin(open_state),
        }
    }

    /// Commits offsets to the consumer group: for each partition the first offset not yet read.
    ///
    /// `open_state` is the epoch of the checkpoint that holds open state beside these offsets.
    #[cfg_attr(
        not(feature = "kafka"),
        expect(unused_variables, reason = "commits inside the process cannot fail")
    )]
    pub fn commit(
        &self,
        next_offsets: &[(PartitionName, i64)],
        open_state: Option<u64>,
        patience: Patience,
    ) -> Result<()> {
        match self {
            Connection::InProcess(topics) => {
                topics.commit(next_offsets);
                Ok(())
            }
            #[cfg(feature = "kafka")]
            Connection::Kafka(client) => client.commit(next_offsets, open_state, patience),
        }
    }
}
