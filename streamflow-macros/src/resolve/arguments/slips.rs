//! Closures as other languages write them, and without the comma between two.

use proc_macro2::TokenTree;
use syn::Expr;

use super::Argument;
use crate::diagnostics::Diagnostics;

/// Reports a closure as other languages write it, or one that ends in front of its body.
pub(super) fn other_closure(tokens: &[TokenTree], diagnostics: &mut Diagnostics) -> bool {
    let is = |token: &TokenTree, mark: char| matches!(token, TokenTree::Punct(punct) if punct.as_char() == mark);
    let of = |tokens: &[TokenTree]| crate::text::of(&tokens.iter().cloned().collect());
    if let [first, .., last] = tokens
        && is(first, '|')
        && is(last, '|')
    {
        diagnostics
            .error(
                last.span(),
                "nothing follows the parameters of this closure",
            )
            .help(format!("write what it gives: `{} …`", of(tokens)));
        return true;
    }
    // `line => …`, `(a, b) -> …`
    let arrow = tokens.windows(2).position(
        |two| matches!(two, [half, angle] if (is(half, '=') || is(half, '-')) && is(angle, '>')),
    );
    if let Some(at @ 1..=2) = arrow {
        let parameters = match tokens.first() {
            Some(TokenTree::Group(group)) => crate::text::of(&group.stream()),
            _ => of(&tokens[..at]),
        };
        diagnostics
            .error(
                tokens[at].span(),
                "a closure has its parameters between bars",
            )
            .help(format!("write `|{parameters}| {}`", of(&tokens[at + 2..])));
        return true;
    }
    // `lambda line: …`
    if let [TokenTree::Ident(lambda), rest @ ..] = tokens
        && lambda == "lambda"
        && let Some(colon) = rest.iter().position(|token| is(token, ':'))
    {
        diagnostics
            .error(lambda.span(), "a closure has its parameters between bars")
            .help(format!(
                "write `|{}| {}`",
                of(&rest[..colon]),
                of(&rest[colon + 1..])
            ));
        return true;
    }
    false
}

/// `|a, b| a + b |a, b| a`: without the comma between them the bars of the second closure are taken
/// for those of an `or`, and its comma for one between arguments.
pub(super) fn missing_comma(arguments: &[Argument], diagnostics: &mut Diagnostics) -> bool {
    let bar = arguments.windows(2).find_map(|two| match two {
        [
            Argument {
                value: Expr::Closure(first),
                ..
            },
            Argument { value: second, .. },
        ] => {
            let Expr::Binary(end) = &*first.body else {
                return None;
            };
            let syn::BinOp::BitOr(bar) = &end.op else {
                return None;
            };
            let names = matches!(&*end.right, Expr::Path(_)) && begins_with_name_and_bar(second);
            names.then(|| bar.spans[0])
        }
        _ => None,
    });
    if let Some(bar) = bar {
        diagnostics
            .error(bar, "a `,` is missing in front of this closure")
            .help("write `, |a, b| …`");
    }
    bar.is_some()
}

/// `b | a + b`.
fn begins_with_name_and_bar(expr: &Expr) -> bool {
    matches!(expr, Expr::Binary(binary)
        if matches!(binary.op, syn::BinOp::BitOr(_)) && matches!(&*binary.left, Expr::Path(_)))
}
