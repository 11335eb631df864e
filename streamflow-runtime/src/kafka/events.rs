//! What librdkafka says from its own threads: log lines, and that brokers went away.

#[cfg(feature = "tls")]
use std::sync::Arc;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::failures;
#[cfg(feature = "tls")]
use super::oauth::Tokens;
use crate::error::{Code, Error, Result};

/// How long every broker may be away before a running job ends.
const GIVE_UP_AFTER: Duration = Duration::from_secs(300);

/// Hears what one client of librdkafka says.
#[derive(Debug, Default)]
pub(super) struct Events {
    heard: Mutex<Heard>,
    /// What this client logs on with, where it does with tokens.
    #[cfg(feature = "tls")]
    tokens: Option<Arc<Tokens>>,
}

#[derive(Debug, Default)]
struct Heard {
    /// Whether a broker has ever answered: until then, whoever asks hears of it.
    has_answered: bool,
    /// Since when no broker answers librdkafka.
    down_since: Option<Instant>,
    /// Since when no connection is up over which records are fetched. Commits may go on meanwhile,
    /// over others.
    unfetched_since: Option<Instant>,
    /// Why the last connection failed.
    reason: Option<String>,
    /// What no retry mends.
    fatal: Option<Error>,
}

impl Heard {
    /// Since when something is down.
    fn since(&self) -> Option<Instant> {
        let both = [self.down_since, self.unfetched_since];
        both.into_iter().flatten().min()
    }

    /// Changes what is down, and says so once when it begins and once when it is over.
    fn change(&mut self, change: impl FnOnce(&mut Self)) {
        let was_down = self.since().is_some();
        change(self);
        let is_down = self.since().is_some();
        // Until a broker has answered, whoever asks hears of it.
        if self.has_answered && is_down && !was_down {
            let reason = self.reason.as_deref().unwrap_or_default();
            tracing::warn!("no broker answers, trying on: {reason}");
        }
        if self.has_answered && was_down && !is_down {
            tracing::warn!("the brokers answer again");
        }
    }
}

impl Events {
    /// Those of a client that logs on with tokens.
    #[cfg(feature = "tls")]
    pub(super) fn with_tokens(self, tokens: Option<Arc<Tokens>>) -> Self {
        Events { tokens, ..self }
    }

    fn lock(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the last connection failed, in librdkafka's words.
    pub(super) fn reason(&self) -> Option<String> {
        self.lock().reason.clone()
    }

    /// Notes that a broker has answered librdkafka.
    pub(super) fn answered(&self) {
        let mut heard = self.lock();
        heard.change(|heard| heard.down_since = None);
        heard.has_answered = true;
    }

    /// Notes that a broker has answered a request for records.
    pub(super) fn fetched(&self) {
        let mut heard = self.lock();
        heard.change(|heard| (heard.down_since, heard.unfetched_since) = (None, None));
        heard.has_answered = true;
    }

    /// Notes that the connections over which records are fetched are gone, and why.
    pub(super) fn lost(&self, reason: &str) {
        let mut heard = self.lock();
        heard.reason = Some(reason.to_owned());
        heard.change(|heard| {
            heard.unfetched_since.get_or_insert_with(Instant::now);
        });
    }

    /// Whether no broker answers at the moment.
    pub(super) fn is_down(&self) -> bool {
        self.lock().since().is_some()
    }

    /// Notes an error that librdkafka reports outside any call.
    pub(super) fn report(&self, error: &KafkaError) {
        let Some(code) = error.rdkafka_error_code() else {
            return;
        };
        let mut heard = self.lock();
        match code {
            RDKafkaErrorCode::AllBrokersDown => heard.change(|heard| {
                heard.down_since.get_or_insert_with(Instant::now);
            }),
            RDKafkaErrorCode::BrokerTransportFailure
            | RDKafkaErrorCode::OperationTimedOut
            | RDKafkaErrorCode::Resolve => tracing::debug!("a connection failed: {error}"),
            // Whom a broker has let in before, it lets in again with another token: librdkafka
            // tries on, and takes what is over with a session for a refusal.
            #[cfg(feature = "tls")]
            RDKafkaErrorCode::Authentication if heard.has_answered && self.tokens.is_some() => {
                heard.change(|heard| {
                    heard.down_since.get_or_insert_with(Instant::now);
                });
            }
            // The code says no more than that.
            #[cfg(feature = "tls")]
            RDKafkaErrorCode::Authentication if self.tokens.is_some() => {
                let refused = "a broker refused the login with OAUTHBEARER";
                let found = failures::of_code(refused, code).help(failures::TOKEN_NOT_TAKEN);
                let found = match heard.reason.clone() {
                    Some(reason) => found.caused_by(reason),
                    None => found,
                };
                heard.fatal.get_or_insert(found);
            }
            _ => {
                let fatal = matches!(error, KafkaError::MessageConsumptionFatal(_))
                    || !failures::may_pass(code);
                if fatal {
                    let found = failures::of_code("the Kafka client cannot go on", code);
                    let found = match heard.reason.clone() {
                        // The code says no more than that.
                        Some(reason) if code == RDKafkaErrorCode::SSL => found.caused_by(reason),
                        _ => found,
                    };
                    heard.fatal.get_or_insert(found);
                } else {
                    tracing::warn!("librdkafka reports: {error}");
                }
            }
        }
    }

    /// Fails when nothing but a restart, or not even that, would help.
    pub(super) fn check(&self) -> Result<()> {
        let mut heard = self.lock();
        if let Some(error) = heard.fatal.take() {
            return Err(error);
        }
        match heard.since() {
            Some(since) if since.elapsed() > GIVE_UP_AFTER => {
                let reason = heard
                    .reason
                    .clone()
                    .unwrap_or_else(|| "no reason given".to_owned());
                Err(Error::new(Code::BrokerUnreachable, "no broker has answered for 5 minutes")
                    .caused_by(reason)
                    .help("nothing since the last commit is lost: start the job again when the cluster is back"))
            }
            _ => Ok(()),
        }
    }
}

impl ClientContext for Events {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        // librdkafka puts the name of its thread in brackets in front.
        let text = text.split_once("]: ").map_or(text, |(_, text)| text);
        if facility == "FAIL" || facility == "ERROR" {
            self.lock().reason = Some(without_its_history(text).to_owned());
        }
        match level {
            RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical => {
                tracing::error!("librdkafka: {facility}: {text}");
            }
            // Lost connections are reported once by `report`, not for every broker and attempt.
            RDKafkaLogLevel::Error | RDKafkaLogLevel::Warning | RDKafkaLogLevel::Notice => {
                tracing::info!("librdkafka: {facility}: {text}");
            }
            RDKafkaLogLevel::Info | RDKafkaLogLevel::Debug => {
                tracing::debug!("librdkafka: {facility}: {text}");
            }
        }
    }

    fn error(&self, error: KafkaError, _reason: &str) {
        self.report(&error);
    }
}

impl ConsumerContext for Events {}

/// `Connect to … failed: Connection refused (after 0ms in state CONNECT, …)` without the end.
fn without_its_history(text: &str) -> &str {
    text.split_once(" (after ")
        .map_or(text, |(reason, _)| reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_do_not_end_an_outage_of_what_fetches() {
        let events = Events::default();
        events.fetched();
        events.lost("refused");
        events.answered();
        assert!(events.is_down());
        assert_eq!(events.reason().as_deref(), Some("refused"));
        events.fetched();
        assert!(!events.is_down());
    }

    #[test]
    fn answer_to_anybody_ends_an_outage_of_all() {
        let events = Events::default();
        let down = KafkaError::Global(RDKafkaErrorCode::AllBrokersDown);
        for answer in [Events::answered, Events::fetched] {
            events.report(&down);
            assert!(events.is_down());
            answer(&events);
            assert!(!events.is_down());
        }
    }
}
