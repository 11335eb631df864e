//! What the language has and the runtime cannot run yet: the one list, which shrinks.
//!
//! Everything here is read, resolved and checked like the rest. Only where a job has no mistake is
//! a use of it refused, at the very last.

use proc_macro2::{LineColumn, Span};

use crate::diagnostics::Diagnostics;
use crate::syntax::Operation;

/// A part of the language that the runtime cannot run yet.
#[derive(Debug)]
struct Later {
    what: What,
    word: &'static str,
    /// What can be written until then.
    until_then: Option<&'static str>,
}

/// Where a word stands in the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    Operator,
    Source,
    Sink,
    /// A kind of window, or a word behind it.
    Window,
    /// A word behind an operation.
    Clause,
    /// A word behind `else`.
    Policy,
    /// A named argument of a source or sink.
    Option,
    Setting,
    Format,
}

/// A use of such a part in a job.
#[derive(Debug)]
pub(crate) struct Use {
    span: Span,
    message: String,
    help: Option<String>,
    /// From where to where the operation stands that it belongs to.
    extent: Option<(LineColumn, LineColumn)>,
}

impl Use {
    /// A use that no word alone tells.
    pub(crate) fn new(span: Span, message: String, until_then: &str) -> Self {
        Use {
            span,
            message,
            help: Some(until_then.to_owned()),
            extent: None,
        }
    }

    /// The same use, with something else that can be written until then.
    pub(crate) fn until_then(self, help: String) -> Self {
        Use {
            help: Some(help),
            ..self
        }
    }

    /// The same use, as part of an operation.
    pub(crate) fn of(self, operation: &Operation) -> Self {
        Use {
            extent: Some(operation.extent()),
            ..self
        }
    }
}

macro_rules! later {
    ($($what:ident: $($word:literal $(=> $until_then:literal)?;)*)*) => {
        &[$($(Later {
            what: What::$what,
            word: $word,
            until_then: later!(@until $($until_then)?),
        },)*)*]
    };
    (@until) => { None };
    (@until $until_then:literal) => { Some($until_then) };
}

const LATER: &[Later] = later! {
    Operator:
    "serve" => "write `to kafka(\"topic\")` or `to files(\"dir\")`";

    Sink:
    "postgres" => "write `to kafka(\"topic\")` or `to files(\"dir\")`";

    Setting:
    "guarantee" => "take it out: delivery is at-least-once";
    "on_data_loss" => "take it out: lost records end the job";
    "http" => "take it out";

    Format:
    "Avro" => "read or write `as Bytes`";
    "Protobuf" => "read or write `as Bytes`";
};

fn later(what: What, word: &str) -> Option<&'static Later> {
    LATER
        .iter()
        .find(|later| later.what == what && later.word == word)
}

/// Everything on the list, with what can be written until then: for the page of the book.
#[cfg(test)]
pub(crate) fn list() -> impl Iterator<Item = (What, &'static str, Option<&'static str>)> {
    LATER
        .iter()
        .map(|later| (later.what, later.word, later.until_then))
}

/// Whether the runtime can run a part of the language.
pub(crate) fn is_supported(what: What, word: &str) -> bool {
    later(what, word).is_none()
}

/// What to write until a part of the language can be run, if there is anything.
pub(crate) fn until_then(what: What, word: &str) -> Option<&'static str> {
    later(what, word).and_then(|later| later.until_then)
}

/// The use of a part of the language; `None` where the runtime can run it.
pub(crate) fn used(what: What, word: &str, span: Span) -> Option<Use> {
    let later = later(what, word)?;
    let message = match what {
        What::Operator | What::Clause | What::Window => format!("`{word}` is not supported yet"),
        What::Policy => format!("`else {word}` is not supported yet"),
        What::Source => format!("the source `{word}` is not supported yet"),
        What::Sink => format!("the sink `{word}` is not supported yet"),
        What::Option => format!("`{word}:` is not supported yet"),
        What::Setting => format!("the setting `{word}` is not supported yet"),
        What::Format => format!("the format `{word}` is not supported yet"),
    };
    Some(Use {
        span,
        message,
        help: later.until_then.map(str::to_owned),
        extent: None,
    })
}

/// The last step: a job without mistakes is refused where it uses what cannot be run yet.
///
/// Of one stage only the first use is told: what stands behind it belongs to it. Where the job has
/// mistakes, those of such a stage say it too: whoever mends them would not get further.
pub(crate) fn check(uses: Vec<Use>, diagnostics: &mut Diagnostics) {
    let has_mistakes = !diagnostics.is_empty();
    for one in uses {
        if !has_mistakes {
            diagnostics
                .error(one.span, one.message)
                .maybe_help(one.help);
        } else if let Some((from, to)) = one.extent {
            let until_then = one
                .help
                .map_or_else(String::new, |help| format!("; until then: {help}"));
            diagnostics.say_more(from, to, format!("{}{until_then}", one.message));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operators::{OPERATORS, SINKS, SOURCES};

    #[test]
    fn list_names_words_of_the_language() {
        for later in LATER {
            let known = match later.what {
                What::Operator => OPERATORS.iter().any(|one| one.name == later.word),
                What::Source => SOURCES.iter().any(|one| one.name == later.word),
                What::Sink => SINKS.iter().any(|one| one.name == later.word),
                What::Clause => OPERATORS
                    .iter()
                    .any(|one| one.clauses.contains(&later.word)),
                What::Window | What::Policy | What::Option | What::Setting | What::Format => true,
            };
            assert!(known, "{later:?}");
        }
    }
}
