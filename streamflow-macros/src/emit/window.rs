//! Writes the end of a step of windows that overlap: what the step has brought is put behind those
//! before it, and the result of the window that ends with it goes on.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use super::add::sign;
use super::bounds::{self, IsHeld, Results};
use super::context::{Context, Item, Names, rt, variable};
use super::each;
use super::record::consume;
use super::round::accumulated;
use super::setup::combines_by_closure;
use crate::model::{Aggregate, Reducer};
use crate::plan::{Stage, State};

/// What happens when a step of the stage's windows ends. `merge` brings equal keys together.
pub(super) fn fire(
    ctx: Context<'_, '_>,
    stage: &Stage<'_>,
    number: usize,
    (aggregate, kept): (&Aggregate, &State),
    merge: &TokenStream,
) -> TokenStream {
    let span = stage.span();
    let rt = rt(span);
    let Names { worker, round, .. } = Names::new(span);
    let ended = variable("ended", number, span);
    let closed = if aggregate.is_keyed() {
        keyed(ctx, (number, kept), aggregate, span)
    } else {
        single(ctx, (number, kept), aggregate, span)
    };
    let window = bounds::in_round(ctx, number, kept, span);
    quote_spanned! {span=>
        if let ::core::option::Option::Some(#ended) = #rt::ends(&#round, #worker, #number) {
            #rt::#merge;
            #window
            #closed
        }
    }
}

/// The call that ends the step, by the kind of what is kept.
fn close(aggregate: &Aggregate, name: &str, number: usize, span: Span) -> TokenStream {
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    let (state, panes, ended) = (
        variable("state", number, span),
        variable("panes", number, span),
        variable("ended", number, span),
    );
    let function = match aggregate {
        Aggregate::ReduceByKey(Reducer::Function(function))
        | Aggregate::Reduce(Reducer::Function(function)) => {
            each::combining(function, "combine", number, span)
        }
        Aggregate::AggregateByKey { merge, .. } => each::combining(merge, "merge", number, span),
        Aggregate::GroupByKey => quote_spanned!(span=> #rt::join_values),
        _ => {
            let name = proc_macro2::Ident::new(name, span);
            let sign = sign(aggregate, number, span);
            return quote_spanned! {span=>
                #rt::InWindows::#name(#worker, #number, #ended, &#panes, &mut #state, #sign)?
            };
        }
    };
    let name = proc_macro2::Ident::new(&format!("{name}_with"), span);
    quote_spanned!(span=> #rt::InWindows::#name(#worker, #ended, &#panes, &mut #state, #function)?)
}

fn keyed(
    ctx: Context<'_, '_>,
    (number, state): (usize, &State),
    aggregate: &Aggregate,
    span: Span,
) -> TokenStream {
    let close = close(aggregate, "close", number, span);
    let closed = variable("state", number, span);
    let each = results(ctx, (number, state), aggregate, &quote!(#closed), span);
    quote_spanned! {span=>
        if #close {
            #each
        }
    }
}

/// Sends on what keys have in the windows that have just ended, or are told of.
pub(super) fn results(
    ctx: Context<'_, '_>,
    (number, state): (usize, &State),
    aggregate: &Aggregate,
    closed: &TokenStream,
    span: Span,
) -> TokenStream {
    let rt = rt(span);
    let (kept, key) = (
        variable("kept", number, span),
        variable("key", number, span),
    );
    let is_held = IsHeld::of(aggregate);
    let Results {
        kept: taken,
        call,
        told,
    } = bounds::results(ctx, (number, state), (is_held, &kept), span);
    if let Aggregate::Distinct = aggregate {
        let item = variable("item", number, span);
        let rest = consume(ctx, number, Item::One(item.clone()), span);
        return quote_spanned! {span=>
            for (#taken, _) in #rt::#call(&mut #closed) {
                let #item = #rt::lend(#kept);
                #told
                #rest
            }
        };
    }
    let value = variable("value", number, span);
    let accumulated = accumulated(aggregate, number, span);
    let rest = consume(ctx, number, Item::Pair(key.clone(), value.clone()), span);
    quote_spanned! {span=>
        for (#taken, #value) in #rt::#call(&mut #closed) {
            let #key = #rt::lend(#kept);
            #accumulated
            #told
            #rest
        }
    }
}

/// Writes what leaves without keys: of windows that are told together, one behind the other.
fn single(
    ctx: Context<'_, '_>,
    (number, kept): (usize, &State),
    aggregate: &Aggregate,
    span: Span,
) -> TokenStream {
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    let close = close(aggregate, "close_single", number, span);
    let item = variable("item", number, span);
    let result = match aggregate {
        Aggregate::Top { .. } | Aggregate::HeavyHitters { .. } => {
            let item_of = quote!(#item);
            let ranked = match aggregate {
                Aggregate::Top { .. } => ranked(ctx, number, &item_of, span),
                _ => frequent(ctx, number, &item_of, span),
            };
            return told(ctx, (number, kept), aggregate, (&close, &ranked), span);
        }
        Aggregate::Count => quote_spanned!(span=> #rt::count_of(#item, #worker)),
        Aggregate::Average => quote_spanned!(span=> #rt::mean_of(#item)),
        Aggregate::ApproxDistinct => quote_spanned!(span=> #rt::distinct_of(#item, #worker)),
        Aggregate::Quantile { .. } => {
            let share = variable("share", number, span);
            quote_spanned!(span=> #rt::quantile_of(#item, #share))
        }
        _ => quote!(#item),
    };
    let rest = consume(ctx, number, Item::One(item.clone()), span);
    let rest = quote_spanned! {span=>
        if let ::core::option::Option::Some(#item) = #result {
            #rest
        }
    };
    told(ctx, (number, kept), aggregate, (&close, &rest), span)
}

/// What happens to what a step tells: `rest` takes it in the variable `item`.
fn told(
    ctx: Context<'_, '_>,
    (number, kept): (usize, &State),
    aggregate: &Aggregate,
    (close, rest): (&TokenStream, &TokenStream),
    span: Span,
) -> TokenStream {
    let rt = rt(span);
    let item = variable("item", number, span);
    if !kept.tells_several_windows() {
        return quote_spanned!(span=> if let (true, #item) = #close { #rest });
    }
    let (told, state) = (
        variable("told", number, span),
        variable("state", number, span),
    );
    let next = if combines_by_closure(aggregate) {
        "next_told_held"
    } else {
        "next_told"
    };
    let next = proc_macro2::Ident::new(next, span);
    let window = bounds::of_told(ctx, (number, kept), &quote!(#state), span);
    quote_spanned! {span=>
        let mut #told = #close;
        while let (true, #item) = #told {
            #window
            #rest
            #told = #rt::#next(&mut #state);
        }
    }
}

/// Sends on the items that have come most often, with their counts.
pub(super) fn frequent(
    ctx: Context<'_, '_>,
    number: usize,
    counts: &TokenStream,
    span: Span,
) -> TokenStream {
    let (rt, limit) = (rt(span), variable("limit", number, span));
    let top = quote_spanned!(span=> #rt::most_frequent(#counts, #limit));
    ranked(ctx, number, &top, span)
}

/// Sends on the pairs that `top` has kept.
pub(super) fn ranked(
    ctx: Context<'_, '_>,
    number: usize,
    top: &TokenStream,
    span: Span,
) -> TokenStream {
    let rt = rt(span);
    let (kept, key, value) = (
        variable("kept", number, span),
        variable("key", number, span),
        variable("value", number, span),
    );
    let rest = consume(ctx, number, Item::Pair(key.clone(), value.clone()), span);
    quote_spanned! {span=>
        for (#kept, #value) in #rt::ranked(#top) {
            let #key = #rt::lend(&#kept);
            #rest
        }
    }
}
