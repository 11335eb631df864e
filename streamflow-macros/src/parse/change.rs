//! Reads what a job says about its former state: `state counts migrate v1 -> v2 (|old: u64| …)`,
//! `drop state counts`.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenTree};

use super::cursor::is_punct;
use crate::diagnostics::Diagnostics;
use crate::syntax::{Change, Version};

/// Whether a statement begins as such a change does. A stream may be called `state` or `drop`.
pub(super) fn begins(tokens: &[TokenTree]) -> bool {
    match tokens {
        [TokenTree::Ident(first), TokenTree::Ident(_)] if first == "drop" => true,
        [TokenTree::Ident(first), TokenTree::Ident(second), ..] => {
            first == "state" || (first == "drop" && second == "state")
        }
        _ => false,
    }
}

/// Reads one change.
pub(super) fn change(tokens: &[TokenTree], diagnostics: &mut Diagnostics) -> Option<Change> {
    match tokens {
        [TokenTree::Ident(word), rest @ ..] if word == "drop" => dropped(word, rest, diagnostics),
        [_, TokenTree::Ident(name), rest @ ..] => migration(name, rest, diagnostics),
        _ => None,
    }
}

fn dropped(word: &Ident, rest: &[TokenTree], diagnostics: &mut Diagnostics) -> Option<Change> {
    match rest {
        [TokenTree::Ident(_), TokenTree::Ident(name)] => Some(Change::Drop { name: name.clone() }),
        [TokenTree::Ident(_), TokenTree::Ident(name), more, ..] => {
            diagnostics
                .error(
                    more.span(),
                    format!("unexpected `{}` after `drop state {name}`", first(more)),
                )
                .help(format!("put a `;` behind it: `drop state {name};`"));
            None
        }
        [TokenTree::Ident(name)] if name != "state" => {
            diagnostics
                .error(name.span(), "expected `state` behind `drop`")
                .help(format!("write `drop state {name};`"));
            None
        }
        [state, ..] => {
            diagnostics
                .error(state.span(), "`drop state` does not say which state")
                .help("write its name: `drop state page_counts;`");
            None
        }
        [] => {
            diagnostics.error(word.span(), "`drop` does not say what to drop");
            None
        }
    }
}

fn migration(name: &Ident, rest: &[TokenTree], diagnostics: &mut Diagnostics) -> Option<Change> {
    let mut parts = Parts {
        name,
        rest,
        last: name.span(),
    };
    let change = parts.read();
    match change {
        Ok(change) => Some(change),
        Err((span, message)) => {
            diagnostics.error(span, message).help(format!(
                "write `state {name} migrate v1 -> v2 (|old: u64| …);`"
            ));
            None
        }
    }
}

/// What is left of a migration.
struct Parts<'t> {
    name: &'t Ident,
    rest: &'t [TokenTree],
    /// The last token that was read, for what is missing behind it.
    last: Span,
}

type Mistake = (Span, String);

impl Parts<'_> {
    fn read(&mut self) -> Result<Change, Mistake> {
        self.word("migrate")?;
        let from = self.version()?;
        self.arrow()?;
        let to = self.version()?;
        let function = self.function()?;
        match self.rest {
            [] => Ok(Change::Migrate {
                name: self.name.clone(),
                from,
                to,
                function,
            }),
            [more, ..] => {
                let message = format!("unexpected `{}` after the migration", first(more));
                Err((more.span(), message))
            }
        }
    }

    fn advance(&mut self, by: usize) {
        if let Some(last) = by.checked_sub(1).and_then(|at| self.rest.get(at)) {
            self.last = last.span();
        }
        self.rest = self.rest.get(by..).unwrap_or_default();
    }

    /// What stands here instead of what is wanted.
    fn expected<T>(&self, wanted: &str) -> Result<T, Mistake> {
        Err(match self.rest {
            [found, ..] => (
                found.span(),
                format!("expected {wanted}, found `{}`", first(found)),
            ),
            [] => (self.last, format!("expected {wanted} behind this")),
        })
    }

    fn word(&mut self, wanted: &str) -> Result<(), Mistake> {
        match self.rest {
            [TokenTree::Ident(word), ..] if word == wanted => {
                self.advance(1);
                Ok(())
            }
            _ => self.expected(&format!("`{wanted}`")),
        }
    }

    fn arrow(&mut self) -> Result<(), Mistake> {
        match self.rest {
            [dash, tip, ..] if is_punct(dash, '-') && is_punct(tip, '>') => {
                self.advance(2);
                Ok(())
            }
            _ => self.expected("`->`"),
        }
    }

    fn version(&mut self) -> Result<Version, Mistake> {
        if let [TokenTree::Ident(word), ..] = self.rest {
            let text = word.to_string();
            let number = text.strip_prefix('v').and_then(|text| text.parse().ok());
            if let Some(number) = number {
                let span = word.span();
                self.advance(1);
                return Ok(Version { number, span });
            }
        }
        self.expected("a version such as `v1`")
    }

    fn function(&mut self) -> Result<Group, Mistake> {
        match self.rest {
            [TokenTree::Group(group), ..] if group.delimiter() == Delimiter::Parenthesis => {
                let group = group.clone();
                self.advance(1);
                Ok(group)
            }
            _ => self.expected("a closure in parentheses"),
        }
    }
}

/// The beginning of a token: all of a word, the opening of a group.
fn first(token: &TokenTree) -> String {
    match token {
        TokenTree::Group(group) => match group.delimiter() {
            Delimiter::Parenthesis => "(".to_owned(),
            Delimiter::Brace => "{".to_owned(),
            Delimiter::Bracket => "[".to_owned(),
            Delimiter::None => group.to_string(),
        },
        TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => token.to_string(),
    }
}
