//! The source text of a stretch of tokens, on one line.

use proc_macro2::{Span, TokenStream, TokenTree};

/// The tokens as the user wrote them, with every run of white space folded to one blank.
pub(crate) fn of(tokens: &TokenStream) -> String {
    let mut text = String::new();
    let mut end: Option<Span> = None;
    let mut is_in_lifetime = false;
    for token in tokens.clone() {
        let span = token.span();
        // Both tokens of a lifetime, the mark and the name, have the span of the whole.
        let is_written = is_in_lifetime && end.is_some_and(|end| same(end, span));
        if !is_written {
            if end.is_some_and(|end| apart(end, span)) {
                text.push(' ');
            }
            text.push_str(&written(&token));
        }
        is_in_lifetime = matches!(&token, TokenTree::Punct(mark) if mark.as_char() == '\'');
        end = Some(span);
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn same(left: Span, right: Span) -> bool {
    left.start() == right.start() && left.end() == right.end()
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
