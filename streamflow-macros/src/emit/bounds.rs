//! Writes `with_window`: the stage in front has the window of its results in a variable, and each result
//! goes on with it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};

use super::context::{Context, Item, Names, rt, variable};
use super::record::consume;
use super::setup::combines_by_closure;
use crate::model::{Aggregate, Plain};
use crate::plan::{Operation, Plan, Stage, State};

/// Whether a stage tells the windows of its results: some stage behind it asks for them.
fn are_told(plan: &Plan<'_>, number: usize) -> bool {
    let consumers = plan.stages.get(number).map(|stage| &stage.consumers);
    let mut consumers = consumers.into_iter().flatten();
    consumers.any(|number| {
        plan.stages
            .get(*number)
            .is_some_and(|stage| matches!(stage.operation, Operation::Plain(Plain::WithWindow)))
    })
}

/// The variable that has the window of the results at hand.
fn window(number: usize, span: Span) -> Ident {
    variable("window", number, span)
}

/// Puts a window in its variable, if anybody asks for it.
fn told(
    ctx: Context<'_, '_>,
    number: usize,
    made: &TokenStream,
    span: Span,
) -> Option<TokenStream> {
    let window = window(number, span);
    are_told(ctx.plan, number).then(|| quote_spanned!(span=> let #window = #made;))
}

/// Whether several windows are told with one step, and somebody asks which each of them is.
fn are_several(plan: &Plan<'_>, number: usize, kept: &State) -> bool {
    kept.tells_several_windows() && are_told(plan, number)
}

/// Puts the window that ends in the round, or is told of, in its variable. Where there are several, only
/// how they lie is known by then.
pub(super) fn in_round(
    ctx: Context<'_, '_>,
    number: usize,
    kept: &State,
    span: Span,
) -> Option<TokenStream> {
    let (rt, grid) = (rt(span), variable("grid", number, span));
    let Names { worker, round, .. } = Names::new(span);
    let lie = quote_spanned!(span=> let #grid = #rt::windows_by_clock(#worker, #number););
    if are_several(ctx.plan, number, kept) {
        return Some(lie);
    }
    let made = quote_spanned!(span=> { #lie #rt::window_in(&#round, &#grid) });
    told(ctx, number, &made, span)
}

/// The same of windows over event time whose results have the time at hand.
pub(super) fn at_time(
    ctx: Context<'_, '_>,
    (number, windows): (usize, &dyn ToTokens),
    kept: &State,
    span: Span,
) -> Option<TokenStream> {
    let (rt, grid) = (rt(span), variable("grid", number, span));
    if are_several(ctx.plan, number, kept) {
        return Some(quote_spanned!(span=> let #grid = #rt::windows_by_event_time(&#windows);));
    }
    let time = variable("time", number, span);
    let made = quote_spanned!(span=> #rt::window_at(&#windows, #time));
    told(ctx, number, &made, span)
}

/// Puts the window of the result at hand in its variable, where several are told without keys.
pub(super) fn of_told(
    ctx: Context<'_, '_>,
    (number, kept): (usize, &State),
    windows: &TokenStream,
    span: Span,
) -> Option<TokenStream> {
    let (rt, grid) = (rt(span), variable("grid", number, span));
    let made = quote_spanned!(span=> #rt::window_from(&#grid, #rt::first_told(&#windows)));
    are_several(ctx.plan, number, kept)
        .then(|| told(ctx, number, &made, span))
        .flatten()
}

/// Whether a closure combines values, which leave their places for that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IsHeld {
    Yes,
    No,
}

impl IsHeld {
    pub(super) fn of(aggregate: &Aggregate) -> Self {
        if combines_by_closure(aggregate) {
            IsHeld::Yes
        } else {
            IsHeld::No
        }
    }

    /// The function of the runtime by this name that takes such values.
    fn call(self, name: &str, span: Span) -> Ident {
        match self {
            IsHeld::Yes => Ident::new(&format!("{name}_held"), span),
            IsHeld::No => Ident::new(name, span),
        }
    }
}

/// Where the results of sessions come from: the variable of each session, if anybody asks for it, and the
/// call that gives them.
pub(super) struct Sessions {
    pub(super) window: Option<TokenStream>,
    pub(super) call: Ident,
}

/// The results of sessions that have ended.
pub(super) fn sessions(
    ctx: Context<'_, '_>,
    number: usize,
    is_held: IsHeld,
    span: Span,
) -> Sessions {
    if !are_told(ctx.plan, number) {
        return Sessions {
            window: None,
            call: is_held.call("sessions_ended", span),
        };
    }
    let window = window(number, span);
    Sessions {
        window: Some(quote_spanned!(span=> #window,)),
        call: is_held.call("sessions_told", span),
    }
}

/// Where the results of windows come from: what each of them is taken out in, and the call that gives them.
pub(super) struct Results {
    pub(super) kept: TokenStream,
    pub(super) call: Ident,
    /// Puts the window of one result in its variable.
    pub(super) told: Option<TokenStream>,
}

/// The results of windows of several steps: of those that are told together, each with its own.
pub(super) fn results(
    ctx: Context<'_, '_>,
    (number, kept): (usize, &State),
    (is_held, taken): (IsHeld, &Ident),
    span: Span,
) -> Results {
    if !are_several(ctx.plan, number, kept) {
        return Results {
            kept: quote_spanned!(span=> #taken),
            call: is_held.call("results", span),
            told: None,
        };
    }
    let rt = rt(span);
    let (first, grid) = (
        variable("first", number, span),
        variable("grid", number, span),
    );
    let made = quote_spanned!(span=> #rt::window_from(&#grid, #first));
    Results {
        kept: quote_spanned!(span=> #first, #taken),
        call: is_held.call("results_told", span),
        told: told(ctx, number, &made, span),
    }
}

/// Puts the sliding window of an item in its variable.
pub(super) fn up_to(
    ctx: Context<'_, '_>,
    number: usize,
    time: &TokenStream,
    span: Span,
) -> Option<TokenStream> {
    let (rt, state) = (rt(span), variable("state", number, span));
    let made = quote_spanned!(span=> #rt::window_up_to(&#state, #time));
    told(ctx, number, &made, span)
}

/// Puts the window that ends then in its variable, of those that give a result with each item.
pub(super) fn of_changes(
    ctx: Context<'_, '_>,
    number: usize,
    end: &Ident,
    span: Span,
) -> Option<TokenStream> {
    let (rt, open) = (rt(span), variable("open", number, span));
    let made = quote_spanned!(span=> #rt::window_of_changes(&#open, #end));
    told(ctx, number, &made, span)
}

/// The open windows that an item is in: what each of them is taken out in, and the call that gives them.
pub(super) fn open_windows(
    ctx: Context<'_, '_>,
    number: usize,
    end: &Ident,
    span: Span,
) -> (TokenStream, Ident) {
    if !are_told(ctx.plan, number) {
        return (
            quote_spanned!(span=> #end),
            Ident::new("open_windows", span),
        );
    }
    let window = window(number, span);
    let each = quote_spanned!(span=> (#end, #window));
    (each, Ident::new("open_windows_told", span))
}

/// Sends a result on with its window: in the key of a pair, and in front of all else.
pub(super) fn stage(
    ctx: Context<'_, '_>,
    number: usize,
    stage: &Stage<'_>,
    item: Item,
) -> TokenStream {
    let span = stage.span();
    let rt = rt(span);
    let Some(front) = stage.inputs.first() else {
        return TokenStream::new();
    };
    let window = window(*front, span);
    let (key, value) = (
        variable("key", number, span),
        variable("value", number, span),
    );
    match item {
        Item::Pair(of, value) => {
            let rest = consume(ctx, number, Item::Pair(key.clone(), value), span);
            quote_spanned!(span=> let #key = (#of, #window); #rest)
        }
        Item::One(whole) => {
            let rest = consume(ctx, number, Item::Pair(key.clone(), value.clone()), span);
            quote_spanned! {span=>
                let (#key, #value) = {
                    use #rt::{LentPairInWindow as _, PairInWindow as _, ResultInWindow as _};
                    (&&&#rt::InWindow(&#whole)).way().put(#whole, #window)
                };
                #rest
            }
        }
    }
}
