//! Reads `let name = stream`, and what is written for it elsewhere.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::quote;

use super::chain;
use super::cursor::is_punct;
use crate::diagnostics::Diagnostics;
use crate::operators;
use crate::syntax::{Stage, Statement};
use crate::text;

/// Streams that were named though they end in `split`: the arms have names of their own.
#[derive(Debug, Default)]
pub(super) struct Splits(Vec<String>);

impl Splits {
    /// `parts.big | …` as `big | …`: that the split has no name has been told.
    pub(super) fn without<'a>(&self, tokens: &'a [TokenTree]) -> &'a [TokenTree] {
        match tokens {
            [TokenTree::Ident(name), dot, rest @ ..]
                if is_punct(dot, '.') && self.0.contains(&name.to_string()) =>
            {
                rest
            }
            tokens => tokens,
        }
    }
}

/// What begins another language's naming of a value.
const OTHER_WORDS: [&str; 7] = ["val", "var", "auto", "def", "stream", "set", "with"];

/// Whether a statement names a stream, or was meant to.
pub(super) fn begins(tokens: &[TokenTree]) -> bool {
    match tokens {
        [TokenTree::Ident(word), ..] if word == "let" => true,
        [TokenTree::Ident(word), TokenTree::Ident(_), equals, ..] => {
            is_punct(equals, '=') && OTHER_WORDS.iter().any(|other| word == other)
        }
        [TokenTree::Ident(_), equals, next, ..] => is_punct(equals, '=') && !is_punct(next, '>'),
        _ => false,
    }
}

/// Reads a statement that [begins] so; `None` where it cannot be read, which is then reported.
pub(super) fn read(
    tokens: &[TokenTree],
    splits: &mut Splits,
    diagnostics: &mut Diagnostics,
) -> Option<Statement> {
    match tokens {
        [TokenTree::Ident(word), rest @ ..] if word == "let" => {
            behind_let(word, rest, splits, diagnostics)
        }
        [
            TokenTree::Ident(word),
            TokenTree::Ident(name),
            _,
            chain @ ..,
        ] => {
            diagnostics
                .error(word.span(), "streams are named by `let`")
                .help(format!("write `let {name} = {}`", of(chain)));
            named(name, chain, splits, diagnostics)
        }
        [TokenTree::Ident(name), _, chain @ ..] => {
            diagnostics
                .error(
                    name.span(),
                    format!("`let` is missing in front of `{name} =`"),
                )
                .help(format!("write `let {name} = {}`", of(chain)));
            named(name, chain, splits, diagnostics)
        }
        _ => None,
    }
}

fn behind_let(
    word: &Ident,
    rest: &[TokenTree],
    splits: &mut Splits,
    diagnostics: &mut Diagnostics,
) -> Option<Statement> {
    match rest {
        [TokenTree::Ident(name), equals] if is_punct(equals, '=') => {
            diagnostics
                .error(equals.span(), format!("nothing follows `let {name} =`"))
                .help(format!(
                    "write a stream: `let {name} = from kafka(\"topic\");`"
                ));
            None
        }
        [TokenTree::Ident(name), equals, chain @ ..] if is_punct(equals, '=') => {
            named(name, chain, splits, diagnostics)
        }
        [
            TokenTree::Ident(mutable),
            TokenTree::Ident(name),
            equals,
            chain @ ..,
        ] if mutable == "mut" && is_punct(equals, '=') => {
            diagnostics
                .error(
                    mutable.span(),
                    "a stream is not changed, so it takes no `mut`",
                )
                .help(format!("write `let {name} = {}`", of(chain)));
            named(name, chain, splits, diagnostics)
        }
        [TokenTree::Ident(name), colon, ..] if is_punct(colon, ':') => {
            let equals = rest.iter().position(|token| is_punct(token, '='))?;
            let chain = &rest[equals + 1..];
            diagnostics
                .error(colon.span(), "the type of a stream is inferred")
                .help(format!("write `let {name} = {}`", of(chain)));
            named(name, chain, splits, diagnostics)
        }
        [TokenTree::Ident(name), chain @ ..] if matches!(chain, [TokenTree::Ident(from), ..] if from == "from" || from == "union") =>
        {
            let found = chain.first().map_or(name.span(), TokenTree::span);
            diagnostics
                .error(found, format!("a `=` is missing behind `let {name}`"))
                .help(format!("write `let {name} = {}`", of(chain)));
            named(name, chain, splits, diagnostics)
        }
        _ => {
            let found = rest.first().map_or(word.span(), TokenTree::span);
            diagnostics
                .error(found, "expected `let name = stream;`")
                .help("name one stream: `let clicks = from kafka(\"clicks\");`");
            None
        }
    }
}

fn named(
    name: &Ident,
    chain: &[TokenTree],
    splits: &mut Splits,
    diagnostics: &mut Diagnostics,
) -> Option<Statement> {
    if is_rust(chain) {
        let value = chain.first()?;
        diagnostics
            .error(
                value.span(),
                format!("`let` names a stream here, not `{}`", of(chain)),
            )
            .help("put variables of Rust in front of `stream_job!`");
        let value: TokenStream = chain.iter().cloned().collect();
        if syn::parse2::<syn::Expr>(value.clone()).is_ok() {
            diagnostics.keep_beside(quote!(let #name = #value;));
        }
        return None;
    }
    let chain = chain::whole(splits.without(chain), diagnostics);
    if let Some(Stage::Operator(last)) = chain.stages.last()
        && last.word == "split"
    {
        splits.0.push(name.to_string());
    }
    Some(Statement::Binding {
        name: name.clone(),
        chain,
    })
}

/// Whether this is an expression of Rust, and no stream.
fn is_rust(chain: &[TokenTree]) -> bool {
    match chain {
        [TokenTree::Literal(_) | TokenTree::Group(_), ..] => true,
        [TokenTree::Punct(mark), ..] => matches!(mark.as_char(), '&' | '-' | '!' | '*' | '|'),
        [TokenTree::Ident(word), next, ..] => {
            let is_of_a_job = operators::is_known(&word.to_string())
                || operators::source(&word.to_string()).is_some()
                || operators::from_elsewhere(&word.to_string()).is_some();
            let goes_on_as_rust = matches!(next, TokenTree::Group(_))
                || (is_punct(next, ':') || is_punct(next, '!') || is_punct(next, '.'));
            goes_on_as_rust && !is_of_a_job
        }
        _ => false,
    }
}

fn of(tokens: &[TokenTree]) -> String {
    text::of(&tokens.iter().cloned().collect())
}
