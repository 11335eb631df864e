//! Answers for arguments that the language has and the compiler does not read, yet.
//!
//! They are looked for among the tokens: what stands in some of them is not Rust.

use proc_macro2::{Group, Ident, TokenTree};

use crate::diagnostics::Diagnostics;
use crate::syntax::Operation;

/// An argument of a later step.
struct Later {
    /// The operation that will take it.
    operation: &'static str,
    name: &'static str,
    /// What to do until then.
    instead: Option<&'static str>,
}

const LATER: [Later; 8] = [
    Later {
        operation: "kafka",
        name: "start",
        instead: Some("start the job with `--from earliest`, `latest` or a timestamp"),
    },
    Later {
        operation: "kafka",
        name: "until",
        instead: Some("start the job with `--until caught-up`"),
    },
    Later {
        operation: "kafka",
        name: "offsets",
        instead: Some("start the job with `--from timestamp:…` and `--until caught-up`"),
    },
    Later {
        operation: "kafka",
        name: "max_rate",
        instead: None,
    },
    Later {
        operation: "kafka",
        name: "pattern",
        instead: Some("name the topics: `kafka([\"a\", \"b\"])`"),
    },
    Later {
        operation: "kafka",
        name: "headers",
        instead: None,
    },
    Later {
        operation: "files",
        name: "roll",
        instead: Some("write `every 1m` behind `to files(…)`"),
    },
    Later {
        operation: "reduce_by_key",
        name: "inverse",
        instead: Some("take it out: each interval begins anew, and needs no inverse"),
    },
];

/// Reports the first argument of a later step; `false` where there is none.
pub(super) fn reports_any(
    operation: &Operation,
    group: &Group,
    diagnostics: &mut Diagnostics,
) -> bool {
    let word = operation.word.to_string();
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    let found = tokens
        .split(|token| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ','))
        .filter_map(named)
        .find_map(|name| {
            let later = LATER
                .iter()
                .find(|later| later.operation == word && name == later.name)?;
            Some((name, later))
        });
    let Some((name, later)) = found else {
        return false;
    };
    diagnostics
        .error(
            name.span(),
            format!("`{name}` of `{word}` is not supported yet"),
        )
        .maybe_help(later.instead.map(str::to_owned));
    true
}

/// The name of an argument: `name: …`, or the word in front of a literal, `pattern "re"`.
fn named(argument: &[TokenTree]) -> Option<&Ident> {
    match argument {
        [TokenTree::Ident(name), TokenTree::Punct(colon), second, ..]
            if colon.as_char() == ':'
                && !matches!(second, TokenTree::Punct(next) if next.as_char() == ':') =>
        {
            Some(name)
        }
        [TokenTree::Ident(name), TokenTree::Literal(_), ..] => Some(name),
        _ => None,
    }
}
