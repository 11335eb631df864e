//! Says in which way the records of a topic reach the loop, as far as settings decide it.

use serde::Serialize;

use crate::config::RunConfig;
use crate::error::Result;

/// In which way a run would read topics, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Input {
    source: Source,
    why: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Source {
    /// No broker is named.
    Process,
    #[cfg(feature = "kafka")]
    Native,
    #[cfg(feature = "kafka")]
    Rdkafka,
    /// The settings cannot be read.
    Unknown,
}

impl Input {
    /// What the settings of a run say, or what is wrong with them.
    pub fn of(config: Result<RunConfig>) -> Self {
        let decided = config.and_then(|config| decided(&config));
        decided.unwrap_or_else(|error| {
            let line = error.one_line();
            let why = line.strip_prefix("streamflow: ").unwrap_or(&line);
            Input {
                source: Source::Unknown,
                why: why.to_owned(),
            }
        })
    }

    /// In a sentence.
    pub(super) fn words(&self) -> String {
        let how = match self.source {
            Source::Process => "topics inside the process",
            #[cfg(feature = "kafka")]
            Source::Native => "batches as brokers keep them, over connections of streamflow's own",
            #[cfg(feature = "kafka")]
            Source::Rdkafka => "messages, through librdkafka",
            Source::Unknown => "not known",
        };
        format!("{how}: {}", self.why)
    }
}

#[cfg_attr(
    not(feature = "kafka"),
    expect(
        unused_variables,
        clippy::unnecessary_wraps,
        reason = "there is one way only"
    )
)]
fn decided(config: &RunConfig) -> Result<Input> {
    #[cfg(feature = "kafka")]
    if config.brokers.is_some() {
        let (way, why) = crate::kafka::Way::of(config)?;
        let source = match way {
            crate::kafka::Way::Native(_) => Source::Native,
            crate::kafka::Way::Librdkafka => Source::Rdkafka,
        };
        return Ok(Input { source, why });
    }
    Ok(Input {
        source: Source::Process,
        why: "no broker is named".to_owned(),
    })
}
