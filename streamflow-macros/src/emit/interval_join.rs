//! Writes joins of items that are near each other in time: the loops over records send both sides to
//! the worker that owns the key, and they meet there in the round section.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use super::context::{Context, Item, Names, Section, rt, variable};
use super::record::{consume, pair_kept};
use crate::model::{Join, Side};
use crate::plan::State;

/// What is made once per job: the ways to the owners of the keys.
pub(super) fn outside(number: usize, span: Span) -> TokenStream {
    let rt = rt(span);
    let (exchange, homes) = (
        variable("exchange", number, span),
        variable("homes", number, span),
    );
    quote_spanned! {span=>
        let #exchange = #rt::exchange();
        let #homes = #rt::exchange();
    }
}

/// What a worker begins with.
pub(super) fn state(number: usize, join: Join, span: Span) -> TokenStream {
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    let (state, lane) = (
        variable("state", number, span),
        variable("lane", number, span),
    );
    let (right, maker) = if join.takes_right_values() {
        (quote_spanned!(span=> _), "BothSidesOf")
    } else {
        (quote_spanned!(span=> ()), "LeftSideOf")
    };
    let maker = Ident::new(maker, span);
    quote_spanned! {span=>
        let mut #state: #rt::IntervalJoin<_, _, #right> = #rt::#maker::make(#worker, #number)?;
        let mut #lane = #rt::lane_of_both(&#state);
    }
}

/// Sends an item to the owner of its key.
pub(super) fn send(
    ctx: Context<'_, '_>,
    number: usize,
    join: Join,
    (item, span): (Item, Span),
) -> TokenStream {
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    let (lane, kept) = (
        variable("lane", number, span),
        variable("kept", number, span),
    );
    let (made, key, value) = pair_kept(item, number, span);
    let send = match ctx.section {
        Section::Records => Ident::new("send_side", span),
        Section::Round => Ident::new("send_side_on", span),
    };
    let time = ctx.time_of_item(span);
    let of_side = match Side::of_input(ctx.input) {
        Side::Left => quote_spanned!(span=> #rt::OfSide::Left(#value)),
        Side::Right if join.takes_right_values() => {
            quote_spanned!(span=> #rt::OfSide::Right(#value))
        }
        Side::Right => quote_spanned!(span=> { let _ = &#value; #rt::OfSide::Right(()) }),
    };
    // The key is kept first: it may borrow from the value.
    quote_spanned! {span=>
        #made
        let #kept = #rt::MeetingKey::kept(&#lane, #key);
        #rt::#send(&mut #lane, #worker, (#kept, #time), #of_side);
    }
}

/// What happens in every round: what has come meets what is there, and what is over leaves.
pub(super) fn fire(
    ctx: Context<'_, '_>,
    number: usize,
    join: Join,
    kept_state: &State,
    span: Span,
) -> TokenStream {
    let rt = rt(span);
    let Names { worker, round, .. } = Names::new(span);
    let name = |what: &str| variable(what, number, span);
    let (state, lane, exchange, homes) =
        (name("state"), name("lane"), name("exchange"), name("homes"));
    let (turns, kept, key, value) = (name("turns"), name("kept"), name("key"), name("value"));
    let time = name("time");
    let ctx = match kept_state.event {
        Some(_) => ctx.at_time_of(number),
        None => ctx,
    };
    let next = next(join, span);
    let rest = consume(ctx, number, Item::Pair(key.clone(), value.clone()), span);
    quote_spanned! {span=>
        #rt::bring_home(#worker, &#round, #number, &#homes, &mut #state)?;
        let mut #turns =
            #rt::join_turns(#worker, (#number, &#round), &#exchange, &mut #lane, &#state)?;
        while let ::core::option::Option::Some(#kept) = #next(&mut #state, &mut #turns, #worker) {
            for (#time, #value) in #rt::turn_results(&mut #turns) {
                let _ = &#time;
                let #key = #rt::lend(&#kept);
                #rest
            }
        }
        #rt::all_arrived(#worker);
    }
}

/// The function of the runtime that finds the next results.
fn next(join: Join, span: Span) -> TokenStream {
    let rt = rt(span);
    match join {
        Join::Inner => quote_spanned!(span=> #rt::MeetingNear::joined),
        Join::Left => quote_spanned!(span=> #rt::MeetingNear::left_joined),
        Join::Right => quote_spanned!(span=> #rt::MeetingNear::right_joined),
        // `cogroup` does not come here: see `check::time`.
        Join::Full | Join::Cogroup => quote_spanned!(span=> #rt::MeetingNear::full_joined),
        Join::Semi => quote_spanned!(span=> #rt::semi_joined_near),
        Join::Anti => quote_spanned!(span=> #rt::anti_joined_near),
    }
}
