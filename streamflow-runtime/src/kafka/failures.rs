//! librdkafka's errors in the words and with the exit codes of streamflow.

use std::thread;
use std::time::{Duration, Instant};

use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::types::RDKafkaRespErr;

use crate::config::properties;
use crate::error::{Code, Error};

/// The pause between two tries of a request.
pub(super) const TRY_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// An error of librdkafka while something was being done: "cannot <what>".
pub(crate) fn failure(what: impl Into<String>, error: &KafkaError) -> Error {
    // The text of this one holds the value of the setting, which may be secret.
    if let KafkaError::ClientConfig(_, reason, name, value) = error {
        let shown = if properties::is_secret(name) {
            String::new()
        } else {
            format!(" to `{value}`")
        };
        return Error::new(
            Code::Config,
            format!("librdkafka cannot set `{name}`{shown}: {reason}"),
        )
        .help("see the list of librdkafka's properties for what it takes");
    }
    if let KafkaError::ClientCreation(reason) = error {
        return Error::new(Code::Config, what)
            .caused_by(reason.clone())
            .help("check the properties (`-X`, `[kafka]` in `streamflow.toml`)");
    }
    let code = error
        .rdkafka_error_code()
        .unwrap_or(RDKafkaErrorCode::Unknown);
    of_code(what, code)
}

/// An error code of librdkafka or of a broker, while something was being done.
pub(super) fn of_code(what: impl Into<String>, code: RDKafkaErrorCode) -> Error {
    let (class, advice) = class(code);
    let error = Error::new(class, what).caused_by(words(code));
    match advice {
        Some(advice) => error.help(advice),
        None => error,
    }
}

/// An error code as a broker sends it, while something was being done.
pub(super) fn of_broker(what: impl Into<String>, code: i16) -> Error {
    of_code(what, known(code))
}

/// What to do where brokers do not take a token.
#[cfg(feature = "tls")]
pub(super) const TOKEN_NOT_TAKEN: &str = "check that the brokers trust the issuer of the token, and its audience and scope (`sasl.oauthbearer.scope`)";

/// Whether a failure that a broker reports may pass by itself.
pub(super) fn may_pass_at_broker(code: i16) -> bool {
    may_pass(known(code))
}

/// librdkafka numbers the errors of brokers as they do.
fn known(code: i16) -> RDKafkaErrorCode {
    RDKafkaRespErr::try_from(i32::from(code))
        .map_or(RDKafkaErrorCode::Unknown, RDKafkaErrorCode::from)
}

/// librdkafka's own words for a code, without the number in them.
fn words(code: RDKafkaErrorCode) -> String {
    let text = code.to_string();
    text.split_once(" (").map_or(text.clone(), |(_, rest)| {
        rest.trim_end_matches(')').to_owned()
    })
}

/// How long a request of the start is tried: a coordinator that has just been elected first
/// reads its log.
const STARTS_WITHIN: Duration = Duration::from_secs(30);

/// Tries a request again for as long as its failure may pass by itself.
pub(super) fn tried_again<T>(mut request: impl FnMut() -> KafkaResult<T>) -> KafkaResult<T> {
    let begun = Instant::now();
    loop {
        match request() {
            Err(error)
                if error.rdkafka_error_code().is_some_and(may_pass)
                    && begun.elapsed() < STARTS_WITHIN =>
            {
                tracing::debug!("trying again: {error}");
                thread::sleep(TRY_AGAIN_AFTER);
            }
            outcome => return outcome,
        }
    }
}

/// Whether a failure may pass by itself.
pub(super) fn may_pass(code: RDKafkaErrorCode) -> bool {
    class(code).0.exit_code() == Code::BrokerFailed.exit_code()
}

fn class(code: RDKafkaErrorCode) -> (Code, Option<&'static str>) {
    use RDKafkaErrorCode as E;
    match code {
        E::UnknownTopic | E::UnknownTopicOrPartition | E::UnknownPartition => (
            Code::UnknownInput,
            Some("the topic was deleted, or never existed: create it, or mend its name in the job"),
        ),
        E::TopicAuthorizationFailed
        | E::GroupAuthorizationFailed
        | E::ClusterAuthorizationFailed
        | E::TransactionalIdAuthorizationFailed
        | E::SaslAuthenticationFailed
        | E::Authentication => (
            Code::NotAuthorized,
            Some("check the credentials and the rights of the user that they name"),
        ),
        E::SSL => (
            Code::NotAuthorized,
            Some(
                "check the certificates: `ssl.ca.location` names the authority that has signed that of the broker",
            ),
        ),
        // librdkafka would go on behind a batch whose format it does not know.
        E::BadMessage | E::BadCompression | E::InvalidMessage | E::NotImplemented => (
            Code::CorruptBatch,
            Some("nothing behind the last commit is processed: mend or delete the damaged segment"),
        ),
        E::AutoOffsetReset | E::OffsetOutOfRange => (
            Code::OffsetOutOfRange,
            Some(
                "the records are gone: start with `--from earliest` and another `--group` or `--checkpoint` to go on without them",
            ),
        ),
        E::UnknownMemberId
        | E::IllegalGeneration
        | E::RebalanceInProgress
        | E::InconsistentGroupProtocol => (
            Code::Config,
            Some(
                "other consumers are members of this group: give the job a group of its own, `--group NAME`",
            ),
        ),
        E::MessageSizeTooLarge => (
            Code::UnknownOutput,
            Some(
                "raise `max.message.bytes` of the topic and `-X message.max.bytes=N` here, or send smaller batches (`-X batch.size=N`)",
            ),
        ),
        E::BrokerTransportFailure | E::AllBrokersDown | E::OperationTimedOut | E::Resolve => {
            (Code::BrokerUnreachable, None)
        }
        _ => (Code::BrokerFailed, None),
    }
}

/// What a partition's error means for the run; `None` where librdkafka tries on by itself.
pub(crate) fn batch_failure(code: RDKafkaErrorCode) -> Option<Error> {
    (!may_pass(code)).then(|| of_code("cannot read a partition", code))
}
