//! Says how the broker of the tests is configured.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

/// The two ports of a broker that is its own controller.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ports {
    pub(super) broker: u16,
    pub(super) controller: u16,
}

impl Ports {
    /// Ports of the loopback address that nobody listens on now. Somebody may by the time the
    /// broker does, which then says so.
    pub(super) fn free() -> io::Result<Self> {
        // Both are held before either is let go, so that they differ.
        let first = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let second = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        Ok(Ports {
            broker: first.local_addr()?.port(),
            controller: second.local_addr()?.port(),
        })
    }
}

/// The text of `server.properties`.
///
/// A killed broker may come back only after its session has timed out: that takes 4 s here rather
/// than 9 s. What is compacted is compacted soon. What is in the topics stays until it is deleted.
pub(super) fn server_properties(ports: Ports, data: &Path) -> String {
    let Ports { broker, controller } = ports;
    let data = data.display();
    format!(
        "\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{broker}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={data}
num.partitions=4
auto.create.topics.enable=false
message.max.bytes=10485760
log.retention.ms=-1
log.retention.bytes=-1
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
broker.heartbeat.interval.ms=1000
broker.session.timeout.ms=4000
log.cleaner.backoff.ms=200
"
    )
}
