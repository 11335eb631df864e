//! Writes joins over sessions: the items of both streams make the sessions of their key, and all that are
//! of one session meet when it closes.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use super::bounds::{self, IsHeld, Sessions};
use super::context::{Context, Item, Names, Section, rt, variable};
use super::join;
use super::late::{self, Sent};
use super::record::consume;
use crate::model::Join;
use crate::plan::{Stage, State};

/// Adds an item to the session of its key that it is near to.
pub(super) fn add(
    ctx: Context<'_, '_>,
    number: usize,
    (join, kept): (Join, &State),
    (item, span): (Item, Span),
) -> TokenStream {
    let rt = rt(span);
    let Names { worker, round, .. } = Names::new(span);
    let (state, at) = (
        variable("state", number, span),
        variable("at", number, span),
    );
    let sides = |key: &Ident| {
        let place = quote_spanned!(span=> #rt::MeetingKey::place(&mut #state.0.fresh, #key));
        quote_spanned!(span=> #rt::sides_at(#place, #state.0.rule, #at))
    };
    if kept.event.is_some() {
        let (noted, item) = late::noted(ctx, number, Sent::Sides, (item, span));
        let added = join::add_in(ctx, number, join, sides, (item, span));
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
    let added = join::add_in(ctx, number, join, sides, (item, span));
    let time = match ctx.section {
        Section::Records => quote_spanned!(span=> #rt::read_at(#worker, &mut #state.0)),
        Section::Round => quote_spanned!(span=> #rt::time_of_round(&#round)),
    };
    quote_spanned!(span=> let #at = #time; #added)
}

/// Calls for the round in which a session may close by the clock, at the end of a batch.
pub(super) fn after_batch(stage: &Stage<'_>, number: usize, kept: &State) -> Option<TokenStream> {
    let span = stage.span();
    if kept.event.is_some() || !kept.is_of_sessions() {
        return late::is_in_rounds(stage, kept).then(|| late::after_batch(number, span));
    }
    let (rt, state) = (rt(span), variable("state", number, span));
    let Names { worker, .. } = Names::new(span);
    Some(quote_spanned!(span=> #rt::after_sessions(#worker, #number, &mut #state.0);))
}

/// What happens in every round: sessions close that the watermark, or the clock, has passed.
pub(super) fn fire(
    ctx: Context<'_, '_>,
    number: usize,
    join: Join,
    kept: &State,
    span: Span,
) -> TokenStream {
    let late = ctx
        .stage(number)
        .filter(|stage| late::is_in_rounds(stage, kept));
    let rt = rt(span);
    let Names { worker, round, .. } = Names::new(span);
    let name = |what: &str| variable(what, number, span);
    let (state, exchange, time) = (name("state"), name("exchange"), name("time"));
    let (kept_key, sides, key, value) = (name("kept"), name("sides"), name("key"), name("value"));
    let ctx = match kept.event {
        Some(_) => ctx.at_time_of(number),
        None => ctx,
    };
    let late = late.map(|stage| late::fire(ctx, stage, number, Sent::Sides));
    let results = join::results(join, span);
    let rest = consume(ctx, number, Item::Pair(key.clone(), value.clone()), span);
    let Sessions {
        window,
        call: ended,
    } = bounds::sessions(ctx, number, IsHeld::No, span);
    quote_spanned! {span=>
        #rt::end_sessions(
            #worker, &#round, #number, &#exchange, &mut #state.0, #rt::append_sides,
        )?;
        #late
        for (#time, #window #kept_key, #sides) in #rt::#ended(&mut #state.0) {
            let _ = &#time;
            for #value in #results(#sides) {
                let #key = #rt::lend(&#kept_key);
                #rest
            }
        }
    }
}
