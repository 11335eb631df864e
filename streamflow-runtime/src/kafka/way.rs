//! Decides in which way records are read, and results are sent.

use std::sync::Arc;

use super::native;
use crate::config::{RunConfig, Through};
use crate::error::{Code, Error, Result};

/// In which way records are read.
#[derive(Debug, Clone)]
pub(crate) enum Way {
    /// Over connections of streamflow's own.
    Native(Arc<native::Settings>),
    /// Through librdkafka.
    Librdkafka,
}

impl Way {
    /// The way that a run asks for, or the best that its settings allow; and why it is that one.
    pub(crate) fn of(config: &RunConfig) -> Result<(Self, String)> {
        match (config.source, native::Settings::of(config)) {
            (Through::Rdkafka, _) => Ok((Way::Librdkafka, "`source` says so".to_owned())),
            (Through::Native, Ok(settings)) => {
                let why = "`source` says so".to_owned();
                Ok((Way::Native(Arc::new(settings)), why))
            }
            (Through::Auto, Ok(settings)) => {
                let why = "no setting asks for librdkafka".to_owned();
                Ok((Way::Native(Arc::new(settings)), why))
            }
            (Through::Auto, Err(why)) => Ok((Way::Librdkafka, why)),
            (Through::Native, Err(why)) => Err(Error::new(
                Code::Config,
                format!("the source `native` cannot read from this cluster: {why}"),
            )
            .help("leave the choice to streamflow (`--source auto`), or read through librdkafka (`--source rdkafka`)")),
        }
    }

    /// How messages call it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Way::Native(_) => "over connections of streamflow's own",
            Way::Librdkafka => "through librdkafka",
        }
    }
}

/// In which way results are sent.
#[derive(Debug, Clone)]
pub(crate) enum WayOut {
    /// Over connections of streamflow's own.
    Native(Arc<native::SendSettings>),
    /// Through librdkafka.
    Librdkafka,
}

impl WayOut {
    /// The way that a run asks for, or the best that its settings allow; and why it is that one.
    pub(crate) fn of(config: &RunConfig) -> Result<(Self, String)> {
        match (config.producer, native::SendSettings::of(config)) {
            (Through::Rdkafka, _) => Ok((WayOut::Librdkafka, "`producer` says so".to_owned())),
            (Through::Auto | Through::Native, Ok(settings)) => {
                let why = match config.producer {
                    Through::Native => "`producer` says so",
                    _ => "no setting asks for librdkafka",
                };
                Ok((WayOut::Native(Arc::new(settings)), why.to_owned()))
            }
            (Through::Auto, Err(why)) => Ok((WayOut::Librdkafka, why)),
            (Through::Native, Err(why)) => Err(Error::new(
                Code::Config,
                format!("the producer `native` cannot write to this cluster: {why}"),
            )
            .help("leave the choice to streamflow (`--producer auto`), or send through librdkafka (`--producer rdkafka`)")),
        }
    }

    /// How messages call it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            WayOut::Native(_) => "over connections of streamflow's own",
            WayOut::Librdkafka => "through librdkafka",
        }
    }
}

/// The ways that a run takes, in and out, when the brokers have been asked too.
pub(super) fn taken(config: &RunConfig) -> Result<(Way, WayOut)> {
    let (mut way, mut why) = Way::of(config)?;
    let (mut way_out, mut why_out) = WayOut::of(config)?;
    let connecting = match (&way, &way_out) {
        (Way::Native(settings), _) if config.source == Through::Auto => Some(settings),
        (_, WayOut::Native(settings)) if config.producer == Through::Auto => {
            Some(&settings.connecting)
        }
        _ => None,
    };
    if let Some(error) = connecting.and_then(|settings| native::in_the_way(settings)) {
        if config.source == Through::Auto {
            (way, why) = (Way::Librdkafka, error.to_string());
        }
        if config.producer == Through::Auto {
            (way_out, why_out) = (WayOut::Librdkafka, error.to_string());
        }
    }
    tracing::info!("records are read {}: {why}", way.name());
    tracing::info!("results are sent {}: {why_out}", way_out.name());
    Ok((way, way_out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;

    const PLAN: Plan = Plan::empty("user_access");

    fn way(source: Through, properties: &[(&str, &str)]) -> Result<Way> {
        let named = |(name, value): &(&str, &str)| ((*name).into(), (*value).into());
        let (way, _why) = Way::of(&RunConfig {
            brokers: Some("a:9092".into()),
            source,
            properties: properties.iter().map(named).collect(),
            ..RunConfig::of(&PLAN).unwrap()
        })?;
        Ok(way)
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
