//! Resolves operators that pass items on as they are, whose arguments have been read.

use proc_macro2::{Group, Literal, TokenTree};
use syn::{Expr, ExprLit, Lit};

use crate::model::Passing;
use crate::syntax::Operation;

/// `sample(1%)`, `throttle(100/s)`, `repartition(8)`; in place of each a variable.
pub(super) fn stage(operation: &Operation) -> Option<Passing> {
    let group = operation.args.as_ref()?;
    let first = group.stream().into_iter().next()?;
    Some(match operation.word.to_string().as_str() {
        "sample" => Passing::Sample {
            share: share(group, &first)?,
        },
        // The unit has been looked at.
        "throttle" => Passing::Throttle {
            per_second: syn::parse2(first.into()).ok()?,
        },
        _ => Passing::Repartition {
            workers: syn::parse2(group.stream()).ok()?,
        },
    })
}

/// `1%` as the number 0.01, which a variable holds as it is.
fn share(group: &Group, first: &TokenTree) -> Option<Expr> {
    let TokenTree::Literal(percent) = first else {
        return syn::parse2(group.stream()).ok();
    };
    let share = percent.to_string().parse::<f64>().ok()? / 100.0;
    let mut literal = Literal::f64_unsuffixed(share);
    literal.set_span(percent.span());
    Some(Expr::Lit(ExprLit {
        attrs: Vec::new(),
        lit: Lit::new(literal),
    }))
}
