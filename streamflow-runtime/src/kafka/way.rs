//! Decides in which way records are read.

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

    /// The way that a run takes, when the brokers have been asked too.
    pub(super) fn taken(config: &RunConfig) -> Result<Self> {
        let (way, why) = Way::of(config)?;
        let (way, why) = match (way, config.source) {
            (Way::Native(settings), Through::Auto) => match native::in_the_way(&settings) {
                Some(error) => (Way::Librdkafka, error.to_string()),
                None => (Way::Native(settings), why),
            },
            decided => (decided.0, why),
        };
        tracing::info!("records are read {}: {why}", way.name());
        Ok(way)
    }

    /// How messages call it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Way::Native(_) => "over connections of streamflow's own",
            Way::Librdkafka => "through librdkafka",
        }
    }
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
