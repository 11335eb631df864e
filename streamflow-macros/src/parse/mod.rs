//! Tokens → syntax. Recovers at each `;` and each `|`, so several stages can be wrong at once.

mod chain;
mod change;
mod cursor;
mod header;
mod operation;

use proc_macro2::{Ident, TokenStream, TokenTree};

use crate::diagnostics::Diagnostics;
use crate::syntax::{Chain, Program, Statement};
use cursor::{Cursor, is_punct};

pub(crate) use cursor::split_at;
pub(crate) use operation::CLAUSES;

/// Reads everything inside `stream_job! { … }`.
pub(crate) fn program(input: TokenStream, diagnostics: &mut Diagnostics) -> Program {
    let mut cursor = Cursor::new(input);
    let header = header::job(&mut cursor, diagnostics);
    let rest = cursor.rest();
    let statements = stretches(&rest, diagnostics)
        .iter()
        .filter_map(|tokens| statement(tokens, diagnostics))
        .collect();
    Program { header, statements }
}

/// A chain inside an operation's parentheses.
pub(crate) fn chain(tokens: &[TokenTree], diagnostics: &mut Diagnostics) -> Chain {
    chain::whole(tokens, diagnostics)
}

/// The tokens between two `;`. One that begins with `|` goes on where a `;` stands too many.
fn stretches(tokens: &[TokenTree], diagnostics: &mut Diagnostics) -> Vec<Vec<TokenTree>> {
    let mut stretches: Vec<Vec<TokenTree>> = Vec::new();
    for stretch in split_at(tokens, ';')
        .into_iter()
        .filter(|tokens| !tokens.is_empty())
    {
        match (stretch.first(), stretches.last_mut()) {
            (Some(pipe), Some(before)) if is_punct(pipe, '|') => {
                diagnostics
                    .error(
                        pipe.span(),
                        "a `;` has ended the pipeline in front of this `|`",
                    )
                    .help("take that `;` away");
                before.extend_from_slice(stretch);
            }
            _ => stretches.push(stretch.to_vec()),
        }
    }
    stretches
}

fn statement(tokens: &[TokenTree], diagnostics: &mut Diagnostics) -> Option<Statement> {
    match tokens {
        [TokenTree::Ident(word), rest @ ..] if word == "let" => binding(word, rest, diagnostics),
        _ if change::begins(tokens) => change::change(tokens, diagnostics).map(Statement::Change),
        _ => Some(Statement::Pipeline(chain::whole(tokens, diagnostics))),
    }
}

fn binding(word: &Ident, rest: &[TokenTree], diagnostics: &mut Diagnostics) -> Option<Statement> {
    match rest {
        [TokenTree::Ident(name), equals, chain @ ..] if is_punct(equals, '=') => {
            if chain.is_empty() {
                diagnostics
                    .error(equals.span(), format!("nothing follows `let {name} =`"))
                    .help(format!(
                        "write a stream: `let {name} = from kafka(\"topic\");`"
                    ));
                return None;
            }
            if let [TokenTree::Literal(literal), ..] = chain {
                diagnostics
                    .error(
                        literal.span(),
                        format!("`let` names a stream here, not `{literal}`"),
                    )
                    .help("put variables of Rust in front of `stream_job!`");
                return None;
            }
            let chain = chain::whole(chain, diagnostics);
            Some(Statement::Binding {
                name: name.clone(),
                chain,
            })
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
