//! Writes event time: where items get a time of their own, how they find the step of their windows by
//! it, and what happens when the watermark passes windows.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::add::{self, sign};
use super::bounds;
use super::context::{Context, Item, Names, rt, variable};
use super::each::{self, Seen, Writer};
use super::record::consume;
use super::round::{self, Leaving};
use super::setup::combines_by_closure;
use super::window;
use super::{refused, session};
use crate::closure::Function;
use crate::model::{Aggregate, Reducer};
use crate::plan::{Stage, State};

/// Gives an item its time, in a variable beside it.
pub(super) fn stage(
    ctx: Context<'_, '_>,
    number: usize,
    stage: &Stage<'_>,
    function: &Function,
    item: Item,
) -> TokenStream {
    let span = stage.span();
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    let name = |what: &str| variable(what, number, span);
    let (time, times, given) = (name("time"), name("times"), name("given"));
    let Seen { made, view, item } = each::seen(function, item, span);
    let rest = consume(ctx.at_time_of(number), number, item, span);
    let rest = quote_spanned! {span=>
        let #time = #rt::GivesTime::since_epoch_ms(#given);
        let #time = #rt::time_of(&mut #times, #worker, #time);
        #rest
    };
    let writer = Writer {
        ctx,
        number,
        stage,
        span,
    };
    let given = writer.looked(function, "function", &view, &given, &rest);
    quote!(#made #given)
}

/// Tells the latest time of a round's items, when all of them have come.
pub(super) fn after_round(stage: &Stage<'_>, number: usize) -> TokenStream {
    let span = stage.span();
    let (rt, times) = (rt(span), variable("times", number, span));
    let Names { worker, .. } = Names::new(span);
    quote_spanned!(span=> #rt::after_times_of_round(#worker, &mut #times);)
}

/// Adds an item to the step of its time, or counts it as late.
pub(super) fn add(
    ctx: Context<'_, '_>,
    number: usize,
    aggregate: &Aggregate,
    item: Item,
    span: Span,
) -> TokenStream {
    let rt = rt(span);
    let (state, step) = (
        variable("state", number, span),
        variable("step", number, span),
    );
    let time = ctx.time_of_item(span);
    let late = late(ctx, number, &state, item.clone(), span);
    let added = add::aggregate(ctx, number, &quote!(*#step), aggregate, (item, span));
    quote_spanned! {span=>
        if let ::core::option::Option::Some(#step) = #rt::step_at(&mut #state, #time) {
            #added
        } else #late
    }
}

/// Counts an item of which all windows are closed, and lets it go where the job says.
fn late(ctx: Context<'_, '_>, number: usize, state: &Ident, item: Item, span: Span) -> TokenStream {
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    let time = ctx.time_of_item(span);
    let is_late = quote_spanned!(span=> #rt::is_late(#worker, #number, &#state, #time));
    let late = refused::late(ctx, number, item, span);
    if late.is_empty() {
        return quote_spanned!(span=> { #is_late; });
    }
    quote_spanned!(span=> if #is_late { #late })
}

/// What happens in every round: windows close that the watermark has passed.
pub(super) fn fire(
    ctx: Context<'_, '_>,
    stage: &Stage<'_>,
    number: usize,
    aggregate: &Aggregate,
    kept: &State,
) -> TokenStream {
    let span = stage.span();
    let rt = rt(span);
    let ctx = ctx.at_time_of(number);
    let (exchange, state) = (
        variable("exchange", number, span),
        variable("state", number, span),
    );
    let places = quote_spanned!(span=> &#exchange, &mut #state);
    let name = if aggregate.is_keyed() {
        "end_steps"
    } else {
        "end_steps_of_one"
    };
    let ended = combined(aggregate, name, (number, span), |name, function| {
        let Names { worker, .. } = Names::new(span);
        quote_spanned!(span=> #rt::#name(#worker, #number, #places, #function)?)
    });
    let closed = match (kept.moving(), aggregate.is_keyed()) {
        (None, _) => tumbling(ctx, stage, number, (aggregate, kept)),
        (Some(_), true) => moving(ctx, (number, kept), aggregate, span),
        (Some(_), false) => moving_single(ctx, (number, kept), aggregate, span),
    };
    quote_spanned!(span=> if #ended { #closed })
}

/// A call of the runtime that combines values: by the sign of the aggregate, or by its function.
pub(super) fn combined(
    aggregate: &Aggregate,
    name: &str,
    (number, span): (usize, Span),
    call: impl FnOnce(&Ident, TokenStream) -> TokenStream,
) -> TokenStream {
    let rt = rt(span);
    let with = Ident::new(&format!("{name}_with"), span);
    match aggregate {
        Aggregate::ReduceByKey(Reducer::Function(function))
        | Aggregate::Reduce(Reducer::Function(function)) => {
            let function = each::combining(function, "combine", number, span);
            call(&with, function)
        }
        Aggregate::AggregateByKey { merge, .. } => {
            let merge = each::combining(merge, "merge", number, span);
            call(&with, merge)
        }
        Aggregate::GroupByKey => call(&with, quote_spanned!(span=> #rt::join_values)),
        Aggregate::ReduceByKey(Reducer::Sign { .. })
        | Aggregate::Reduce(Reducer::Sign { .. })
        | Aggregate::AggByKey { .. }
        | Aggregate::Top { .. }
        | Aggregate::CountByKey
        | Aggregate::CountByValue
        | Aggregate::Distinct
        | Aggregate::Count
        | Aggregate::Sum
        | Aggregate::Average
        | Aggregate::Min
        | Aggregate::ApproxDistinct
        | Aggregate::HeavyHitters { .. }
        | Aggregate::Quantile { .. }
        | Aggregate::Max => call(&Ident::new(name, span), sign(aggregate, number, span)),
    }
}

/// Windows of one step: each is a result as it is.
fn tumbling(
    ctx: Context<'_, '_>,
    stage: &Stage<'_>,
    number: usize,
    (aggregate, kept): (&Aggregate, &State),
) -> TokenStream {
    let span = stage.span();
    let rt = rt(span);
    let (state, time) = (
        variable("state", number, span),
        variable("time", number, span),
    );
    let ended = quote_spanned!(span=> #state.ended);
    let rest = round::emit(ctx, stage, number, aggregate, (&ended, Leaving::IfAny));
    let window = bounds::at_time(ctx, (number, &state), kept, span);
    quote_spanned! {span=>
        while let ::core::option::Option::Some(#time) = #rt::next_step(&mut #state) {
            let _ = &#time;
            #window
            #rest
        }
    }
}

/// Windows of several steps, key by key.
fn moving(
    ctx: Context<'_, '_>,
    (number, kept): (usize, &State),
    aggregate: &Aggregate,
    span: Span,
) -> TokenStream {
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    let name = |what: &str| variable(what, number, span);
    let (state, panes, time) = (name("state"), name("panes"), name("time"));
    let next = combined(aggregate, "close_next", (number, span), |name, function| {
        if combines_by_closure(aggregate) {
            quote_spanned!(span=> #rt::InWindows::#name(&mut #state, #function))
        } else {
            quote_spanned!(span=> #rt::InWindows::#name(#worker, #number, &mut #state, #function)?)
        }
    });
    let closed = quote_spanned!(span=> #state.closed);
    let each = window::results(ctx, (number, kept), aggregate, &closed, span);
    let window = bounds::at_time(ctx, (number, &state), kept, span);
    quote_spanned! {span=>
        #rt::bring_windows_home(#worker, &#panes, &mut #state)?;
        while let ::core::option::Option::Some(#time) = #next {
            let _ = &#time;
            #window
            #each
        }
    }
}

/// Windows of several steps without keys.
fn moving_single(
    ctx: Context<'_, '_>,
    (number, kept): (usize, &State),
    aggregate: &Aggregate,
    span: Span,
) -> TokenStream {
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    let name = |what: &str| variable(what, number, span);
    let (state, panes, time, item) = (name("state"), name("panes"), name("time"), name("item"));
    let next = combined(
        aggregate,
        "close_next_of_one",
        (number, span),
        |name, function| {
            if combines_by_closure(aggregate) {
                quote_spanned!(span=> #rt::InWindows::#name(&mut #state, #function))
            } else {
                quote_spanned!(span=> #rt::InWindows::#name(#worker, #number, &mut #state, #function)?)
            }
        },
    );
    let some = quote_spanned!(span=> ::core::option::Option::Some(#item));
    let rest = match aggregate {
        Aggregate::Top { .. } => window::ranked(ctx, number, &some, span),
        Aggregate::HeavyHitters { .. } => window::frequent(ctx, number, &some, span),
        _ => consume(ctx, number, Item::One(item.clone()), span),
    };
    let made = session::single_result(aggregate, number, &item, span);
    let closed = quote_spanned!(span=> #state.closed);
    let window = bounds::at_time(ctx, (number, &state), kept, span);
    let told = bounds::of_told(ctx, (number, kept), &closed, span);
    quote_spanned! {span=>
        #rt::bring_window_home(#worker, &#panes, &mut #state)?;
        while let ::core::option::Option::Some((#time, #item)) = #next {
            let _ = &#time;
            #window
            #told
            let #item = #made;
            #rest
        }
    }
}
