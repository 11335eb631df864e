//! Which topics a source reads: those with some names, or all whose names match a pattern.

use std::sync::Arc;

use regex_lite::Regex;

use crate::error::{Code, Error, Result};

/// The topics that a source reads.
#[derive(Debug, Clone)]
pub(crate) enum Wanted {
    /// By their names.
    Named(Vec<Arc<str>>),
    /// By a pattern.
    Matching(Pattern),
    /// By a pattern that is none; and why.
    Never(String),
}

/// A regular expression that matches the whole names of topics.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    written: Arc<str>,
    whole: Regex,
}

impl Wanted {
    /// The topics whose whole names match.
    pub(super) fn matching(written: &str) -> Self {
        // By itself first: `a)(b` would be made whole by what stands around it.
        let whole = Regex::new(written).and_then(|_| Regex::new(&format!("^(?:{written})$")));
        match whole {
            Ok(whole) => Wanted::Matching(Pattern {
                written: written.into(),
                whole,
            }),
            Err(error) => Wanted::Never(format!("`{written}` is no pattern: {error}")),
        }
    }

    /// Refuses what only a run can see to be wrong.
    pub(super) fn check(&self) -> Result<()> {
        match self {
            Wanted::Never(why) => Err(Error::new(Code::Config, why)
                .help("a pattern is a regular expression, such as `pattern \"clicks-.*\"`")),
            Wanted::Named(_) | Wanted::Matching(_) => Ok(()),
        }
    }
}

impl Pattern {
    /// Whether a topic is read. Those of Kafka's own are only where the pattern says so itself.
    pub(crate) fn has(&self, topic: &str) -> bool {
        let is_kafkas = topic.starts_with("__") && !self.written.starts_with("__");
        !is_kafkas && self.whole.is_match(topic)
    }

    /// The pattern as it is written.
    pub(crate) fn written(&self) -> &str {
        &self.written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(pattern: &str, topic: &str) -> bool {
        match Wanted::matching(pattern) {
            Wanted::Matching(pattern) => pattern.has(topic),
            Wanted::Named(_) | Wanted::Never(_) => panic!("{pattern} is a pattern"),
        }
    }

    #[test]
    fn whole_names_match() {
        assert!(has("clicks-.*", "clicks-eu"));
        assert!(has("a|b", "b"));
        assert!(!has("clicks-.*", "old-clicks-eu"));
        assert!(!has("a|b", "ab"));
        assert!(!has("clicks", "clicks\n"));
    }

    #[test]
    fn topics_of_kafka_are_left_out_unless_they_are_meant() {
        assert!(!has(".*", "__consumer_offsets"));
        assert!(has("__consumer.*", "__consumer_offsets"));
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for written in ["clicks-(", "a)(b"] {
            let error = Wanted::matching(written).check().unwrap_err();
            assert_eq!(error.code(), Code::Config);
        }
    }
}
