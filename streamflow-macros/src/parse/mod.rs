//! Tokens → syntax. Recovers at each `;` and each `|`, so several stages can be wrong at once.

mod binding;
mod chain;
mod change;
mod cursor;
mod header;
mod operation;
mod statements;
mod stray;

use proc_macro2::{TokenStream, TokenTree};

use crate::diagnostics::Diagnostics;
use crate::syntax::{Chain, Program};
use cursor::Cursor;

pub(crate) use cursor::split_at;
pub(crate) use operation::CLAUSES;
pub(crate) use stray::report as report_stray;

/// Reads everything inside `stream_job! { … }`.
pub(crate) fn program(input: TokenStream, diagnostics: &mut Diagnostics) -> Program {
    let mut cursor = Cursor::new(statements::without_comments(input, diagnostics));
    let header = header::job(&mut cursor, diagnostics);
    let statements = statements::read(&cursor.rest(), diagnostics);
    Program { header, statements }
}

/// A chain inside an operation's parentheses.
pub(crate) fn chain(tokens: &[TokenTree], diagnostics: &mut Diagnostics) -> Chain {
    chain::whole(tokens, diagnostics)
}
