//! Writes aggregates that keep a sketch: `approx_distinct` and `quantile`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::Expr;
use syn::spanned::Spanned as _;

use super::add::sign;
use super::context::{Context, Names, rt, variable};
use super::side_by_side::share_name;
use crate::model::Aggregate;

/// The share of a quantile, in a variable.
pub(super) fn share_outside(share: &Expr, what: &str, number: usize, span: Span) -> TokenStream {
    let variable = variable(what, number, span);
    // What is no `f64` is reported at the share.
    let at = Span::mixed_site().located_at(share.span());
    quote_spanned!(at=> let #variable: ::core::primitive::f64 = #share;)
}

/// Refuses shares that are none, when the job starts.
pub(super) fn shares_checked(aggregate: &Aggregate, number: usize, span: Span) -> TokenStream {
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    let checked = |what: &str| {
        let share = variable(what, number, span);
        quote_spanned!(span=> #rt::check_share(#worker, #number, #share)?;)
    };
    match aggregate {
        Aggregate::Quantile { .. } => checked("share"),
        Aggregate::AggByKey { parts } => parts
            .iter()
            .enumerate()
            .filter(|(_, part)| part.share.is_some())
            .map(|(at, _)| checked(&share_name(at)))
            .collect(),
        _ => TokenStream::new(),
    }
}

/// The sketch of one item.
pub(super) fn taken(aggregate: &Aggregate, item: &Ident, span: Span) -> TokenStream {
    let rt = rt(span);
    if let Aggregate::Quantile { .. } = aggregate {
        quote_spanned!(span=> #rt::Spreading::spread(#item))
    } else {
        quote_spanned!(span=> #rt::Distinguishing::distinguished(#item))
    }
}

/// Adds an item to the sketch.
pub(super) fn add(
    ctx: Context<'_, '_>,
    number: usize,
    state: &TokenStream,
    aggregate: &Aggregate,
    (item, span): (&Ident, Span),
) -> TokenStream {
    let rt = rt(span);
    let taken = taken(aggregate, item, span);
    let sign = sign(aggregate, number, span);
    let add = quote_spanned!(span=> #rt::combine_one(&mut #state, #taken, #sign));
    ctx.try_or_refuse(number, &add, &TokenStream::new(), span)
}
