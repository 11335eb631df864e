//! What a checkpoint says of a state beside its name: version, layout, and its place in the job.
//!
//! ```text
//! v2 keyed str -> u64
//! single u64 of countevery1m behind 7d1f0a3be2c45586 1/2
//! ```
//!
//! State with a name is found by that, wherever it stands. State without one is told by its stage
//! and by all the stages in front of it: another one in its place must not take it over.

use std::fmt;

use crate::plan::{self, Plan, Role};

/// What a checkpoint says of a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    /// The version, from 1. Only named state has others.
    pub(crate) version: u32,
    /// What the bytes hold: `keyed str -> u64`.
    pub(crate) layout: String,
    /// Where the state belongs; nothing for state with a name.
    pub(crate) place: Option<String>,
}

impl Kept {
    /// Reads what a checkpoint says of the state of this name.
    pub(crate) fn read(state: &str, text: &str) -> Self {
        let (version, rest) = text
            .strip_prefix('v')
            .and_then(|text| text.split_once(' '))
            .and_then(|(number, rest)| Some((number.parse().ok()?, rest)))
            .unwrap_or((1, text));
        // A place has no ` of ` in it; a layout may, as serde renames fields to anything.
        let (layout, place) = match rest.rsplit_once(" of ") {
            Some((layout, place)) if !is_named(state) => (layout, Some(place.to_owned())),
            Some(_) | None => (rest, None),
        };
        Kept {
            version,
            layout: layout.to_owned(),
            place,
        }
    }
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.version > 1 {
            write!(f, "v{} ", self.version)?;
        }
        f.write_str(&self.layout)?;
        match &self.place {
            Some(place) => write!(f, " of {place}"),
            None => Ok(()),
        }
    }
}

/// What a checkpoint says of a watermark.
pub(crate) const WATERMARK: &str = "watermark";

/// Whether a state has a name of the user's; ours have a dot, which no word of Rust has.
pub(crate) fn is_named(state: &str) -> bool {
    !state.contains('.')
}

/// What a stage keeps, with the window that it is kept for: another window would count its steps
/// otherwise.
pub(crate) fn windowed(plan: &Plan, number: usize, layout: String) -> String {
    match plan.stages.get(number).map(|stage| stage.role) {
        Some(Role::Aggregate {
            every_ms,
            steps,
            event,
            ..
        }) => match plan::window(every_ms, steps, event) {
            Some(window) => format!("{layout} {window}"),
            None => layout,
        },
        Some(Role::Ordered {
            within: Some(within),
            ..
        }) => format!("{layout} {}", within.shown()),
        _ => layout,
    }
}

/// The place of a stage's state in the job, if it has no name.
pub(crate) fn place(plan: &Plan, number: usize) -> Option<String> {
    let stage = plan.stages.get(number)?;
    let state = stage.role.state()?;
    if is_named(state) {
        return None;
    }
    let lineages = lineages(plan);
    let lineage = *lineages.get(number)?;
    // Stages that are alike in all this differ by their order alone. Their number belongs to it:
    // with one more of them, nobody could tell which one is new.
    let is_twin = |at: usize| {
        let twin = plan.stages.get(at).and_then(|stage| stage.role.state());
        twin.is_some_and(|state| !is_named(state)) && lineages.get(at) == Some(&lineage)
    };
    let before = (0..number).filter(|at| is_twin(*at)).count();
    let all = (0..plan.stages.len()).filter(|at| is_twin(*at)).count();
    let place = format!("{} behind {lineage:016x}", stage.source_name());
    Some(match all {
        1 => place,
        _ => format!("{place} {}/{all}", before + 1),
    })
}

/// A number for each stage, of its text and of all stages in front of it (FNV-1a: it must be the
/// same in every process, and nobody gains by making two alike).
fn lineages(plan: &Plan) -> Vec<u64> {
    let mut lineages: Vec<u64> = Vec::new();
    for stage in plan.stages {
        // A stage gets items from stages in front of it only.
        let inputs = stage.inputs.iter().filter_map(|at| lineages.get(*at));
        let inputs = inputs.flat_map(|input| input.to_le_bytes());
        let text = stage.source_name();
        let lineage = text
            .bytes()
            .chain(inputs)
            .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        lineages.push(lineage);
    }
    lineages
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Combine, Exchange, OnError, Settings, Stage};

    const fn stage(
        operator: &'static str,
        text: &'static str,
        role: Role,
        inputs: &'static [usize],
    ) -> Stage {
        Stage {
            operator,
            text,
            line: 1,
            role,
            inputs,
            segment: 0,
            on_error: OnError::Fail,
            topics: &[],
        }
    }

    const fn count(state: &'static str, inputs: &'static [usize]) -> Stage {
        let role = Role::Aggregate {
            state,
            every_ms: 1_000,
            steps: None,
            event: None,
            exchange: Exchange::ToOne,
            combine: Combine::Count,
        };
        stage("count", "count every 1s", role, inputs)
    }

    const SOURCE: Stage = stage("kafka", "kafka(\"t\")", Role::Source, &[]);
    const LONG: Stage = stage("filter", "filter(is_long)", Role::Stateless, &[0]);

    fn plan(stages: Vec<Stage>) -> Plan {
        Plan {
            name: "test",
            stages: stages.leak(),
            settings: Settings::UNSET,
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for text in ["v2 keyed str -> u64", "rows", "single T { n of m: u8 }"] {
            assert_eq!(Kept::read("counts", text).to_string(), text);
        }
        for text in [
            "rows of print behind 00",
            "single T { n of m: u8 } of count behind 00 1/2",
        ] {
            let kept = Kept::read("count.1", text);
            assert_eq!(kept.to_string(), text);
            assert!(kept.place.is_some());
        }
        assert_eq!(Kept::read("counts", "v2 keyed str -> u64").version, 2);
        assert_eq!(Kept::read("counts", "vast { a: u8 }").version, 1);
    }

    #[test]
    fn state_without_a_name_is_told_by_the_stages_in_front_of_it() {
        let plain = place(&plan(vec![SOURCE, count("count.1", &[0])]), 1).unwrap();
        let filtered = place(&plan(vec![SOURCE, LONG, count("count.1", &[1])]), 2).unwrap();
        assert!(plain.starts_with("countevery1s behind "), "{plain}");
        assert_ne!(plain, filtered);
        let again = place(&plan(vec![SOURCE, count("count.1", &[0])]), 1).unwrap();
        assert_eq!(plain, again);
    }

    #[test]
    fn another_twin_changes_the_place_of_the_first_ones() {
        let two = plan(vec![SOURCE, count("count.1", &[0]), count("count.2", &[0])]);
        let first = place(&two, 1).unwrap();
        assert!(first.ends_with(" 1/2"), "{first}");
        let mut three = two.stages.to_vec();
        three.push(count("count.3", &[0]));
        assert_ne!(place(&plan(three), 1), Some(first));
    }

    #[test]
    fn state_with_a_name_has_no_place() {
        assert_eq!(place(&plan(vec![SOURCE, count("visits", &[0])]), 1), None);
    }
}
