//! Two closures without the comma between them.

use syn::Expr;

use super::Argument;
use crate::diagnostics::Diagnostics;

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
