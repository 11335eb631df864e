//! Starts, stops and restarts one Kafka broker.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tempfile::TempDir;

use super::certificate;
use super::distribution::Distribution;
use super::settings::{PASSWORD, Ports, USER, server_properties};
use super::token_endpoint::TokenEndpoint;
use super::token_signer::TokenSigner;
use super::{Admin, Compression, Unavailable};
use crate::waiting::until;
use crate::watched::Watched;

const READY_LINE: &str = "Kafka Server started";
const READY: Duration = Duration::from_secs(90);
const PORT_IS_FREE: Duration = Duration::from_secs(60);
pub(super) const ATTEMPTS: u32 = 5;
const CLUSTER_ID: &str = "c3RyZWFtZmxvdy10ZXN0cw";

/// A Kafka broker with a directory and ports of its own. Dropped, it is stopped and its directory
/// removed.
#[derive(Debug)]
pub struct Broker {
    distribution: Distribution,
    heap_mib: u32,
    ports: Ports,
    process: Mutex<Process>,
    /// Whose tokens it believes, where it has secured listeners.
    signer: Option<Arc<TokenSigner>>,
    /// Removed after the process has ended.
    directory: TempDir,
}

#[derive(Debug, Default)]
struct Process {
    /// None while the broker is stopped.
    running: Option<Watched>,
    /// Each start has a log file of its own, or the last one's ready line would count for the next.
    starts: u32,
}

/// What kind of broker one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The only one of its cluster.
    Alone,
    /// The same, with secured listeners.
    Secured,
    /// One of three, each of which is a controller too.
    Member {
        /// Its number, from 1.
        id: i32,
        /// The ports that the controllers listen at, by number.
        controllers: [u16; 3],
    },
}

/// Why a process did not become a broker.
pub(super) enum Failure {
    AddressInUse,
    Other(String),
}

impl Broker {
    /// Starts a broker on free ports and waits until it is ready.
    pub fn start() -> Result<Self, Unavailable> {
        Broker::start_kind(Kind::Alone)
    }

    /// The same with listeners that ask for a login, for TLS, and for both: see
    /// [`secured`](Self::secured).
    pub fn start_secured() -> Result<Self, Unavailable> {
        Broker::start_kind(Kind::Secured)
    }

    fn start_kind(kind: Kind) -> Result<Self, Unavailable> {
        let distribution = Distribution::get()?;
        let mut last_ports = None;
        for _ in 0..ATTEMPTS {
            let ports = Ports::free().map_err(|cause| no_place(&cause))?;
            let broker = Broker::prepared(distribution.clone(), ports, kind)?;
            match broker.begin() {
                Ok(()) => return Ok(broker),
                Err(Failure::AddressInUse) => last_ports = Some(broker.ports),
                Err(Failure::Other(why)) => return Err(Unavailable::because(why)),
            }
        }
        Err(Unavailable::because(format!(
            "others took the broker's ports {ATTEMPTS} times, at last {last_ports:?}"
        )))
    }

    /// Starts a broker for the first time.
    pub(super) fn begin(&self) -> Result<(), Failure> {
        self.format()
            .map_err(|why| Failure::Other(why.to_string()))?;
        self.run(&mut self.process())
    }

    /// The broker of this process, started when it is first asked for.
    ///
    /// It ends with the process. Tests that stop or kill it must not share it.
    pub fn shared() -> Result<&'static Broker, &'static Unavailable> {
        static SHARED: OnceLock<Result<Broker, Unavailable>> = OnceLock::new();
        SHARED.get_or_init(Broker::start).as_ref()
    }

    /// Where clients find the broker.
    pub fn bootstrap(&self) -> String {
        format!("127.0.0.1:{}", self.ports.broker)
    }

    /// Where clients find a secured listener, and the properties they need there.
    ///
    /// `protocol` is `SASL_PLAINTEXT`, `SSL` or `SASL_SSL`, `mechanism` is `PLAIN`, `SCRAM-SHA-256`,
    /// `SCRAM-SHA-512` or `OAUTHBEARER`, which needs the properties of a
    /// [`token_endpoint`](Self::token_endpoint) too.
    ///
    /// # Panics
    ///
    /// If there is no such protocol.
    pub fn secured(&self, protocol: &str, mechanism: &str) -> (String, Vec<(String, String)>) {
        let at = ["SASL_PLAINTEXT", "SSL", "SASL_SSL"]
            .iter()
            .position(|known| *known == protocol)
            .expect("a protocol of a secured listener");
        let certificate = self.directory.path().join(certificate::FILE);
        let mut properties = vec![("security.protocol", protocol.to_owned())];
        if protocol.ends_with("SSL") {
            properties.push(("ssl.ca.location", certificate.display().to_string()));
        }
        if protocol.starts_with("SASL") {
            properties.push(("sasl.mechanism", mechanism.to_owned()));
        }
        if protocol.starts_with("SASL") && mechanism != "OAUTHBEARER" {
            properties.push(("sasl.username", USER.to_owned()));
            properties.push(("sasl.password", PASSWORD.to_owned()));
        }
        let properties = properties.into_iter();
        (
            format!("127.0.0.1:{}", self.ports.secured[at]),
            properties
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    }

    /// An endpoint whose tokens this broker believes.
    ///
    /// # Panics
    ///
    /// If the broker has no secured listeners, or the machine no port.
    pub fn token_endpoint(&self) -> TokenEndpoint {
        let signer = self
            .signer
            .as_ref()
            .expect("a broker with secured listeners");
        TokenEndpoint::start(signer).expect("a port of this machine")
    }

    /// Where the listener under TLS is, as an address that is no token endpoint.
    pub fn address_under_tls(&self) -> String {
        format!("https://127.0.0.1:{}/", self.ports.secured[1])
    }

    /// A client to change and look at what is on the broker.
    pub fn admin(&self) -> Admin {
        Admin::new(&self.bootstrap())
    }

    /// The file that holds the first records of a partition.
    pub fn first_segment(&self, topic: &str, partition: i32) -> PathBuf {
        let data = self.directory.path().join("data");
        data.join(format!("{topic}-{partition}"))
            .join("00000000000000000000.log")
    }

    /// Produces lines with the producer of the Java client, whose batches are framed in its own
    /// ways.
    ///
    /// # Panics
    ///
    /// If it fails.
    pub fn produce_with_java(&self, topic: &str, lines: &[String], compression: Compression) {
        let command_line = self
            .distribution
            .command_line("org.apache.kafka.tools.ConsoleProducer");
        let mut child = Command::new(&command_line[0])
            .args(&command_line[1..])
            .args(["--bootstrap-server", &self.bootstrap(), "--topic", topic])
            .args(["--compression-codec", compression.codec()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("`java` runs");
        let mut stdin = child.stdin.take().expect("standard input is piped");
        for line in lines {
            writeln!(stdin, "{line}").expect("the producer reads");
        }
        drop(stdin);
        let ended = child.wait_with_output().expect("the producer ends");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "the Java producer failed: {said}");
    }

    /// Shuts the broker down cleanly. Does nothing if it is not running.
    pub fn stop(&self) {
        if let Some(watched) = self.process().running.take() {
            watched.stop();
        }
    }

    /// Ends the broker with SIGKILL. Does nothing if it is not running.
    ///
    /// # Panics
    ///
    /// If the process outlives that by a minute.
    pub fn kill(&self) {
        if let Some(watched) = self.process().running.take() {
            watched.kill();
        }
    }

    /// Lets the broker do nothing until it is resumed; its connections stay open. Does nothing if
    /// it is not running.
    pub fn pause(&self) {
        if let Some(watched) = &mut self.process().running {
            watched.pause();
        }
    }

    /// Lets a paused broker go on. Does nothing if it is not paused, or not running.
    pub fn resume(&self) {
        if let Some(watched) = &mut self.process().running {
            watched.resume();
        }
    }

    pub(super) fn is_running(&self) -> bool {
        self.process().running.is_some()
    }

    /// Starts the broker again, with the same data and on the same ports; stops it first if it is
    /// running.
    ///
    /// # Panics
    ///
    /// If it does not become ready.
    pub fn restart(&self) {
        self.stop();
        let mut process = self.process();
        // A connection of the machine may have been given the port meanwhile, and keep it a while.
        let restarted = until(PORT_IS_FREE, || match self.run(&mut process) {
            Err(Failure::AddressInUse) => None,
            outcome => Some(outcome),
        });
        match restarted {
            Some(Ok(())) => {}
            Some(Err(Failure::Other(why))) => panic!("{why}"),
            Some(Err(Failure::AddressInUse)) | None => {
                panic!("somebody keeps the broker's ports {:?}", self.ports)
            }
        }
    }

    pub(super) fn prepared(
        distribution: Distribution,
        ports: Ports,
        kind: Kind,
    ) -> Result<Self, Unavailable> {
        let failed = |cause: io::Error| no_place(&cause);
        let directory = tempfile::Builder::new()
            .prefix("streamflow-kafka-")
            .tempdir();
        let directory = directory.map_err(failed)?;
        let signer = (kind == Kind::Secured).then(|| Arc::new(TokenSigner::new()));
        if let Some(signer) = &signer {
            certificate::make(directory.path())?;
            signer.write(directory.path()).map_err(failed)?;
        }
        let properties = server_properties(ports, directory.path(), kind);
        fs::write(directory.path().join("server.properties"), properties).map_err(failed)?;
        Ok(Broker {
            distribution,
            heap_mib: match kind {
                Kind::Alone | Kind::Secured => 512,
                Kind::Member { .. } => 256,
            },
            ports,
            process: Mutex::default(),
            signer,
            directory,
        })
    }

    /// Writes the identity of the cluster into the data directory, without which none starts.
    fn format(&self) -> Result<(), Unavailable> {
        let command_line = self.distribution.command_line("kafka.tools.StorageTool");
        let output = Command::new(&command_line[0])
            .args(&command_line[1..])
            .args(["format", "--cluster-id", CLUSTER_ID, "--config"])
            .arg(self.directory.path().join("server.properties"))
            .args(["--add-scram", &scram_user("SCRAM-SHA-256")])
            .args(["--add-scram", &scram_user("SCRAM-SHA-512")])
            .output();
        match output {
            Ok(output) if output.status.success() => Ok(()),
            Ok(output) => Err(Unavailable::because(format!(
                "the broker's storage could not be formatted: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            ))),
            Err(cause) => Err(Unavailable::because(format!("cannot run `java`: {cause}"))),
        }
    }

    fn run(&self, process: &mut Process) -> Result<(), Failure> {
        process.starts += 1;
        let mut watched = self.watched(process.starts).map_err(|cause| {
            Failure::Other(format!("the broker's process cannot be started: {cause}"))
        })?;
        let is_ready = until(READY, || {
            if watched.log().contains(READY_LINE) {
                return Some(true);
            }
            watched.ended().map(|_| false)
        });
        if is_ready == Some(true) {
            process.running = Some(watched);
            return Ok(());
        }
        let log = watched.log();
        watched.kill();
        if log.contains("Address already in use") {
            return Err(Failure::AddressInUse);
        }
        let what = if is_ready.is_none() {
            "was not ready in time"
        } else {
            "ended by itself"
        };
        Err(Failure::Other(format!(
            "the broker {what}; the end of its log:\n{}",
            tail(&log)
        )))
    }

    fn watched(&self, start: u32) -> io::Result<Watched> {
        let directory = self.directory.path();
        let distribution = &self.distribution;
        let mut command_line = distribution.command_line_within(self.heap_mib, "kafka.Kafka");
        // Without this a broker reads keys from nowhere.
        let keys = TokenSigner::address(directory);
        let allowed = "org.apache.kafka.sasl.oauthbearer.allowed.urls";
        command_line.insert(1, format!("-D{allowed}={keys}"));
        command_line.push(directory.join("server.properties").display().to_string());
        Watched::start(
            directory,
            directory.join(format!("broker-{start}.log")),
            &command_line,
        )
    }

    fn process(&self) -> MutexGuard<'_, Process> {
        // A panic under the lock leaves a broker that is stopped, which is a state like any other.
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.stop();
    }
}

pub(super) fn no_place(cause: &io::Error) -> Unavailable {
    Unavailable::because(format!(
        "a broker's directory and ports cannot be had: {cause}"
    ))
}

/// A user as the storage tool takes it.
fn scram_user(mechanism: &str) -> String {
    format!("{mechanism}=[name={USER},password={PASSWORD}]")
}

fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}
