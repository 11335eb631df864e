//! Writes how an item is added to the state of an aggregate, and the signs that combine values.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::context::{Context, Item, Names, Section, rt, variable};
use super::record::{ignored, one, pair_kept};
use super::{each, rows, session, side_by_side, sketch};
use crate::model::{Aggregate, Reducer};
use crate::plan::State;

/// Where items are added: the state, or the open step of a window.
pub(super) fn open_state(kept: &State, number: usize, span: Span) -> TokenStream {
    let state = variable("state", number, span);
    if kept.is_of_sessions() {
        return session::like(&state, span);
    }
    if kept.ends_with_items() {
        return rows::like(&state, span);
    }
    match (&kept.event, kept.moving()) {
        (None, None) => quote!(#state),
        (None, Some(_)) => quote_spanned!(span=> #state.open),
        (Some(_), _) => quote_spanned!(span=> #state.table),
    }
}

/// Adds an item to a stage's state.
pub(super) fn aggregate(
    ctx: Context<'_, '_>,
    number: usize,
    state: &TokenStream,
    aggregate: &Aggregate,
    (item, span): (Item, Span),
) -> TokenStream {
    let rt = rt(span);
    if let Aggregate::CountByValue | Aggregate::Distinct = aggregate {
        let (made, item) = one(item, span);
        let entry = variable("entry", number, span);
        let place = place((ctx, number), aggregate, state, &item, span);
        return quote_spanned! {span=>
            #made
            let #entry = #place;
            #rt::count_key(#entry);
        };
    }
    if aggregate.is_keyed() {
        let (made, key, value) = pair_kept(item, number, span);
        let add = add_keyed(ctx, number, state, aggregate, (&key, &value), span);
        return quote!(#made #add);
    }
    if let Aggregate::Top { .. } = aggregate {
        let (made, key, value) = pair_kept(item, number, span);
        let limit = variable("limit", number, span);
        return quote_spanned! {span=>
            #made
            #rt::Ranking::checked(&#value);
            #rt::RankedKey::rank(&mut #state, #key, #value, #limit);
        };
    }
    if let Aggregate::Count = aggregate {
        let ignored = ignored(&item, span);
        return quote_spanned!(span=> #ignored #rt::count_one(&mut #state););
    }
    let (made, item) = one(item, span);
    let add = match aggregate {
        Aggregate::HeavyHitters { .. } => {
            let limit = variable("limit", number, span);
            quote_spanned!(span=> #rt::FrequentKey::note(&mut #state, #item, #limit);)
        }
        Aggregate::ApproxDistinct | Aggregate::Quantile { .. } => {
            sketch::add(ctx, number, state, aggregate, (&item, span))
        }
        Aggregate::Average => {
            quote_spanned!(span=> #rt::average_one(&mut #state, #rt::Number::to_f64(&#item));)
        }
        Aggregate::Reduce(Reducer::Function(function)) => {
            let combine = each::combining(function, "combine", number, span);
            quote_spanned!(span=> #rt::combine_one_with(&mut #state, #item, #combine);)
        }
        Aggregate::ReduceByKey(_)
        | Aggregate::CountByKey
        | Aggregate::AggregateByKey { .. }
        | Aggregate::GroupByKey
        | Aggregate::AggByKey { .. }
        | Aggregate::CountByValue
        | Aggregate::Distinct
        | Aggregate::Count
        | Aggregate::Reduce(Reducer::Sign { .. })
        | Aggregate::Sum
        | Aggregate::Min
        | Aggregate::Max
        | Aggregate::Top { .. } => {
            let sign = sign(aggregate, number, span);
            // Asked first: what cannot be added need not be told that it cannot be kept either.
            let checked = matches!(aggregate, Aggregate::Sum)
                .then(|| quote_spanned!(span=> #rt::Summand::checked(&#item);));
            let add = quote_spanned!(span=> #rt::combine_one(&mut #state, #item, #sign));
            let add = ctx.try_or_refuse(number, &add, &TokenStream::new(), span);
            quote!(#checked #add)
        }
    };
    quote!(#made #add)
}

fn add_keyed(
    ctx: Context<'_, '_>,
    number: usize,
    state: &TokenStream,
    aggregate: &Aggregate,
    (key, value): (&Ident, &Ident),
    span: Span,
) -> TokenStream {
    let rt = rt(span);
    let entry = variable("entry", number, span);
    if let Aggregate::AggByKey { parts } = aggregate {
        let place = place((ctx, number), aggregate, state, key, span);
        let sign = sign(aggregate, number, span);
        return side_by_side::taken(ctx, number, parts, value, span, |taken| {
            let add = quote_spanned!(span=> #rt::combine(#entry, #taken, #sign));
            let add = ctx.try_or_refuse(number, &add, &TokenStream::new(), span);
            quote_spanned!(span=> let #entry = #place; #add)
        });
    }
    let add = match aggregate {
        Aggregate::ReduceByKey(Reducer::Function(function)) => {
            let combine = each::combining(function, "combine", number, span);
            quote_spanned!(span=> #rt::combine_with(#entry, #value, #combine);)
        }
        Aggregate::CountByKey => {
            quote_spanned!(span=> let _ = &#value; #rt::count_key(#entry);)
        }
        Aggregate::AggregateByKey { init, add, .. } => {
            let add = each::combining(add, "add", number, span);
            quote_spanned!(span=> #rt::fold(#entry, #value, || #init, #add);)
        }
        Aggregate::GroupByKey => {
            quote_spanned!(span=> #rt::fold(#entry, #value, ::std::vec::Vec::new, #rt::push_value);)
        }
        Aggregate::ReduceByKey(Reducer::Sign { .. })
        | Aggregate::AggByKey { .. }
        | Aggregate::CountByValue
        | Aggregate::Distinct
        | Aggregate::Count
        | Aggregate::Reduce(_)
        | Aggregate::Sum
        | Aggregate::Average
        | Aggregate::Min
        | Aggregate::Max
        | Aggregate::ApproxDistinct
        | Aggregate::HeavyHitters { .. }
        | Aggregate::Quantile { .. }
        | Aggregate::Top { .. } => {
            let sign = sign(aggregate, number, span);
            let add = quote_spanned!(span=> #rt::combine(#entry, #value, #sign));
            ctx.try_or_refuse(number, &add, &TokenStream::new(), span)
        }
    };
    let place = place((ctx, number), aggregate, state, key, span);
    quote_spanned!(span=> let #entry = #place; #add)
}

/// The place of a key. In the loop over records a value that a sign combines may come to it together
/// with others; a closure gets the values one by one.
fn place(
    (ctx, number): (Context<'_, '_>, usize),
    aggregate: &Aggregate,
    state: &TokenStream,
    key: &Ident,
    span: Span,
) -> TokenStream {
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    // Where a refused item is kept, it must be the one at hand.
    let stage = ctx.stage(number);
    let keeps_them = stage.is_some_and(|stage| stage.failed.keeps_them());
    if !aggregate.is_keyed_by_sign() {
        quote_spanned!(span=> #rt::Key::place(&mut #state, #key))
    } else if ctx.section == Section::Records && !keeps_them {
        quote_spanned!(span=> #rt::Key::place_soon(&mut #state, #key, #rt::offset(#worker)))
    } else {
        quote_spanned!(span=> #rt::Soon::Now(#rt::Key::place(&mut #state, #key)))
    }
}

/// The function of the runtime that combines two values of this aggregate, at the sign's token
/// where the user wrote one.
pub(super) fn sign(aggregate: &Aggregate, number: usize, span: Span) -> TokenStream {
    let (name, span) = match aggregate {
        Aggregate::ReduceByKey(Reducer::Sign { name, span: at })
        | Aggregate::Reduce(Reducer::Sign { name, span: at }) => {
            (*name, Span::mixed_site().located_at(*at))
        }
        Aggregate::Min => ("least", span),
        Aggregate::Max => ("greatest", span),
        Aggregate::Average => ("add_mean", span),
        Aggregate::ReduceByKey(Reducer::Function(_))
        | Aggregate::Reduce(Reducer::Function(_))
        | Aggregate::AggregateByKey { .. }
        | Aggregate::GroupByKey
        | Aggregate::CountByKey
        | Aggregate::CountByValue
        | Aggregate::Distinct
        | Aggregate::Count => ("plus", span),
        Aggregate::Sum => ("add_item", span),
        Aggregate::Top { .. } => ("merge_top", span),
        Aggregate::HeavyHitters { .. } => ("merge_frequent", span),
        Aggregate::AggByKey { .. } | Aggregate::ApproxDistinct | Aggregate::Quantile { .. } => {
            ("accumulate", span)
        }
    };
    let rt = rt(span);
    let always = |call: TokenStream| quote_spanned!(span=> #rt::always(#call));
    // A call at one place, so that a type it does not take is reported once, and there.
    let combine = match name {
        "add_item" => quote_spanned!(span=> #rt::Summand::add_item(known, other)),
        "plus" => quote_spanned!(span=> #rt::Plus::plus(known, other)),
        "times" => quote_spanned!(span=> #rt::Times::times(known, other)),
        "wrapping_plus" => always(quote_spanned!(span=> #rt::Plus::wrapping_plus(known, other))),
        "saturating_plus" => {
            always(quote_spanned!(span=> #rt::Plus::saturating_plus(known, other)))
        }
        "wrapping_times" => always(quote_spanned!(span=> #rt::Times::wrapping_times(known, other))),
        "saturating_times" => {
            always(quote_spanned!(span=> #rt::Times::saturating_times(known, other)))
        }
        "least" => always(quote_spanned!(span=> #rt::Extreme::least(known, other))),
        "greatest" => always(quote_spanned!(span=> #rt::Extreme::greatest(known, other))),
        "bit_and" => always(quote_spanned!(span=> #rt::Bits::bit_and(known, other))),
        "bit_or" => always(quote_spanned!(span=> #rt::Bits::bit_or(known, other))),
        "bit_xor" => always(quote_spanned!(span=> #rt::Bits::bit_xor(known, other))),
        "accumulate" => quote_spanned!(span=> #rt::accumulate(known, other)),
        "merge_top" => {
            let limit = variable("limit", number, span);
            always(quote_spanned!(span=> #rt::RankedKey::merge_top(known, other, #limit)))
        }
        "merge_frequent" => {
            let limit = variable("limit", number, span);
            always(quote_spanned!(span=> #rt::FrequentKey::merge_frequent(known, other, #limit)))
        }
        _ => quote_spanned!(span=> #rt::add_mean(known, other)),
    };
    quote_spanned!(span=> |known, other| #combine)
}
