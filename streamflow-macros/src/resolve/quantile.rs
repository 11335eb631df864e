//! Resolves `quantile`: which share it is asked for.

use proc_macro2::{Group, Literal, Span};
use quote::ToTokens as _;
use syn::{Expr, Lit, UnOp};

use super::arguments;
use super::reserved;
use crate::diagnostics::Diagnostics;
use crate::model::{Aggregate, Kind};
use crate::operators::Operator;
use crate::syntax::Operation;

/// `quantile(0.99)`.
pub(super) fn stage(
    operation: &Operation,
    operator: &Operator,
    diagnostics: &mut Diagnostics,
) -> Option<Kind> {
    let mut given = arguments::list(operation, diagnostics)?.into_iter();
    let Some(first) = given.next() else {
        let span = operation
            .args
            .as_ref()
            .map_or(operation.word.span(), Group::span_close);
        return reserved::wrong(operation, operator, span, diagnostics);
    };
    if let Some(second) = given.next() {
        let function = crate::text::of(&second.value.to_token_stream());
        diagnostics
            .error(
                arguments::span_of(&second.value),
                "`quantile` ranks the items themselves, and takes no function",
            )
            .help(format!(
                "take the number out in front: `map({function}) | quantile({})`",
                crate::text::of(&first.value.to_token_stream())
            ));
        return None;
    }
    match share(first.value) {
        Ok(share) => Some(Kind::Aggregate(Aggregate::Quantile { share })),
        Err(span) => reserved::wrong(operation, operator, span, diagnostics),
    }
}

/// A share as it is written. That of a variable is looked at when the job starts.
///
/// # Errors
///
/// Where something stands that is certainly no number between 0 and 1.
pub(super) fn share(share: Expr) -> Result<Expr, Span> {
    let span = arguments::span_of(&share);
    match &share {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Float(number) => {
                let number = number.base10_parse::<f64>();
                number.is_ok_and(is_share).then_some(share).ok_or(span)
            }
            Lit::Int(number) => {
                let number = number.base10_parse::<u32>().ok().map(f64::from);
                let number = number.filter(|number| is_share(*number)).ok_or(span)?;
                Ok(float(number, span))
            }
            _ => Err(span),
        },
        Expr::Unary(negative)
            if matches!(negative.op, UnOp::Neg(_)) && matches!(*negative.expr, Expr::Lit(_)) =>
        {
            Err(span)
        }
        Expr::Closure(_) => Err(span),
        _ => Ok(share),
    }
}

fn is_share(number: f64) -> bool {
    (0.0..=1.0).contains(&number)
}

/// `1` as a number of the type that a share is of.
fn float(number: f64, span: Span) -> Expr {
    let mut literal = Literal::f64_unsuffixed(number);
    literal.set_span(span);
    Expr::Lit(syn::ExprLit {
        attrs: Vec::new(),
        lit: Lit::new(literal),
    })
}
