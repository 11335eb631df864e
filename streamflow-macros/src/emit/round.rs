//! Writes the round section: triggers that fire, in the order of the plan; then what is handed
//! over and saved.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;

use super::add::{open_state, sign};
use super::context::{Context, Item, Names, Section, rt, variable};
use super::decode::read_by_serde;
use super::each;
use super::record::consume;
use super::setup::{combines_by_closure, has_writer};
use super::{
    asking, batch, bounds, constant, event, interval_join, join, join_windows, late, ordered,
    passing, refused, rows, running, session, side_by_side, table, update, window,
};
use crate::model::{Aggregate, Ordered, Reducer};
use crate::plan::{Ends, Operation, Plan, Stage, State};

/// Everything that happens in a round.
pub(super) fn section(plan: &Plan<'_>) -> TokenStream {
    let ctx = Context::new(plan, Section::Round);
    let numbered = || plan.stages.iter().enumerate();
    let fires: TokenStream = numbered()
        .map(|(number, stage)| fire(ctx, stage, number))
        .collect();
    let saves: TokenStream = numbered()
        .filter(|(_, stage)| stage.operation.ends_loop())
        .map(|(number, stage)| save(plan, stage, number))
        .collect();
    let hand_overs: TokenStream = numbered()
        .filter(|(_, stage)| has_writer(stage))
        .map(|(number, stage)| hand_over(stage, number))
        .chain([refused::told(plan, "hand_over")])
        .collect();
    let times: TokenStream = numbered()
        .filter(|(_, stage)| {
            matches!(
                stage.operation,
                Operation::EventTime {
                    in_rounds: true,
                    ..
                }
            )
        })
        .map(|(number, stage)| event::after_round(stage, number))
        .collect();
    quote_spanned!(Span::mixed_site()=> #fires #times #hand_overs #saves)
}

fn hand_over(stage: &Stage<'_>, number: usize) -> TokenStream {
    let span = stage.span();
    let rt = rt(span);
    let out = variable("out", number, span);
    quote_spanned!(span=> #rt::hand_over(&mut #out)?;)
}

fn save(plan: &Plan<'_>, stage: &Stage<'_>, number: usize) -> TokenStream {
    let span = stage.span();
    let rt = rt(span);
    let state = variable("state", number, span);
    let Names { worker, round, .. } = Names::new(span);
    let open = if let Operation::Aggregate { state: kept, .. } = &stage.operation {
        open_state(kept, number, span)
    } else {
        quote!(#state)
    };
    let checked_values = match &stage.operation {
        Operation::Join { join, .. } | Operation::IntervalJoin { join, .. } => {
            join::keepable(plan, stage, number, *join)
        }
        Operation::Table { .. } => table::keepable(plan, stage, number),
        Operation::LookUp { .. } => table::look_up_keepable(plan, stage, number),
        Operation::UpdateState { .. } => update::keepable(plan, stage, number),
        Operation::Running { running, state } => {
            running::keepable(plan, stage, number, (running.aggregate, state))
        }
        operation if may_be_borrowed(operation) => checked(plan, number, &open, span),
        _ => TokenStream::new(),
    };
    // What waits for its turn outlives its record too.
    let is_carried = match &stage.operation {
        Operation::Ordered { ordered, .. } => !matches!(ordered, Ordered::Lag(_)),
        // Others refuse what is borrowed by themselves, or let nothing wait.
        Operation::Aggregate { aggregate, state } => {
            let looks_at_values = matches!(
                aggregate,
                Aggregate::AggByKey { .. } | Aggregate::Average | Aggregate::ApproxDistinct
            );
            state.ends_with_items() && (looks_at_values || may_be_borrowed(&stage.operation))
        }
        _ => false,
    };
    let carried = is_carried.then(|| {
        let lane = variable("lane", number, span);
        checked(plan, number, &quote!(#lane), span)
    });
    let parts_keepable = match &stage.operation {
        Operation::Aggregate {
            aggregate: Aggregate::AggByKey { parts },
            ..
        } => {
            let (made, items) = items_read(plan, number, span);
            let checks = side_by_side::keepable(parts, "part_of", &open, &items);
            quote!(#made #checks)
        }
        _ => TokenStream::new(),
    };
    let inverse = inverse(stage, number, &open);
    let late = match &stage.operation {
        Operation::Aggregate { state, .. } | Operation::Join { state, .. }
            if late::is_in_rounds(stage, state) =>
        {
            late::keepable(plan, stage, number)
        }
        _ => TokenStream::new(),
    };
    let saved = stage
        .operation
        .state()
        .map(|_| quote_spanned!(span=> #rt::save(#worker, &#round, #number, &mut #state)?;));
    quote_spanned!(span=> #carried #checked_values #late #parts_keepable #inverse #saved)
}

/// Holds an inverse against the type of the values. That is all that becomes of it: a window is
/// computed from its steps, and nothing is taken out of it.
fn inverse(stage: &Stage<'_>, number: usize, open: &TokenStream) -> Option<TokenStream> {
    let (Operation::Aggregate { aggregate, state }, Some(inverse)) =
        (&stage.operation, stage.inverse)
    else {
        return None;
    };
    let is_keyed = aggregate.is_keyed() || state.is_of_sessions() || state.ends_with_items();
    let span = stage.span();
    let rt = rt(span);
    let inverse = each::combining(inverse, "inverse", number, span);
    let takes_out = match (is_keyed, combines_by_closure(aggregate)) {
        (true, false) => "takes_out",
        (true, true) => "takes_out_held",
        (false, false) => "single_takes_out",
        (false, true) => "single_takes_out_held",
    };
    let takes_out = Ident::new(takes_out, span);
    Some(quote_spanned!(span=> #rt::#takes_out(&#open, #inverse);))
}

/// Checks that what a stage keeps is not borrowed from records: from the items that leave a stage, or
/// those that reach it.
pub(super) fn checked(
    plan: &Plan<'_>,
    number: usize,
    kept: &TokenStream,
    span: Span,
) -> TokenStream {
    let rt = rt(span);
    let (made, items) = items_read(plan, number, span);
    quote_spanned! {span=>
        #made
        {
            use #rt::{LooksBorrowed as _, LooksLikeItems as _, LooksOpen as _, LooksOwned as _};
            let (kind, value) = (&&&&&&&&&#rt::Outliving(&#kept, #items)).kind();
            #rt::Keepable::keepable(value, kind);
        }
    }
}

/// The items, if they are borrowed, of the source that a stage gets its own from. A witness tells
/// their type: a new one, as the one at hand would keep alive what the last record lent.
pub(super) fn items_read(plan: &Plan<'_>, number: usize, span: Span) -> (TokenStream, TokenStream) {
    let rt = rt(span);
    let Some((decoder, item)) = decoder(plan, number) else {
        return (TokenStream::new(), quote_spanned!(span=> #rt::no_items()));
    };
    let edge = variable("edge", decoder, span);
    (
        quote_spanned!(span=> #edge = #rt::edge();),
        quote_spanned! {span=> {
            use #rt::{ReadsBorrowed as _, ReadsOwned as _};
            (&&#rt::Read(::core::marker::PhantomData::<fn(#item)>)).items(&#edge)
        }},
    )
}

/// The first stage in front of this one that reads a type of the user's, and the type.
fn decoder<'p>(plan: &'p Plan<'_>, number: usize) -> Option<(usize, &'p Type)> {
    let stage = plan.stages.get(number)?;
    if let Operation::Decode(format) = &stage.operation {
        let (_, _, item) = read_by_serde(format)?;
        return Some((number, item));
    }
    let mut inputs = stage.inputs.iter();
    inputs.find_map(|input| decoder(plan, *input))
}

/// Whether the state can be of borrowed values as far as its sign goes: `+` and its like refuse
/// them by themselves.
fn may_be_borrowed(operation: &Operation<'_>) -> bool {
    let aggregate = match operation {
        Operation::Aggregate { aggregate, .. } => aggregate,
        Operation::Ordered { ordered, .. } => {
            return !matches!(ordered, Ordered::Dedup(_) | Ordered::Process(_));
        }
        Operation::Gather { .. } => return true,
        _ => return false,
    };
    aggregate_may_be_borrowed(aggregate)
}

/// The same of an aggregate.
pub(super) fn aggregate_may_be_borrowed(aggregate: &Aggregate) -> bool {
    match aggregate {
        Aggregate::ReduceByKey(reducer) | Aggregate::Reduce(reducer) => match reducer {
            Reducer::Function(_) => true,
            Reducer::Sign { name, .. } => matches!(*name, "least" | "greatest"),
        },
        Aggregate::AggregateByKey { .. }
        | Aggregate::GroupByKey
        | Aggregate::Min
        | Aggregate::Max
        | Aggregate::Top { .. } => true,
        Aggregate::AggByKey { .. }
        | Aggregate::CountByKey
        | Aggregate::CountByValue
        | Aggregate::Distinct
        | Aggregate::Count
        | Aggregate::Sum
        | Aggregate::ApproxDistinct
        | Aggregate::HeavyHitters { .. }
        | Aggregate::Quantile { .. }
        | Aggregate::Average => false,
    }
}

/// What happens when the stage's interval ends.
fn fire(ctx: Context<'_, '_>, stage: &Stage<'_>, number: usize) -> TokenStream {
    let span = stage.span();
    let rt = rt(span);
    let state = variable("state", number, span);
    let (fired, ends) = match &stage.operation {
        Operation::Rows { state: kept } => {
            let row = variable("item", number, span);
            let rest = consume(ctx, number, Item::One(row.clone()), span);
            let fired = quote_spanned!(span=> for #row in #rt::drain_rows(&mut #state) { #rest });
            (fired, kept.ends())
        }
        Operation::Gather { ends: None, .. } => {
            return batch::gathered(ctx, number, "gathered_in_round", span);
        }
        Operation::Gather {
            ends: Some(ends), ..
        } => (batch::gathered(ctx, number, "gathered", span), *ends),
        Operation::Aggregate {
            aggregate,
            state: kept,
        } => {
            if kept.ends_with_items() {
                return rows::fire(ctx, stage, number, aggregate, kept);
            }
            if kept.is_of_sessions() {
                return session::fire(ctx, stage, number, aggregate, kept);
            }
            if kept.event.is_some() {
                return event::fire(ctx, stage, number, aggregate, kept);
            }
            let merge = merge(aggregate, kept, number, span);
            if kept.moving().is_some() {
                return window::fire(ctx, stage, number, (aggregate, kept), &merge);
            }
            let rest = emit(
                ctx,
                stage,
                number,
                aggregate,
                (&quote!(#state), Leaving::Always),
            );
            let window = bounds::in_round(ctx, number, kept, span);
            let merged = quote_spanned! {span=>
                #rt::#merge;
                #window
                #rest
            };
            (merged, kept.ends())
        }
        Operation::Table { ttl_ms, .. } => return table::fire(ctx, number, *ttl_ms, span),
        Operation::LookUp { join, table, as_of } => {
            return table::look_up(ctx, number, (*join, *table, as_of.is_some()), span);
        }
        Operation::Ordered { ordered, bound, .. } => {
            return ordered::fire(ctx, stage, number, ordered, *bound);
        }
        Operation::Running { running, state } => {
            return running::fire(ctx, stage, number, (running, state));
        }
        Operation::Join { join, state: kept }
            if kept.event.is_some() || kept.moving().is_some() =>
        {
            return join_windows::fire(ctx, number, *join, kept, span);
        }
        Operation::Passing { passing, .. } => return passing::fire(ctx, number, passing, span),
        Operation::Ask {
            asking, answers, ..
        } => return asking::fire(ctx, number, stage, (asking, *answers)),
        Operation::Join { join, state: kept } => {
            (join::fire(ctx, number, (*join, kept), span), kept.ends())
        }
        Operation::IntervalJoin { join, state, .. } => {
            return interval_join::fire(ctx, number, *join, state, span);
        }
        Operation::UpdateState {
            function,
            state: kept,
        } => (update::fire(ctx, number, function, span), kept.ends()),
        Operation::Source(_)
        | Operation::Decode(_)
        | Operation::Union
        | Operation::Split(_)
        | Operation::Arm
        | Operation::Refused(_)
        | Operation::Each(..)
        | Operation::Plain(_)
        | Operation::Batch { .. }
        | Operation::EventTime { .. }
        | Operation::Print { .. }
        | Operation::ToParts { .. }
        | Operation::ToKafka { .. }
        | Operation::ToOwn(..)
        | Operation::ToNull => return TokenStream::new(),
    };
    let fires = fires(ends, span);
    quote_spanned! {span=>
        if #fires {
            #fired
        }
    }
}

/// Whether an interval ends in a round.
fn fires(ends: Ends, span: Span) -> TokenStream {
    let rt = rt(span);
    let Names { round, .. } = Names::new(span);
    if ends.are_multiples() {
        let every_ms = ends.every_ms;
        quote_spanned!(span=> #rt::fires(&#round, #every_ms))
    } else {
        let ends = constant::ends(ends, span);
        quote_spanned!(span=> #rt::fires_at(&#round, #ends))
    }
}

/// The call that brings the workers' partial results together.
fn merge(aggregate: &Aggregate, kept: &State, number: usize, span: Span) -> TokenStream {
    let Names { worker, .. } = Names::new(span);
    let (state, exchange) = (
        open_state(kept, number, span),
        variable("exchange", number, span),
    );
    let places = quote_spanned!(span=> &#exchange, &mut #state);
    match aggregate {
        Aggregate::ReduceByKey(Reducer::Function(function)) => {
            let combine = each::combining(function, "combine", number, span);
            quote_spanned!(span=> merge_with(#worker, #places, #combine)?)
        }
        Aggregate::AggregateByKey { merge, .. } => {
            let merge = each::combining(merge, "merge", number, span);
            quote_spanned!(span=> merge_with(#worker, #places, #merge)?)
        }
        Aggregate::Reduce(Reducer::Function(function)) => {
            let combine = each::combining(function, "combine", number, span);
            quote_spanned!(span=> gather_with(#worker, #places, #combine)?)
        }
        Aggregate::GroupByKey => {
            let rt = rt(span);
            quote_spanned!(span=> merge_with(#worker, #places, #rt::join_values)?)
        }
        Aggregate::ReduceByKey(Reducer::Sign { .. })
        | Aggregate::AggByKey { .. }
        | Aggregate::CountByKey
        | Aggregate::CountByValue
        | Aggregate::Distinct => {
            let sign = sign(aggregate, number, span);
            quote_spanned!(span=> merge(#worker, #number, #places, #sign)?)
        }
        Aggregate::Count
        | Aggregate::Reduce(Reducer::Sign { .. })
        | Aggregate::Sum
        | Aggregate::Average
        | Aggregate::Min
        | Aggregate::Max
        | Aggregate::ApproxDistinct
        | Aggregate::HeavyHitters { .. }
        | Aggregate::Quantile { .. }
        | Aggregate::Top { .. } => {
            let sign = sign(aggregate, number, span);
            quote_spanned!(span=> gather(#worker, #number, #places, #sign)?)
        }
    }
}

/// Makes results of what `agg_by_key` has kept.
pub(super) fn accumulated(aggregate: &Aggregate, number: usize, span: Span) -> TokenStream {
    let Aggregate::AggByKey { parts } = aggregate else {
        return TokenStream::new();
    };
    let (rt, value) = (rt(span), variable("value", number, span));
    let at_shares = side_by_side::at_shares(parts, &value, number, span);
    quote_spanned!(span=> let #value = #rt::accumulated(#value); #at_shares)
}

/// Whether a result leaves where there was nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaving {
    /// An interval without items has a count of 0.
    Always,
    /// There are windows where there are items.
    IfAny,
}

/// Sends the results on to the stages behind.
pub(super) fn emit(
    ctx: Context<'_, '_>,
    stage: &Stage<'_>,
    number: usize,
    aggregate: &Aggregate,
    (state, leaving): (&TokenStream, Leaving),
) -> TokenStream {
    let span = stage.span();
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    let accumulated = accumulated(aggregate, number, span);
    let keyed = |drain: TokenStream| {
        let (kept, key) = (
            variable("kept", number, span),
            variable("key", number, span),
        );
        let value = variable("value", number, span);
        let rest = consume(ctx, number, Item::Pair(key.clone(), value.clone()), span);
        quote_spanned! {span=>
            for (#kept, #value) in #rt::#drain(&mut #state) {
                let #key = #rt::lend(&#kept);
                #accumulated
                #rest
            }
        }
    };
    let single = |take: TokenStream| {
        let result = variable("item", number, span);
        let rest = consume(ctx, number, Item::One(result.clone()), span);
        quote_spanned! {span=>
            if let ::core::option::Option::Some(#result) = #rt::#take {
                #rest
            }
        }
    };
    match aggregate {
        Aggregate::ReduceByKey(Reducer::Sign { .. })
        | Aggregate::AggByKey { .. }
        | Aggregate::CountByKey
        | Aggregate::CountByValue => keyed(quote_spanned!(span=> drain)),
        Aggregate::ReduceByKey(Reducer::Function(_))
        | Aggregate::AggregateByKey { .. }
        | Aggregate::GroupByKey => keyed(quote_spanned!(span=> drain_held)),
        Aggregate::Distinct => {
            let (kept, item) = (
                variable("kept", number, span),
                variable("item", number, span),
            );
            let rest = consume(ctx, number, Item::One(item.clone()), span);
            quote_spanned! {span=>
                for (#kept, _) in #rt::drain(&mut #state) {
                    let #item = #rt::lend(&#kept);
                    #rest
                }
            }
        }
        Aggregate::Top { .. } => {
            let taken = quote_spanned!(span=> #rt::take(&mut #state));
            window::ranked(ctx, number, &taken, span)
        }
        Aggregate::HeavyHitters { .. } => {
            let taken = quote_spanned!(span=> #rt::take(&mut #state));
            window::frequent(ctx, number, &taken, span)
        }
        Aggregate::Count if leaving == Leaving::IfAny => {
            single(quote_spanned!(span=> take(&mut #state)))
        }
        Aggregate::Count => single(quote_spanned!(span=> take_count(#worker, &mut #state))),
        Aggregate::Average => single(quote_spanned!(span=> take_mean(&mut #state))),
        Aggregate::ApproxDistinct if leaving == Leaving::IfAny => {
            single(quote_spanned!(span=> any_distinct(&mut #state)))
        }
        Aggregate::ApproxDistinct => {
            single(quote_spanned!(span=> take_distinct(#worker, &mut #state)))
        }
        Aggregate::Quantile { .. } => {
            let share = variable("share", number, span);
            single(quote_spanned!(span=> take_quantile(&mut #state, #share)))
        }
        Aggregate::Reduce(Reducer::Function(_)) => {
            single(quote_spanned!(span=> take_held(&mut #state)))
        }
        Aggregate::Reduce(Reducer::Sign { .. })
        | Aggregate::Sum
        | Aggregate::Min
        | Aggregate::Max => single(quote_spanned!(span=> take(&mut #state))),
    }
}
