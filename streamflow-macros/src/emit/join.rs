//! Writes joins: what two streams bring is gathered key by key, and meets when the interval ends.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::context::{Context, Item, Names, Section, rt, variable};
use super::record::{consume, pair_kept};
use super::round;
use super::{bounds, join_sessions, join_windows, late};
use crate::model::{Join, Side};
use crate::plan::{Plan, Stage, State};

/// What the workers share.
pub(super) fn outside(stage: &Stage<'_>, number: usize, kept: &State) -> TokenStream {
    let span = stage.span();
    let (rt, exchange) = (rt(span), variable("exchange", number, span));
    let panes = kept.moving().filter(|_| !kept.is_of_sessions()).map(|_| {
        let panes = variable("panes", number, span);
        quote_spanned!(span=> let #panes = #rt::exchange();)
    });
    let late = late::is_in_rounds(stage, kept).then(|| late::outside(number, span));
    quote_spanned!(span=> let #exchange = #rt::exchange(); #panes #late)
}

/// The type of the runtime that keeps what both streams have.
pub(super) fn kept_as(kept: &State, span: Span) -> Ident {
    let name = match (&kept.event, kept.moving()) {
        _ if kept.is_of_sessions() => "SessionSides",
        (Some(_), _) => "EventSides",
        (None, Some(_)) => "MovingSides",
        (None, None) => "BothSides",
    };
    Ident::new(name, span)
}

/// What a worker begins with.
pub(super) fn state(stage: &Stage<'_>, number: usize, join: Join, kept: &State) -> TokenStream {
    let span = stage.span();
    let (rt, state) = (rt(span), variable("state", number, span));
    let Names { worker, .. } = Names::new(span);
    let (right, maker) = if join.takes_right_values() {
        (quote_spanned!(span=> _), "BothSidesOf")
    } else {
        (quote_spanned!(span=> ()), "LeftSideOf")
    };
    let (maker, kept_as) = (Ident::new(maker, span), kept_as(kept, span));
    let begun = if kept.is_of_sessions() {
        quote_spanned!(span=> #rt::begin_sessions(#worker, #number, &mut #state.0);)
    } else if kept.event.is_some() {
        quote_spanned!(span=> #rt::begin_windows(#worker, #number, &mut #state.0);)
    } else {
        TokenStream::new()
    };
    let late = late::is_in_rounds(stage, kept).then(|| late::state(stage, number));
    quote_spanned! {span=>
        let mut #state: #rt::#kept_as<_, _, #right> = #rt::#maker::make(#worker, #number)?;
        #begun
        #late
    }
}

/// Adds an item to those of its side.
pub(super) fn add(
    ctx: Context<'_, '_>,
    number: usize,
    (join, kept): (Join, &State),
    (item, span): (Item, Span),
) -> TokenStream {
    if kept.is_of_sessions() {
        return join_sessions::add(ctx, number, (join, kept), (item, span));
    }
    if kept.event.is_some() {
        let step = variable("step", number, span);
        let added = add_to(ctx, number, &quote!(*#step), join, (item.clone(), span));
        return join_windows::at_its_time(ctx, number, &added, (item, span));
    }
    let state = variable("state", number, span);
    let table = if kept.moving().is_some() {
        quote!(#state.0.open)
    } else {
        quote!(#state.table)
    };
    add_to(ctx, number, &table, join, (item, span))
}

fn add_to(
    ctx: Context<'_, '_>,
    number: usize,
    table: &TokenStream,
    join: Join,
    (item, span): (Item, Span),
) -> TokenStream {
    let rt = rt(span);
    let sides = |key: &Ident| quote_spanned!(span=> #rt::sides_of(#rt::MeetingKey::place(&mut #table, #key)));
    add_in(ctx, number, join, sides, (item, span))
}

/// Adds an item to what `sides` finds of both for its key.
pub(super) fn add_in(
    ctx: Context<'_, '_>,
    number: usize,
    join: Join,
    sides: impl Fn(&Ident) -> TokenStream,
    (item, span): (Item, Span),
) -> TokenStream {
    let rt = rt(span);
    let (made, key, value) = pair_kept(item, number, span);
    let entry = variable("entry", number, span);
    let at = place(ctx, span);
    let sides = sides(&key);
    let add = match Side::of_input(ctx.input) {
        Side::Left => quote_spanned!(span=> #rt::add_left(#entry, #at, #value);),
        Side::Right if join.takes_right_values() => {
            quote_spanned!(span=> #rt::add_right(#entry, #at, #value);)
        }
        Side::Right => quote_spanned!(span=> let _ = &#value; #rt::note_right(#entry, #at);),
    };
    quote_spanned! {span=>
        #made
        let #entry = #sides;
        #add
    }
}

/// Where the item at hand stands among those of its key.
pub(super) fn place(ctx: Context<'_, '_>, span: Span) -> TokenStream {
    let rt = rt(span);
    let Names { worker, round, .. } = Names::new(span);
    match ctx.section {
        Section::Records => quote_spanned!(span=> #rt::record_place(#worker)),
        // When the round comes is nobody's choice.
        Section::Round if ctx.has_time() => {
            let time = ctx.time_of_item(span);
            quote_spanned!(span=> #rt::timed_place(#time))
        }
        Section::Round => quote_spanned!(span=> #rt::result_place(&#round)),
    }
}

/// What happens when the interval ends.
pub(super) fn fire(
    ctx: Context<'_, '_>,
    number: usize,
    (join, kept_as): (Join, &State),
    span: Span,
) -> TokenStream {
    let (rt, state) = (rt(span), variable("state", number, span));
    let Names { worker, .. } = Names::new(span);
    let exchange = variable("exchange", number, span);
    let (kept, sides) = (
        variable("kept", number, span),
        variable("sides", number, span),
    );
    let (key, value) = (
        variable("key", number, span),
        variable("value", number, span),
    );
    let results = results(join, span);
    let rest = consume(ctx, number, Item::Pair(key.clone(), value.clone()), span);
    let window = bounds::in_round(ctx, number, kept_as, span);
    quote_spanned! {span=>
        #rt::merge_sides(#worker, &#exchange, &mut #state)?;
        #window
        for (#kept, #sides) in #rt::drain_sides(&mut #state) {
            for #value in #results(#sides) {
                let #key = #rt::lend(&#kept);
                #rest
            }
        }
    }
}

/// The function of the runtime that makes results of what two streams have for a key.
pub(super) fn results(join: Join, span: Span) -> TokenStream {
    let rt = rt(span);
    match join {
        Join::Inner => quote_spanned!(span=> #rt::Meeting::joined),
        Join::Left => quote_spanned!(span=> #rt::Meeting::left_joined),
        Join::Right => quote_spanned!(span=> #rt::Meeting::right_joined),
        Join::Full => quote_spanned!(span=> #rt::Meeting::full_joined),
        Join::Semi => quote_spanned!(span=> #rt::semi_joined),
        Join::Anti => quote_spanned!(span=> #rt::anti_joined),
        Join::Cogroup => quote_spanned!(span=> #rt::cogrouped),
    }
}

/// Checks that the values of both sides outlive their records.
pub(super) fn keepable(
    plan: &Plan<'_>,
    stage: &Stage<'_>,
    number: usize,
    join: Join,
) -> TokenStream {
    let span = stage.span();
    let (rt, state) = (rt(span), variable("state", number, span));
    let sides = stage.inputs.iter().enumerate().map(|(input, from)| {
        let values = match Side::of_input(input) {
            Side::Left => quote_spanned!(span=> #rt::left_values(&#state)),
            Side::Right if join.takes_right_values() => {
                quote_spanned!(span=> #rt::right_values(&#state))
            }
            Side::Right => return TokenStream::new(),
        };
        round::checked(plan, *from, &values, span)
    });
    let sides: TokenStream = sides.collect();
    quote!(#sides)
}
