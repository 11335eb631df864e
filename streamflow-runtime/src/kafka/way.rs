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
    /// The way that a run asks for, or the best that its settings allow.
    pub(super) fn of(config: &RunConfig) -> Result<Self> {
        match (config.source, native::Settings::of(config)) {
            (Through::Rdkafka, _) => {
                tracing::info!("records are read through librdkafka: `source` says so");
                Ok(Way::Librdkafka)
            }
            (Through::Auto | Through::Native, Ok(settings)) => {
                tracing::info!("records are read over connections of streamflow's own");
                Ok(Way::Native(Arc::new(settings)))
            }
            (Through::Auto, Err(why)) => {
                tracing::info!("records are read through librdkafka: {why}");
                Ok(Way::Librdkafka)
            }
            (Through::Native, Err(why)) => Err(Error::new(
                Code::Config,
                format!("the source `native` cannot read from this cluster: {why}"),
            )
            .help("leave the choice to streamflow (`--source auto`), or read through librdkafka (`--source rdkafka`)")),
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
        Way::of(&RunConfig {
            brokers: Some("a:9092".into()),
            source,
            properties: properties.iter().map(named).collect(),
            ..RunConfig::of(&PLAN).unwrap()
        })
    }

    #[test]
    fn settings_that_only_librdkafka_knows_decide_unless_somebody_has() {
        let tls = [("security.protocol", "ssl")];
        assert!(matches!(way(Through::Auto, &[]), Ok(Way::Native(_))));
        assert!(matches!(way(Through::Auto, &tls), Ok(Way::Librdkafka)));
        assert!(matches!(way(Through::Rdkafka, &[]), Ok(Way::Librdkafka)));
        let error = way(Through::Native, &tls).unwrap_err();
        assert_eq!(error.code(), Code::Config);
        assert!(error.one_line().contains("`security.protocol` is `ssl`"));
    }
}
