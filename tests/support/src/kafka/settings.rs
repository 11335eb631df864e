//! Says how the broker of the tests is configured.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use super::broker::Kind;
use super::certificate;
use super::token_signer::TokenSigner;

/// The ports of a broker, which is a controller too.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ports {
    pub(super) broker: u16,
    pub(super) controller: u16,
    /// Those of the listeners that ask for a login, for TLS, for both.
    pub(super) secured: [u16; 3],
}

impl Ports {
    /// Ports of the loopback address that nobody listens on now. Somebody may by the time the
    /// broker does, which then says so.
    pub(super) fn free() -> io::Result<Self> {
        Ports::free_for().map(|[ports]| ports)
    }

    /// The same for some brokers.
    pub(super) fn free_for<const N: usize>() -> io::Result<[Self; N]> {
        // All are held before one is let go, so that they differ.
        let mut held = Vec::new();
        for _ in 0..5 * N {
            held.push(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?);
        }
        let ports = held.iter().map(TcpListener::local_addr);
        let ports = ports.map(|address| address.map(|address| address.port()));
        let ports = ports.collect::<io::Result<Vec<u16>>>()?;
        Ok(std::array::from_fn(|of_broker| {
            let port = |at: usize| ports[5 * of_broker + at];
            Ports {
                broker: port(0),
                controller: port(1),
                secured: [port(2), port(3), port(4)],
            }
        }))
    }
}

/// What a broker needs in `server.properties` for its secured listeners: the listeners, and what
/// belongs to them.
fn secured_properties(ports: Ports, directory: &Path) -> (String, String) {
    let [login, tls, both] = ports.secured;
    let names = [("SASL_PLAINTEXT", login), ("SSL", tls), ("SASL_SSL", both)];
    let listeners = names.map(|(name, port)| format!(",{name}://127.0.0.1:{port}"));
    let key_store = directory.join(certificate::KEY_STORE);
    let key_store = key_store.display();
    let keys = TokenSigner::address(directory);
    let mut more = format!(
        "\
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER
sasl.oauthbearer.jwks.endpoint.url={keys}
sasl.oauthbearer.clock.skew.seconds=1
ssl.keystore.location={key_store}
ssl.keystore.type=PKCS12
ssl.keystore.password={PASSWORD}
ssl.key.password={PASSWORD}
"
    );
    let plain = format!("plain.PlainLoginModule required user_{USER}=\"{PASSWORD}\"");
    let scram = "scram.ScramLoginModule required";
    let mechanisms = [
        ("plain", plain.as_str()),
        ("scram-sha-256", scram),
        ("scram-sha-512", scram),
        ("oauthbearer", "oauthbearer.OAuthBearerLoginModule required"),
    ];
    for listener in ["sasl_plaintext", "sasl_ssl"] {
        more.extend(mechanisms.map(|(mechanism, module)| {
            let module = format!("org.apache.kafka.common.security.{module};");
            format!("listener.name.{listener}.{mechanism}.sasl.jaas.config={module}\n")
        }));
        let of_tokens = format!("listener.name.{listener}.oauthbearer");
        more.extend([
            format!("{of_tokens}.sasl.server.callback.handler.class={TOKEN_VALIDATOR}\n"),
            // Whoever logs on with a token does so again within this time.
            format!("{of_tokens}.connections.max.reauth.ms={AGAIN_WITHIN_MS}\n"),
        ]);
    }
    (listeners.concat(), more)
}

/// How long a login with a token is good for.
const AGAIN_WITHIN_MS: u64 = 2_500;

const TOKEN_VALIDATOR: &str =
    "org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler";

/// Who may log on to a secured listener.
pub(super) const USER: &str = "alice";
/// The password of everything that has one.
pub(super) const PASSWORD: &str = "open-sesame";

/// The text of `server.properties`.
///
/// A killed broker may come back only after its session has timed out: that takes 4 s here rather
/// than 9 s. What is compacted is compacted soon,
/// and a broker that comes back soon leads its partitions again. What is in the topics stays until it is deleted.
pub(super) fn server_properties(ports: Ports, directory: &Path, kind: Kind) -> String {
    let Ports {
        broker, controller, ..
    } = ports;
    let (id, controllers) = match kind {
        Kind::Alone | Kind::Secured => (1, vec![controller]),
        Kind::Member { id, controllers } => (id, controllers.to_vec()),
    };
    let voters = controllers.iter().zip(1..);
    let voters: Vec<String> = voters
        .map(|(port, id)| format!("{id}@127.0.0.1:{port}"))
        .collect();
    let voters = voters.join(",");
    let n_copies = controllers.len();
    let n_in_sync = n_copies.div_ceil(2);
    let (secured, more) = match kind {
        Kind::Alone | Kind::Member { .. } => (String::new(), String::new()),
        Kind::Secured => secured_properties(ports, directory),
    };
    let data = directory.join("data");
    let data = data.display();
    format!(
        "\
process.roles=broker,controller
node.id={id}
controller.quorum.voters={voters}
listeners=PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}{secured}
advertised.listeners=PLAINTEXT://127.0.0.1:{broker}{secured}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL
{more}log.dirs={data}
num.partitions=4
auto.create.topics.enable=false
message.max.bytes=10485760
log.retention.ms=-1
log.retention.bytes=-1
default.replication.factor={n_copies}
min.insync.replicas={n_in_sync}
offsets.topic.replication.factor={n_copies}
offsets.topic.num.partitions=4
transaction.state.log.replication.factor={n_copies}
transaction.state.log.min.isr={n_in_sync}
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor={n_copies}
share.coordinator.state.topic.min.isr={n_in_sync}
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
broker.heartbeat.interval.ms=1000
broker.session.timeout.ms=4000
log.cleaner.backoff.ms=200
leader.imbalance.check.interval.seconds=1
leader.imbalance.per.broker.percentage=0
"
    )
}
