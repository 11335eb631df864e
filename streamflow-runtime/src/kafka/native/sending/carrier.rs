//! Carries batches to one broker, on a thread of its own, and brings back what became of them.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use super::settings::SendSettings;
use super::threads;
use super::words::{Tells, Word};
use crate::batch::Codec;
use crate::error::Error;
use crate::kafka::native::connection::{Connection, Frame, Trouble, foreign};
use crate::kafka::native::protocol::{Api, Broker, Sent, Taken, read_produce, write_produce};
use crate::kafka::native::stop::Stop;

/// One request: a batch for each of some partitions that the broker leads.
#[derive(Debug)]
pub(super) struct Errand {
    pub(super) broker: Broker,
    pub(super) batches: Vec<(usize, Vec<u8>)>,
}

/// The same batches again, and what became of them.
#[derive(Debug)]
pub(super) struct Returned {
    pub(super) leader: i32,
    pub(super) batches: Vec<(usize, Vec<u8>)>,
    pub(super) outcome: Result<Vec<Taken>, NotTaken>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) struct NotTaken {
    pub(super) trouble: Trouble,
    /// Whether the broker may have got the batches.
    pub(super) were_sent: bool,
}

/// The way to one broker. Dropped, it ends after the errand it is on.
#[derive(Debug)]
pub(super) struct Carrier {
    errands: Sender<Errand>,
    /// Since when it has been on its errand.
    pub(super) out_since: Option<Instant>,
    /// The partition that goes first next time.
    pub(super) first: usize,
}

impl Carrier {
    pub(super) fn start(
        settings: &Arc<SendSettings>,
        topic: &Arc<str>,
        stop: &Arc<Stop>,
        tells: &Tells,
    ) -> Result<Self, Error> {
        let (errands, received) = mpsc::channel();
        let walk = Walk {
            settings: Arc::clone(settings),
            topic: Arc::clone(topic),
            stop: Arc::clone(stop),
            connection: None,
            frame: Frame::default(),
        };
        let tells = tells.clone();
        threads::start("streamflow-carry", Arc::clone(&tells.outbox), move || {
            walk.all(&received, &tells);
        })?;
        Ok(Carrier {
            errands,
            out_since: None,
            first: 0,
        })
    }

    pub(super) fn send_out(&mut self, errand: Errand) {
        self.out_since = Some(Instant::now());
        // Its thread ends after this only, or by a panic, which has ended the run.
        let _ = self.errands.send(errand);
    }
}

/// The thread's own.
struct Walk {
    settings: Arc<SendSettings>,
    topic: Arc<str>,
    stop: Arc<Stop>,
    /// With where it leads: the broker may have moved.
    connection: Option<(Broker, Connection)>,
    frame: Frame,
}

impl Walk {
    fn all(mut self, errands: &Receiver<Errand>, tells: &Tells) {
        while let Ok(errand) = errands.recv() {
            let outcome = self.one(&errand);
            if outcome.is_err() {
                self.connection = None;
            }
            tells.say(Word::Returned(Returned {
                leader: errand.broker.id,
                batches: errand.batches,
                outcome,
            }));
        }
    }

    fn one(&mut self, Errand { broker, batches }: &Errand) -> Result<Vec<Taken>, NotTaken> {
        let unsent = |trouble| NotTaken {
            trouble,
            were_sent: false,
        };
        let known = self.connection.take_if(|(to, _)| to == broker);
        let connection = match known {
            Some((_, connection)) => connection,
            None => self.open(broker).map_err(unsent)?,
        };
        let (_, connection) = self.connection.insert((broker.clone(), connection));
        let security = &self.settings.connecting.security;
        connection.stay_logged_on(security).map_err(unsent)?;
        let version = version(connection, self.settings.codec).map_err(unsent)?;
        let sent = batches.iter().map(|(partition, batch)| Sent {
            partition: super::number(*partition),
            batch,
        });
        let sent: Vec<Sent<'_>> = sent.collect();
        let within_ms = self.settings.replicas_within_ms;
        let correlation = connection.send(Api::Produce, version, |out| {
            write_produce(out, &self.topic, within_ms, &sent);
        });
        let answer = correlation.and_then(|correlation| {
            connection.receive(correlation, &mut self.frame)?;
            read_produce(version, self.frame.bytes())
                .map_err(|malformed| connection.malformed(Api::Produce, malformed))
        });
        answer.map_err(|trouble| NotTaken {
            trouble,
            were_sent: true,
        })
    }

    fn open(&self, Broker { host, port, .. }: &Broker) -> Result<Connection, Trouble> {
        let connection = Connection::open((host, *port), &self.settings.connecting, &self.stop)?;
        let within_ms = u64::try_from(self.settings.replicas_within_ms).unwrap_or(0);
        connection.allow(Duration::from_millis(within_ms))?;
        Ok(connection)
    }
}

/// The oldest version that batches packed by zstd may be sent in.
const ZSTD_FROM: i16 = 7;

/// The version in which batches are sent.
pub(in crate::kafka::native) fn version(
    connection: &Connection,
    codec: Codec,
) -> Result<i16, Trouble> {
    let version = connection.version(Api::Produce)?;
    if codec == Codec::Zstd && version < ZSTD_FROM {
        let what = "the broker is too old for `compression.type` `zstd`, which is understood from Kafka 2.1 on";
        return Err(foreign(what, connection.address()));
    }
    Ok(version)
}
