//! Writes session windows: an item goes to the session of its key that it is near to, and a round
//! closes those that the watermark, or the clock, has passed.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::add::sign;
use super::bounds::{self, IsHeld, Sessions};
use super::context::{Context, Item, Names, Section, rt, variable};
use super::late::Sent;
use super::record::{consume, ignored, one, pair_kept};
use super::{each, event, late, round, side_by_side, sketch, window};
use crate::model::{Aggregate, Reducer};
use crate::plan::{Stage, State};

/// A table of the same keys and values: what is said of those is found out by looking at it.
pub(super) fn like(state: &Ident, span: Span) -> TokenStream {
    let rt = rt(span);
    quote_spanned!(span=> #rt::like(&#state))
}

/// Adds an item to the session of its key.
pub(super) fn add(
    ctx: Context<'_, '_>,
    number: usize,
    aggregate: &Aggregate,
    kept: &State,
    (item, span): (Item, Span),
) -> TokenStream {
    let rt = rt(span);
    let Names { worker, round, .. } = Names::new(span);
    let (state, at) = (
        variable("state", number, span),
        variable("at", number, span),
    );
    let slot = |key: &TokenStream| {
        let place = quote_spanned!(span=> #rt::Key::place(&mut #state.fresh, #key));
        // What a sign combines may not fit, and its key is told then.
        let found = match aggregate {
            Aggregate::ReduceByKey(Reducer::Sign { .. }) | Aggregate::AggByKey { .. } => {
                "slot_of_key"
            }
            _ => "slot_at",
        };
        let found = Ident::new(found, span);
        quote_spanned!(span=> #rt::#found(#place, #state.rule, #at))
    };
    if kept.event.is_some() {
        let (noted, item) = late::noted(ctx, number, Sent::of(aggregate), (item, span));
        let added = add_in(ctx, number, aggregate, slot, (item, span));
        let time = ctx.time_of_item(span);
        return quote_spanned! {span=>
            let #at = #time;
            #noted
            if #at == #rt::NO_TIME {
                #rt::came_late(#worker, #number);
            } else {
                #added
            }
        };
    }
    let added = add_in(ctx, number, aggregate, slot, (item, span));
    let time = match ctx.section {
        Section::Records => quote_spanned!(span=> #rt::read_at(#worker, &mut #state)),
        Section::Round => quote_spanned!(span=> #rt::time_of_round(&#round)),
    };
    quote_spanned!(span=> let #at = #time; #added)
}

/// Adds an item to the value that `slot` finds for its key.
pub(super) fn add_in(
    ctx: Context<'_, '_>,
    number: usize,
    aggregate: &Aggregate,
    slot: impl Fn(&TokenStream) -> TokenStream,
    (item, span): (Item, Span),
) -> TokenStream {
    let rt = rt(span);
    let entry = variable("entry", number, span);
    match aggregate {
        Aggregate::CountByValue | Aggregate::Distinct => {
            let (made, item) = one(item, span);
            let slot = slot(&quote!(#item));
            quote_spanned!(span=> #made #rt::count_in(#slot);)
        }
        Aggregate::Count => {
            let ignored = ignored(&item, span);
            let slot = slot(&quote_spanned!(span=> ()));
            quote_spanned!(span=> #ignored #rt::count_in(#slot);)
        }
        Aggregate::Top { .. } => {
            let (made, key, value) = pair_kept(item, number, span);
            let (slot, limit) = (
                slot(&quote_spanned!(span=> ())),
                variable("limit", number, span),
            );
            quote_spanned! {span=>
                #made
                #rt::Ranking::checked(&#value);
                #rt::RankedKey::rank_in(#slot, #key, #value, #limit);
            }
        }
        Aggregate::HeavyHitters { .. } => {
            let (made, item) = one(item, span);
            let (slot, limit) = (
                slot(&quote_spanned!(span=> ())),
                variable("limit", number, span),
            );
            quote_spanned!(span=> #made #rt::FrequentKey::note_in(#slot, #item, #limit);)
        }
        aggregate if aggregate.is_keyed() => {
            let (made, key, value) = pair_kept(item, number, span);
            let slot = slot(&quote!(#key));
            let place = quote_spanned!(span=> let #entry = #slot;);
            let added = add_keyed(ctx, number, aggregate, &place, (&value, span));
            quote!(#made #added)
        }
        aggregate => {
            let (made, item) = one(item, span);
            let slot = slot(&quote_spanned!(span=> ()));
            let place = quote_spanned!(span=> let #entry = #slot;);
            let added = add_one(ctx, number, aggregate, &place, (&item, span));
            quote!(#made #added)
        }
    }
}

/// Adds the value of a pair. `place` makes the variable for the place of it.
fn add_keyed(
    ctx: Context<'_, '_>,
    number: usize,
    aggregate: &Aggregate,
    place: &TokenStream,
    (value, span): (&Ident, Span),
) -> TokenStream {
    let rt = rt(span);
    let entry = variable("entry", number, span);
    match aggregate {
        Aggregate::ReduceByKey(Reducer::Function(function)) => {
            let combine = each::combining(function, "combine", number, span);
            quote_spanned!(span=> #place #rt::combine_in_with(#entry, #value, #combine);)
        }
        Aggregate::CountByKey => {
            quote_spanned!(span=> #place let _ = &#value; #rt::count_in(#entry);)
        }
        Aggregate::AggregateByKey { init, add, .. } => {
            let add = each::combining(add, "add", number, span);
            quote_spanned!(span=> #place #rt::fold_in(#entry, #value, || #init, #add);)
        }
        Aggregate::GroupByKey => quote_spanned! {span=>
            #place
            #rt::fold_in(#entry, #value, ::std::vec::Vec::new, #rt::push_value);
        },
        Aggregate::AggByKey { parts } => {
            let sign = sign(aggregate, number, span);
            side_by_side::taken(ctx, number, parts, value, span, |taken| {
                let add = quote_spanned!(span=> #rt::combine_in(#entry, #taken, #sign));
                let add = ctx.try_or_refuse(number, &add, &TokenStream::new(), span);
                quote_spanned!(span=> #place #add)
            })
        }
        _ => {
            let sign = sign(aggregate, number, span);
            let add = quote_spanned!(span=> #rt::combine_in(#entry, #value, #sign));
            let add = ctx.try_or_refuse(number, &add, &TokenStream::new(), span);
            quote_spanned!(span=> #place #add)
        }
    }
}

/// Adds an item where there are no keys.
fn add_one(
    ctx: Context<'_, '_>,
    number: usize,
    aggregate: &Aggregate,
    place: &TokenStream,
    (item, span): (&Ident, Span),
) -> TokenStream {
    let rt = rt(span);
    let entry = variable("entry", number, span);
    match aggregate {
        Aggregate::Average => quote_spanned! {span=>
            #place
            #rt::average_in(#entry, #rt::Number::to_f64(&#item));
        },
        Aggregate::Reduce(Reducer::Function(function)) => {
            let combine = each::combining(function, "combine", number, span);
            quote_spanned!(span=> #place #rt::combine_in_with(#entry, #item, #combine);)
        }
        Aggregate::ApproxDistinct | Aggregate::Quantile { .. } => {
            let taken = sketch::taken(aggregate, item, span);
            let sign = sign(aggregate, number, span);
            let add = quote_spanned!(span=> #rt::combine_in(#entry, #taken, #sign));
            let add = ctx.try_or_refuse(number, &add, &TokenStream::new(), span);
            quote_spanned!(span=> #place #add)
        }
        _ => {
            let sign = sign(aggregate, number, span);
            // Asked first: what cannot be added need not be told that it cannot be kept either.
            let checked = matches!(aggregate, Aggregate::Sum)
                .then(|| quote_spanned!(span=> #rt::Summand::checked(&#item);));
            let add = quote_spanned!(span=> #rt::combine_in(#entry, #item, #sign));
            let add = ctx.try_or_refuse(number, &add, &TokenStream::new(), span);
            quote_spanned!(span=> #checked #place #add)
        }
    }
}

/// Calls for the round in which a session may close by the clock, at the end of a batch.
pub(super) fn after_batch(stage: &Stage<'_>, number: usize, kept: &State) -> Option<TokenStream> {
    let span = stage.span();
    if kept.event.is_some() {
        return late::is_in_rounds(stage, kept).then(|| late::after_batch(number, span));
    }
    let (rt, state) = (rt(span), variable("state", number, span));
    let Names { worker, .. } = Names::new(span);
    Some(quote_spanned!(span=> #rt::after_sessions(#worker, #number, &mut #state);))
}

/// What happens in every round: sessions close that the watermark, or the clock, has passed.
pub(super) fn fire(
    ctx: Context<'_, '_>,
    stage: &Stage<'_>,
    number: usize,
    aggregate: &Aggregate,
    kept: &State,
) -> TokenStream {
    let span = stage.span();
    let rt = rt(span);
    let Names { worker, round, .. } = Names::new(span);
    let name = |what: &str| variable(what, number, span);
    let (state, exchange, time) = (name("state"), name("exchange"), name("time"));
    let (kept_key, value) = (name("kept"), name("value"));
    let ctx = match kept.event {
        Some(_) => ctx.at_time_of(number),
        None => ctx,
    };
    let end = event::combined(
        aggregate,
        "end_sessions",
        (number, span),
        |name, function| {
            quote_spanned! {span=>
                #rt::#name(#worker, &#round, #number, &#exchange, &mut #state, #function)?;
            }
        },
    );
    let is_held = IsHeld::of(aggregate);
    let Sessions {
        window,
        call: ended,
    } = bounds::sessions(ctx, number, is_held, span);
    let rest = result(ctx, number, aggregate, (&kept_key, &value), span);
    let late = late::is_in_rounds(stage, kept)
        .then(|| late::fire(ctx, stage, number, Sent::of(aggregate)));
    quote_spanned! {span=>
        #end
        #late
        for (#time, #window #kept_key, #value) in #rt::#ended(&mut #state) {
            let _ = (&#time, &#kept_key);
            #rest
        }
    }
}

/// Sends a result on that has its key and its value in variables.
pub(super) fn result(
    ctx: Context<'_, '_>,
    number: usize,
    aggregate: &Aggregate,
    (kept, value): (&Ident, &Ident),
    span: Span,
) -> TokenStream {
    let rt = rt(span);
    let (key, item) = (
        variable("key", number, span),
        variable("item", number, span),
    );
    match aggregate {
        Aggregate::Distinct => {
            let rest = consume(ctx, number, Item::One(item.clone()), span);
            quote_spanned! {span=>
                let _ = #value;
                let #item = #rt::lend(&#kept);
                #rest
            }
        }
        Aggregate::Top { .. } => {
            let top = variable("top", number, span);
            let some = quote_spanned!(span=> ::core::option::Option::Some(#top));
            let rest = window::ranked(ctx, number, &some, span);
            quote_spanned!(span=> let #top = #value; #rest)
        }
        Aggregate::HeavyHitters { .. } => {
            let counts = variable("counts", number, span);
            let some = quote_spanned!(span=> ::core::option::Option::Some(#counts));
            let rest = window::frequent(ctx, number, &some, span);
            quote_spanned!(span=> let #counts = #value; #rest)
        }
        aggregate if aggregate.is_keyed() => {
            let accumulated = round::accumulated(aggregate, number, span);
            let rest = consume(ctx, number, Item::Pair(key.clone(), value.clone()), span);
            quote_spanned! {span=>
                let #key = #rt::lend(&#kept);
                #accumulated
                #rest
            }
        }
        aggregate => {
            let made = single_result(aggregate, number, value, span);
            let rest = consume(ctx, number, Item::One(item.clone()), span);
            quote_spanned!(span=> let #item = #made; #rest)
        }
    }
}

/// What leaves of a value without a key.
pub(super) fn single_result(
    aggregate: &Aggregate,
    number: usize,
    value: &Ident,
    span: Span,
) -> TokenStream {
    let rt = rt(span);
    match aggregate {
        Aggregate::Average => quote_spanned!(span=> #rt::mean(#value)),
        Aggregate::ApproxDistinct => quote_spanned!(span=> #rt::distinct(#value)),
        Aggregate::Quantile { .. } => {
            let share = variable("share", number, span);
            quote_spanned!(span=> #rt::quantile(#value, #share))
        }
        _ => quote!(#value),
    }
}
