//! Decides in which way records are read, and results are sent.

use std::sync::Arc;

use super::native;
#[cfg(feature = "tls")]
use super::oauth;
use crate::batch::Codec;
use crate::config::{RunConfig, Through};
use crate::error::{Code, Error, Result};

/// In which way records are read, or results are sent.
#[derive(Debug, Clone)]
pub(crate) enum Way<S> {
    /// Over connections of streamflow's own, with these settings.
    Native(Arc<S>),
    /// Through librdkafka.
    Librdkafka,
}

/// The way that a run asks for to read, or the best that its settings allow; and why it is that
/// one.
fn reading(config: &RunConfig) -> Chosen<native::Settings> {
    // What is wrong with it, librdkafka cannot do either.
    #[cfg(feature = "tls")]
    oauth::of(config)?;
    decide(config.source, native::Settings::of(config), |why| {
        Error::new(
            Code::Config,
            format!("the source `native` cannot read from this cluster: {why}"),
        )
        .help("leave the choice to streamflow (`--source auto`), or read through librdkafka (`--source rdkafka`)")
    })
    .map(|(way, why)| (way, why.unwrap_or_else(|| "`source` says so".to_owned())))
}

/// The same for sending.
fn sending(config: &RunConfig) -> Chosen<native::SendSettings> {
    #[cfg(feature = "tls")]
    oauth::of(config)?;
    decide(config.producer, native::SendSettings::of(config), |why| {
        Error::new(
            Code::Config,
            format!("the producer `native` cannot write to this cluster: {why}"),
        )
        .help("leave the choice to streamflow (`--producer auto`), or send through librdkafka (`--producer rdkafka`)")
    })
    .map(|(way, why)| (way, why.unwrap_or_else(|| "`producer` says so".to_owned())))
}

/// The way, and why it is that one unless it was asked for.
fn decide<S>(
    asked: Through,
    settings: Result<S, String>,
    refuse: impl FnOnce(String) -> Error,
) -> Result<(Way<S>, Option<String>)> {
    match (asked, settings) {
        (Through::Rdkafka, _) => Ok((Way::Librdkafka, None)),
        (Through::Native, Ok(settings)) => Ok((Way::Native(Arc::new(settings)), None)),
        (Through::Native, Err(why)) => Err(refuse(why)),
        (Through::Auto, Ok(settings)) => {
            let why = "no setting asks for librdkafka".to_owned();
            Ok((Way::Native(Arc::new(settings)), Some(why)))
        }
        (Through::Auto, Err(why)) => Ok((Way::Librdkafka, Some(why))),
    }
}

impl<S> Way<S> {
    /// How messages call it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Way::Native(_) => "over connections of streamflow's own",
            Way::Librdkafka => "through librdkafka",
        }
    }
}

/// A way, and why it is that one.
type Chosen<S> = Result<(Way<S>, String)>;

/// The ways of reading and of sending, and why it is those, when the brokers have been asked too
/// where the choice is free. One that does not answer changes nothing.
pub(crate) fn of(config: &RunConfig) -> (Chosen<native::Settings>, Chosen<native::SendSettings>) {
    let (mut way_in, mut way_out) = (reading(config), sending(config));
    let free_in = native_settings(config.source, &way_in);
    let free_out = native_settings(config.producer, &way_out);
    let codec = free_out.as_ref().map_or(Codec::None, |it| it.codec());
    let connecting = free_out.map(|settings| Arc::clone(&settings.connecting));
    let (may_read, may_send) = (free_in.is_some(), connecting.is_some());
    if let Some(settings) = free_in.or(connecting) {
        let found = native::in_the_way(&settings, codec);
        if let Some(error) = found.reading.filter(|_| may_read) {
            way_in = Ok((Way::Librdkafka, error.to_string()));
        }
        if let Some(error) = found.sending.filter(|_| may_send) {
            way_out = Ok((Way::Librdkafka, error.to_string()));
        }
    }
    (way_in, way_out)
}

/// The settings of a way of our own that is not asked for by name.
fn native_settings<S>(asked: Through, chosen: &Chosen<S>) -> Option<Arc<S>> {
    match chosen {
        Ok((Way::Native(settings), _)) if asked == Through::Auto => Some(Arc::clone(settings)),
        Ok((Way::Native(_) | Way::Librdkafka, _)) | Err(_) => None,
    }
}

/// The ways that a run takes, in and out.
pub(super) fn taken(
    config: &RunConfig,
) -> Result<(Way<native::Settings>, Way<native::SendSettings>)> {
    let (way_in, way_out) = of(config);
    let ((way_in, why), (way_out, why_out)) = (way_in?, way_out?);
    tracing::info!("records are read {}: {why}", way_in.name());
    tracing::info!("results are sent {}: {why_out}", way_out.name());
    Ok((way_in, way_out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;

    const PLAN: Plan = Plan::empty("user_access");

    fn way(source: Through, properties: &[(&str, &str)]) -> Result<Way<native::Settings>> {
        let named = |(name, value): &(&str, &str)| ((*name).into(), (*value).into());
        let (way, _why) = reading(&RunConfig {
            brokers: Some("a:9092".into()),
            source,
            properties: properties.iter().map(named).collect(),
            ..RunConfig::of(&PLAN).unwrap()
        })?;
        Ok(way)
    }

    #[cfg(feature = "tls")]
    #[test]
    fn tokens_are_no_reason_for_librdkafka_and_have_to_be_had() {
        let whole = [
            ("security.protocol", "sasl_ssl"),
            ("sasl.mechanisms", "OAUTHBEARER"),
            ("sasl.oauthbearer.method", "oidc"),
            ("sasl.oauthbearer.client.id", "job"),
            ("sasl.oauthbearer.client.secret", "hunter2"),
            (
                "sasl.oauthbearer.token.endpoint.url",
                "https://idp.example/token",
            ),
        ];
        assert!(matches!(way(Through::Auto, &whole), Ok(Way::Native(_))));
        for source in [Through::Auto, Through::Native, Through::Rdkafka] {
            let error = way(source, &whole[..5]).unwrap_err();
            assert_eq!(error.code(), Code::Config);
        }
    }

    #[test]
    fn settings_that_only_librdkafka_knows_decide_unless_somebody_has() {
        let kerberos = [
            ("sasl.mechanism", "GSSAPI"),
            ("security.protocol", "sasl_plaintext"),
        ];
        assert!(matches!(way(Through::Auto, &[]), Ok(Way::Native(_))));
        assert!(matches!(way(Through::Auto, &kerberos), Ok(Way::Librdkafka)));
        assert!(matches!(way(Through::Rdkafka, &[]), Ok(Way::Librdkafka)));
        let error = way(Through::Native, &kerberos).unwrap_err();
        assert_eq!(error.code(), Code::Config);
        assert!(error.one_line().contains("`sasl.mechanism` is `GSSAPI`"));
    }
}
