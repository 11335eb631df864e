//! Asks the cluster who leads what: any broker that answers will do.

use std::sync::Arc;
use std::time::Duration;

use super::connection::{Connection, Frame, Trouble};
use super::protocol::{Api, Broker, Metadata, write_metadata};
use super::settings::Settings;
use super::stop::Stop;

/// The brokers of the cluster, as far as they are known.
#[derive(Debug)]
pub(super) struct Brokers {
    settings: Arc<Settings>,
    stop: Arc<Stop>,
    known: Vec<Broker>,
    /// How often in a row none of them has answered.
    n_in_vain: u32,
}

/// How long a broker is waited for, at first, before the next one is asked.
const FIRST_PATIENCE: Duration = Duration::from_secs(4);

impl Brokers {
    pub(super) fn new(settings: &Arc<Settings>, stop: &Arc<Stop>) -> Self {
        Brokers {
            settings: Arc::clone(settings),
            stop: Arc::clone(stop),
            known: Vec::new(),
            n_in_vain: 0,
        }
    }

    /// What the cluster knows of some topics; why the last of the brokers did not say.
    ///
    /// Those that the cluster has named itself are asked first. They may all have moved, and then
    /// one that the user has named still knows.
    pub(super) fn ask(&mut self, topics: &[Arc<str>]) -> Result<Metadata, Trouble> {
        let (metadata, host, port) = self.try_each(|connection| {
            let version = connection.version(Api::Metadata)?;
            let mut frame = Frame::default();
            let correlation =
                connection.send(Api::Metadata, version, |out| write_metadata(out, topics))?;
            connection.receive(correlation, &mut frame)?;
            Metadata::read(version, frame.bytes())
                .map_err(|malformed| connection.malformed(Api::Metadata, malformed))
        })?;
        self.remember(&metadata, &host, port);
        Ok(metadata)
    }

    /// Asks one broker after the other; gives what the first one says that says anything, and where
    /// it is.
    ///
    /// One that is silent may take less time than with other requests, since the next one may know
    /// too; if none does, each has twice as long the next time.
    pub(super) fn try_each<T>(
        &mut self,
        mut ask: impl FnMut(&mut Connection) -> Result<T, Trouble>,
    ) -> Result<(T, String, u16), Trouble> {
        let known = self.known.iter().map(|it| (it.host.clone(), it.port));
        let named = self.settings.bootstrap.iter().cloned();
        let all: Vec<(String, u16)> = known.chain(named).collect();
        let patience = FIRST_PATIENCE.saturating_mul(2_u32.saturating_pow(self.n_in_vain));
        let hasty = Settings {
            connect_within: patience.min(self.settings.connect_within),
            answer_within: patience.min(self.settings.answer_within),
            ..Settings::clone(&self.settings)
        };
        let mut last = Trouble::Lost("no broker is named".to_owned());
        for (host, port) in all {
            if self.stop.is_stopped() {
                break;
            }
            let opened = Connection::open((&host, port), &hasty, &self.stop);
            match opened.and_then(|mut connection| ask(&mut connection)) {
                Ok(said) => {
                    self.n_in_vain = 0;
                    return Ok((said, host, port));
                }
                // What a broker says against us tells more than that another one is away.
                Err(Trouble::Lost(_)) if !matches!(last, Trouble::Lost(_)) => {}
                Err(trouble) => last = trouble,
            }
        }
        self.n_in_vain = self.n_in_vain.saturating_add(1);
        Err(last)
    }

    /// Lets the broker that was asked last be the last to be asked: what it says is out of date.
    pub(super) fn ask_another(&mut self) {
        if !self.known.is_empty() {
            self.known.rotate_left(1);
        }
    }

    /// Notes the brokers of the cluster; the one that has just answered is asked first again.
    fn remember(&mut self, metadata: &Metadata, host: &str, port: u16) {
        // It may have just begun, and know of no other yet.
        if !metadata.brokers.is_empty() {
            self.known.clone_from(&metadata.brokers);
            self.known
                .sort_by_key(|known| !(known.host == host && known.port == port));
        }
    }
}
