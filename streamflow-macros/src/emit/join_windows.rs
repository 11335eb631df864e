//! Writes joins over windows that overlap, and over windows of the items' own time.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use super::context::{Context, Item, Names, rt, variable};
use super::record::consume;
use super::{bounds, join, join_sessions, refused};
use crate::model::Join;
use crate::plan::State;

/// Finds the step of an item's time, and adds the item there; counts it where it is late, and lets it go
/// where the job says.
pub(super) fn at_its_time(
    ctx: Context<'_, '_>,
    number: usize,
    added: &TokenStream,
    (item, span): (Item, Span),
) -> TokenStream {
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    let late = refused::late(ctx, number, item, span);
    let (state, step) = (
        variable("state", number, span),
        variable("step", number, span),
    );
    let time = ctx.time_of_item(span);
    quote_spanned! {span=>
        if let ::core::option::Option::Some(#step) = #rt::step_at(&mut #state.0, #time) {
            #added
        } else if #rt::is_late(#worker, #number, &#state.0, #time) {
            #late
        }
    }
}

/// What happens in a round in which windows end.
pub(super) fn fire(
    ctx: Context<'_, '_>,
    number: usize,
    join: Join,
    kept: &State,
    span: Span,
) -> TokenStream {
    match (&kept.event, kept.moving()) {
        _ if kept.is_of_sessions() => join_sessions::fire(ctx, number, join, kept, span),
        (Some(_), _) => by_event_time(ctx.at_time_of(number), number, (join, kept), span),
        (None, Some(_)) => by_the_clock(ctx, number, (join, kept), span),
        // An interval: see `join::fire`.
        (None, None) => TokenStream::new(),
    }
}

/// The results of one window, key by key.
fn each(
    ctx: Context<'_, '_>,
    number: usize,
    join: Join,
    (kept_sides, key_lent): (&TokenStream, &TokenStream),
    span: Span,
) -> TokenStream {
    let name = |what: &str| variable(what, number, span);
    let (kept, sides, key, value) = (name("kept"), name("sides"), name("key"), name("value"));
    let results = join::results(join, span);
    let rest = consume(ctx, number, Item::Pair(key.clone(), value.clone()), span);
    quote_spanned! {span=>
        for (#kept, #sides) in #kept_sides {
            for #value in #results(#sides) {
                let #key = #key_lent;
                #rest
            }
        }
    }
}

fn by_event_time(
    ctx: Context<'_, '_>,
    number: usize,
    (join, kept_as): (Join, &State),
    span: Span,
) -> TokenStream {
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    let name = |what: &str| variable(what, number, span);
    let (state, exchange, time, kept) =
        (name("state"), name("exchange"), name("time"), name("kept"));
    let windows = quote_spanned!(span=> #state.0);
    let window = bounds::at_time(ctx, (number, &windows), kept_as, span);
    let closed = if kept_as.moving().is_none() {
        let ended = quote_spanned!(span=> #rt::drain(&mut #state.0.ended));
        let lent = quote_spanned!(span=> #rt::lend(&#kept));
        let each = each(ctx, number, join, (&ended, &lent), span);
        quote_spanned! {span=>
            while let ::core::option::Option::Some(#time) = #rt::next_step(&mut #state.0) {
                let _ = &#time;
                #window
                #each
            }
        }
    } else {
        let panes = name("panes");
        let results = quote_spanned!(span=> #rt::OverlappingEventSides::results(&mut #state));
        let lent = quote_spanned!(span=> #rt::lend(#kept));
        let each = each(ctx, number, join, (&results, &lent), span);
        quote_spanned! {span=>
            #rt::bring_windows_home(#worker, &#panes, &mut #state.0)?;
            while let ::core::option::Option::Some(#time) =
                #rt::OverlappingEventSides::close_next(&mut #state)
            {
                let _ = &#time;
                #window
                #each
            }
        }
    };
    quote_spanned! {span=>
        if #rt::end_steps(#worker, #number, &#exchange, &mut #state.0, #rt::append_sides)? {
            #closed
        }
    }
}

fn by_the_clock(
    ctx: Context<'_, '_>,
    number: usize,
    (join, kept_as): (Join, &State),
    span: Span,
) -> TokenStream {
    let rt = rt(span);
    let Names { worker, round, .. } = Names::new(span);
    let name = |what: &str| variable(what, number, span);
    let (state, exchange, panes, ended, kept) = (
        name("state"),
        name("exchange"),
        name("panes"),
        name("ended"),
        name("kept"),
    );
    let results = quote_spanned!(span=> #rt::OverlappingSides::results(&mut #state));
    let lent = quote_spanned!(span=> #rt::lend(#kept));
    let each = each(ctx, number, join, (&results, &lent), span);
    let window = bounds::in_round(ctx, number, kept_as, span);
    quote_spanned! {span=>
        if let ::core::option::Option::Some(#ended) = #rt::ends(&#round, #worker, #number) {
            #window
            #rt::merge(#worker, #number, &#exchange, &mut #state.0.open, #rt::append_sides)?;
            if #rt::OverlappingSides::close(&mut #state, #worker, #ended, &#panes)? {
                #each
            }
        }
    }
}
