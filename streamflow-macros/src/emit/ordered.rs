//! Writes stages that work on the items of a key in their order: the loop over records sends each to
//! the worker that owns its key, and the round section works on what has come.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::context::{Context, Item, Names, Section, rt, variable};
use super::each::{self, Writer};
use super::process;
use super::record::{consume, one, pair};
use super::setup::{combining_outside, function_outside, option};
use crate::model::Ordered;
use crate::plan::Stage;

/// What is made once per job: the ways to the owners of the keys.
pub(super) fn outside(ordered: &Ordered, number: usize, span: Span) -> TokenStream {
    let rt = rt(span);
    let name = |what: &str| variable(what, number, span);
    let (exchange, homes) = (name("exchange"), name("homes"));
    let functions = match ordered {
        Ordered::Dedup(function) => function_outside(function, "function", number, span),
        Ordered::Scan { step: function, .. } | Ordered::MapWithState { function, .. } => {
            combining_outside(function, "function", number, span)
        }
        Ordered::Lag(count) => {
            let by = name("by");
            quote_spanned!(span=> let #by: usize = #count;)
        }
        Ordered::Process(block) => process::outside(block, number, span),
    };
    quote_spanned! {span=>
        #functions
        let #exchange = #rt::exchange();
        let #homes = #rt::exchange();
    }
}

/// Sends an item to the owner of its key.
pub(super) fn send(
    ctx: Context<'_, '_>,
    number: usize,
    stage: &Stage<'_>,
    ordered: &Ordered,
    item: Item,
) -> TokenStream {
    let span = stage.span();
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    let (lane, kept) = (
        variable("lane", number, span),
        variable("kept", number, span),
    );
    let send = match ctx.section {
        Section::Records => Ident::new("send_item", span),
        Section::Round => Ident::new("send_item_on", span),
    };
    let time = ctx.time_of_item(span);
    let sent = |key: TokenStream, item: &Ident| {
        quote_spanned! {span=>
            let #kept = #rt::Key::keep(#key);
            #rt::#send(&mut #lane, #worker, (#kept, #time), {
                use #rt::{CarriesLent as _, CarriesOwned as _};
                (&&#rt::Carry::new(#item)).carry()
            });
        }
    };
    match ordered {
        Ordered::Dedup(function) => {
            let (made, item) = one(item, span);
            let key = variable("key", number, span);
            let writer = Writer {
                ctx,
                number,
                stage,
                span,
            };
            let view = quote_spanned!(span=> &#item);
            let rest = sent(quote!(#key), &item);
            let keyed = writer.looked(function, "function", &view, &key, &rest);
            quote!(#made #keyed)
        }
        Ordered::Scan { .. }
        | Ordered::Lag(_)
        | Ordered::MapWithState { .. }
        | Ordered::Process(_) => {
            let (made, key, value) = pair(item, number, span);
            let sent = sent(quote!(#key), &value);
            quote!(#made #sent)
        }
    }
}

/// Calls for a round, at the end of a batch, if enough items wait for one.
pub(super) fn after_sending(stage: &Stage<'_>, number: usize) -> TokenStream {
    let span = stage.span();
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    let lane = variable("lane", number, span);
    quote_spanned!(span=> #rt::after_sending(#worker, &mut #lane);)
}

/// What happens in every round: the owners of the keys work on what has come.
pub(super) fn fire(
    ctx: Context<'_, '_>,
    stage: &Stage<'_>,
    number: usize,
    ordered: &Ordered,
    ttl_ms: Option<u64>,
) -> TokenStream {
    let span = stage.span();
    let rt = rt(span);
    let Names { worker, round, .. } = Names::new(span);
    let name = |what: &str| variable(what, number, span);
    let (state, lane, exchange, homes) =
        (name("state"), name("lane"), name("exchange"), name("homes"));
    let (sent, kept, carried) = (name("sent"), name("kept"), name("carried"));
    let (key, value, time) = (name("key"), name("value"), name("time"));
    let ctx = ctx.at_time_of(number);
    let forgotten = ttl_ms.map(|ttl_ms| forget(ctx, number, ordered, ttl_ms, span));
    let bound = option(ttl_ms.as_ref(), span);
    let bound = quote_spanned!(span=> (&#round, #bound));
    let worked = match ordered {
        Ordered::Scan { init, step } => {
            let next = name("next");
            let step = each::combining(step, "function", number, span);
            let rest = consume(ctx, number, Item::Pair(key.clone(), next.clone()), span);
            quote_spanned! {span=>
                let #next = #rt::scanned(&mut #state, &#kept, #value, #bound, || #init, #step);
                #rest
            }
        }
        Ordered::Dedup(_) => {
            let rest = consume(ctx, number, Item::One(value.clone()), span);
            quote_spanned! {span=>
                let _ = &#key;
                if #rt::is_first(&mut #state, &#kept, #bound) {
                    #rest
                }
            }
        }
        Ordered::Lag(_) => {
            let (next, by) = (name("next"), name("by"));
            let rest = consume(ctx, number, Item::Pair(key.clone(), next.clone()), span);
            quote_spanned! {span=>
                let #next = #rt::lagged(&mut #state, &#kept, #value, #bound, #by);
                #rest
            }
        }
        Ordered::MapWithState { init, function } => {
            let item = name("item");
            let function = each::combining(function, "function", number, span);
            let rest = consume(ctx, number, Item::One(item.clone()), span);
            quote_spanned! {span=>
                let #item = #rt::with_state(
                    #key,
                    ::core::option::Option::Some(#value),
                    #rt::state_of(&mut #state, &#kept, &#round),
                    || #init,
                    #function,
                );
                #rest
            }
        }
        Ordered::Process(block) => return process::fire(ctx, stage, number, block, ttl_ms),
    };
    quote_spanned! {span=>
        #rt::bring_home(#worker, &#round, #number, &#homes, &mut #state)?;
        #forgotten
        for #sent in #rt::arrivals(#worker, &#exchange, &mut #lane)? {
            #rt::arrived(#worker, &#sent);
            let #rt::Sent { key: #kept, item: mut #carried, time_ms: #time, .. } = #sent;
            let _ = &#time;
            let #key = #rt::lend(&#kept);
            if let ::core::option::Option::Some(#value) = #rt::give(&mut #carried) {
                #worked
            }
        }
        #rt::all_arrived(#worker);
    }
}

/// Forgets the keys that nobody has used for their time; `map_with_state` is told of each.
fn forget(
    ctx: Context<'_, '_>,
    number: usize,
    ordered: &Ordered,
    ttl_ms: u64,
    span: Span,
) -> TokenStream {
    let rt = rt(span);
    let Names { round, .. } = Names::new(span);
    let name = |what: &str| variable(what, number, span);
    let (state, lane, kept, key) = (name("state"), name("lane"), name("kept"), name("key"));
    let forgotten = quote_spanned!(span=> #rt::forgotten(&mut #state, &#round, #ttl_ms));
    let Ordered::MapWithState { init, function } = ordered else {
        return quote_spanned!(span=> let _ = #forgotten;);
    };
    let (last, item) = (name("last"), name("item"));
    let function = each::combining(function, "function", number, span);
    let rest = consume(ctx, number, Item::One(item.clone()), span);
    let time = name("time");
    quote_spanned! {span=>
        let #time = #rt::time_of_round(&#round);
        let _ = &#time;
        for (#kept, mut #last) in #forgotten {
            let #key = #rt::lend(&#kept);
            let #item = #rt::with_state(
                #key,
                #rt::nothing_of(&#lane),
                &mut #last,
                || #init,
                #function,
            );
            #rest
        }
    }
}
