//! The source text of a stretch of tokens, on one line.

use proc_macro2::{Span, TokenStream, TokenTree};

/// The tokens as the user wrote them, with every run of white space folded to one blank.
pub(crate) fn of(tokens: &TokenStream) -> String {
    let mut text = String::new();
    let mut end: Option<Span> = None;
    for token in tokens.clone() {
        let span = token.span();
        if end.is_some_and(|end| apart(end, span)) {
            text.push(' ');
        }
        text.push_str(&written(&token));
        end = Some(span);
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn apart(left: Span, right: Span) -> bool {
    let (end, start) = (left.end(), right.start());
    (end.line, end.column) != (start.line, start.column)
}

fn written(token: &TokenTree) -> String {
    token
        .span()
        .source_text()
        .unwrap_or_else(|| token.to_string())
}
