//! Says in which way records come from topics and results go to them, by the settings and by what
//! the brokers understand, if they answer.

use serde::Serialize;

use crate::config::RunConfig;
use crate::error::{Error, Result};
#[cfg(feature = "kafka")]
use crate::kafka::{Way, way};
use crate::plan::{Plan, Role};

/// In which way a run would read topics and write to them, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transport {
    /// `None` where the job reads no topic.
    pub(super) input: Option<Leg>,
    /// `None` where it writes to none.
    pub(super) output: Option<Leg>,
}

/// One direction of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Leg {
    through: Through,
    why: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Through {
    /// No broker is named.
    Process,
    #[cfg(feature = "kafka")]
    Native,
    #[cfg(feature = "kafka")]
    Rdkafka,
    /// The settings cannot be read.
    Unknown,
}

impl Transport {
    /// What the settings of a run say and what its brokers understand, or what is wrong with that.
    pub fn of(plan: &Plan, config: &Result<RunConfig>) -> Self {
        let (input, output) = match config {
            Err(error) => (Leg::unknown(error), Leg::unknown(error)),
            Ok(config) if config.brokers.is_none() => (Leg::in_process(), Leg::in_process()),
            Ok(config) => decided(config),
        };
        let has = |role| {
            let mut stages = plan.stages.iter();
            stages.any(|stage| stage.role == role && !stage.topics.is_empty())
        };
        Transport {
            input: has(Role::Source).then_some(input),
            output: has(Role::Sink).then_some(output),
        }
    }
}

impl Leg {
    fn in_process() -> Self {
        Leg {
            through: Through::Process,
            why: "no broker is named".to_owned(),
        }
    }

    fn unknown(error: &Error) -> Self {
        let line = error.one_line();
        let why = line.strip_prefix("streamflow: ").unwrap_or(&line);
        Leg {
            through: Through::Unknown,
            why: why.to_owned(),
        }
    }

    #[cfg(feature = "kafka")]
    fn on<S>((way, why): (Way<S>, String)) -> Self {
        let through = match way {
            Way::Native(_) => Through::Native,
            Way::Librdkafka => Through::Rdkafka,
        };
        Leg { through, why }
    }

    /// In a sentence.
    pub(super) fn words(&self) -> String {
        let how = match self.through {
            Through::Process => "topics inside the process",
            #[cfg(feature = "kafka")]
            Through::Native => "batches as brokers keep them, over connections of streamflow's own",
            #[cfg(feature = "kafka")]
            Through::Rdkafka => "messages, through librdkafka",
            Through::Unknown => "not known",
        };
        format!("{how}: {}", self.why)
    }
}

#[cfg(feature = "kafka")]
fn decided(config: &RunConfig) -> (Leg, Leg) {
    let (input, output) = way::of(config);
    (
        input.map_or_else(|error| Leg::unknown(&error), Leg::on),
        output.map_or_else(|error| Leg::unknown(&error), Leg::on),
    )
}

#[cfg(not(feature = "kafka"))]
fn decided(_config: &RunConfig) -> (Leg, Leg) {
    (Leg::in_process(), Leg::in_process())
}

#[cfg(all(test, feature = "kafka"))]
mod tests {
    use super::*;
    use crate::plan::{OnError, Settings, Stage, Topic};

    const PLAN: Plan = Plan {
        name: "copy",
        stages: &[stage(Role::Source, &[]), stage(Role::Sink, &[0])],
        settings: Settings::UNSET,
    };

    const fn stage(role: Role, inputs: &'static [usize]) -> Stage {
        Stage {
            operator: "kafka",
            text: "",
            line: 1,
            role,
            inputs,
            segment: 0,
            on_error: OnError::Fail,
            topics: &[Topic::Named("t")],
        }
    }

    #[test]
    fn each_direction_has_a_way_and_a_reason() {
        let words = |properties: &[(&str, &str)]| {
            let named = |(name, value): &(&str, &str)| ((*name).into(), (*value).into());
            let config = RunConfig {
                brokers: Some("a:9092".into()),
                properties: properties.iter().map(named).collect(),
                ..RunConfig::of(&PLAN).unwrap()
            };
            let Transport { input, output } = Transport::of(&PLAN, &Ok(config));
            [input, output].map(|leg| leg.expect("there are topics").words())
        };
        let [input, output] = words(&[]);
        assert!(
            input.ends_with("own: no setting asks for librdkafka"),
            "{input}"
        );
        assert_eq!(input, output);
        let [input, output] = words(&[("partitioner", "fnv1a")]);
        assert!(input.contains("streamflow's own"), "{input}");
        assert_eq!(output, "messages, through librdkafka: `partitioner` is set");
        let in_process = Transport::of(&PLAN, &RunConfig::of(&PLAN));
        assert_eq!(in_process.output, Some(Leg::in_process()));
        let none = Transport::of(&Plan::empty("none"), &RunConfig::of(&PLAN));
        assert_eq!((none.input, none.output), (None, None));
    }
}
