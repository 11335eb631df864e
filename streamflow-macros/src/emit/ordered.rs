//! Writes stages that work on the items of a key in their order: the loop over records sends each to
//! the worker that owns its key, and the round section works on what has come.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use super::context::{Context, Item, Names, Section, rt, variable};
use super::each::{self, Writer};
use super::process;
use super::record::{consume, one, pair_kept};
use super::setup::{combining_outside, function_outside, option};
use crate::model::{Bound, Ordered};
use crate::plan::Stage;

/// What is made once per job: the ways to the owners of the keys.
pub(super) fn outside(ordered: &Ordered, number: usize, span: Span) -> TokenStream {
    let functions = match ordered {
        Ordered::Dedup(function) => function_outside(function, "function", number, span),
        Ordered::Scan { step: function, .. } | Ordered::MapWithState { function, .. } => {
            combining_outside(function, "function", number, span)
        }
        Ordered::Lag(count) => {
            let by = variable("by", number, span);
            quote_spanned!(span=> let #by: usize = #count;)
        }
        Ordered::Process(block) => process::outside(block, number, span),
    };
    let ways = ways(number, span);
    quote!(#functions #ways)
}

/// The ways to the owners of the keys.
pub(super) fn ways(number: usize, span: Span) -> TokenStream {
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
pub(super) fn state(
    bound: Bound,
    migrations: Option<&TokenStream>,
    number: usize,
    span: Span,
) -> TokenStream {
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    let (state, lane) = (
        variable("state", number, span),
        variable("lane", number, span),
    );
    let made = match migrations {
        None => quote_spanned!(span=> #rt::OwnedStateOf::owned(#worker, #number)),
        Some(migrations) => {
            quote_spanned!(span=> #rt::OwnedStateOf::owned_since(#worker, #number, &#migrations))
        }
    };
    let (mutable, capped) = capped(
        bound.cap,
        &quote_spanned!(span=> OwnedStateOf),
        number,
        span,
    );
    let way = way(bound.cap, span);
    quote_spanned! {span=>
        let #mutable #state: #rt::OwnedByWorker<_, _> = #made?;
        #capped
        let mut #lane = #rt::#way();
    }
}

/// What lets a state keep only so many keys, and whether it is mutable without that.
pub(super) fn capped(
    cap: Option<u64>,
    made_by: &TokenStream,
    number: usize,
    span: Span,
) -> (Option<TokenStream>, Option<TokenStream>) {
    let rt = rt(span);
    let state = variable("state", number, span);
    match cap {
        Some(cap) => {
            let capped =
                quote_spanned!(span=> let mut #state = #rt::#made_by::at_most(#state, #cap););
            (None, Some(capped))
        }
        None => (Some(quote_spanned!(span=> mut)), None),
    }
}

/// The function that makes the way to the owners of the keys: which of all keys has gone unused for longest
/// is known only where all of them are.
pub(super) fn way(cap: Option<u64>, span: Span) -> Ident {
    let name = if cap.is_some() { "lane_to_one" } else { "lane" };
    Ident::new(name, span)
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
            let (made, key, value) = pair_kept(item, number, span);
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
    bound: Bound,
) -> TokenStream {
    let span = stage.span();
    let rt = rt(span);
    let name = |what: &str| variable(what, number, span);
    let (state, kept) = (name("state"), name("kept"));
    let (key, value, used) = (name("key"), name("value"), name("used"));
    let ctx = ctx.at_time_of(number);
    let told = told(ctx, number, ordered, span);
    let worked = match ordered {
        Ordered::Scan { init, step } => {
            let next = name("next");
            let step = each::combining(step, "function", number, span);
            let rest = consume(ctx, number, Item::Pair(key.clone(), next.clone()), span);
            quote_spanned! {span=>
                let #next = #rt::scanned(&mut #state, &#kept, #value, #used, || #init, #step);
                #rest
            }
        }
        Ordered::Dedup(_) => {
            let rest = consume(ctx, number, Item::One(value.clone()), span);
            quote_spanned! {span=>
                let _ = &#key;
                if #rt::is_first(&mut #state, &#kept, #used) {
                    #rest
                }
            }
        }
        Ordered::Lag(_) => {
            let (next, by) = (name("next"), name("by"));
            let rest = consume(ctx, number, Item::Pair(key.clone(), next.clone()), span);
            quote_spanned! {span=>
                let #next = #rt::lagged(&mut #state, &#kept, #value, #used, #by);
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
                    #rt::state_of(&mut #state, &#kept, #used),
                    || #init,
                    #function,
                );
                #rest
            }
        }
        Ordered::Process(block) => return process::fire(ctx, stage, number, block, bound),
    };
    let bound = until_told(stage, ordered, bound);
    around(stage, number, bound, told.as_ref(), &worked)
}

/// By the clock `map_with_state` is told of a key when nobody has used it for longer than its `ttl`, as
/// with Spark: a key that comes once in so long stays.
fn until_told(stage: &Stage<'_>, ordered: &Ordered, bound: Bound) -> Bound {
    let by_event_time = stage
        .operation
        .state()
        .is_some_and(|state| state.event.is_some());
    match (ordered, bound.ttl_ms) {
        (Ordered::MapWithState { .. }, Some(ttl_ms)) if !by_event_time => Bound {
            ttl_ms: Some(ttl_ms.saturating_add(1)),
            ..bound
        },
        _ => bound,
    }
}

/// What is done with a key that is kept no longer, in the variable `gone`: `map_with_state` is told of
/// it.
fn told(ctx: Context<'_, '_>, number: usize, ordered: &Ordered, span: Span) -> Option<TokenStream> {
    let Ordered::MapWithState { init, function } = ordered else {
        return None;
    };
    let rt = rt(span);
    let name = |what: &str| variable(what, number, span);
    let (lane, kept, key) = (name("lane"), name("kept"), name("key"));
    let (gone, last, item) = (name("gone"), name("last"), name("item"));
    let function = each::combining(function, "function", number, span);
    let rest = consume(ctx, number, Item::One(item.clone()), span);
    Some(quote_spanned! {span=>
        let (#kept, mut #last) = #rt::apart(#gone);
        #rt::key_of(&#lane, &#kept);
        let #key = #rt::lend(&#kept);
        let #item = #rt::with_state(
            #key,
            #rt::nothing_of(&#lane),
            &mut #last,
            || #init,
            #function,
        );
        #rest
    })
}

/// The round of a stage that works on a key's items in their order: `worked` is done with each item,
/// and `told` with each key that is kept no longer, which is in the variable `gone`.
pub(super) fn around(
    stage: &Stage<'_>,
    number: usize,
    bound: Bound,
    told: Option<&TokenStream>,
    worked: &TokenStream,
) -> TokenStream {
    let span = stage.span();
    let rt = rt(span);
    let Names { worker, round, .. } = Names::new(span);
    let name = |what: &str| variable(what, number, span);
    let (state, lane, exchange, homes) =
        (name("state"), name("lane"), name("exchange"), name("homes"));
    let (sent, kept, carried) = (name("sent"), name("kept"), name("carried"));
    let (key, value, time, used) = (name("key"), name("value"), name("time"), name("used"));
    let by_event_time = stage
        .operation
        .state()
        .is_some_and(|state| state.event.is_some());
    let Forgetting {
        before,
        used_now,
        first,
        after,
    } = forgetting(number, bound, told, by_event_time, span);
    quote_spanned! {span=>
        #rt::bring_home(#worker, &#round, #number, &#homes, &mut #state)?;
        #before
        for #sent in #rt::arrivals(#worker, &#exchange, &mut #lane)? {
            #rt::arrived(#worker, &#sent);
            let #rt::Sent { key: #kept, item: mut #carried, time_ms: #time, .. } = #sent;
            let _ = &#time;
            let #key = #rt::lend(&#kept);
            if let ::core::option::Option::Some(#value) = #rt::give(&mut #carried) {
                let #used = #used_now;
                #first
                #worked
            }
        }
        #after
        #rt::all_arrived(#worker);
    }
}

/// How a stage forgets keys.
struct Forgetting {
    /// Before the items of a round.
    before: TokenStream,
    /// When the item at hand uses its key.
    used_now: TokenStream,
    /// Before the item at hand.
    first: TokenStream,
    /// Behind the items of a round.
    after: TokenStream,
}

fn forgetting(
    number: usize,
    Bound { ttl_ms, cap, .. }: Bound,
    told: Option<&TokenStream>,
    by_event_time: bool,
    span: Span,
) -> Forgetting {
    let rt = rt(span);
    let Names { worker, round, .. } = Names::new(span);
    let name = |what: &str| variable(what, number, span);
    let (state, kept, gone) = (name("state"), name("kept"), name("gone"));
    let (time, used, reached) = (name("time"), name("used"), name("reached"));
    // Where nobody is told, the state begins anew in its place.
    let idle = told.map(|told| {
        quote_spanned! {span=>
            if let ::core::option::Option::Some(#gone) =
                #rt::take_idle(&mut #state, &#kept, #used)
            {
                #told
            }
        }
    });
    let told = told.map_or_else(
        || quote_spanned!(span=> let _ = #gone;),
        ToTokens::to_token_stream,
    );
    let room = cap.map(|_| {
        quote_spanned! {span=>
            while let ::core::option::Option::Some(#gone) =
                #rt::make_room(#worker, #number, &mut #state, &#kept)
            {
                #told
            }
        }
    });
    let none = quote_spanned!(span=> ::core::option::Option::None);
    let clock = |ttl_ms: &TokenStream| quote_spanned!(span=> #rt::used_in_round(&#round, #ttl_ms));
    match ttl_ms {
        None => Forgetting {
            before: TokenStream::new(),
            used_now: clock(&none),
            first: quote!(#room),
            after: TokenStream::new(),
        },
        Some(ttl_ms) if !by_event_time => Forgetting {
            before: quote_spanned! {span=>
                for #gone in #rt::forgotten(&mut #state, &#round, #ttl_ms) {
                    let #time = #rt::time_of_round(&#round);
                    let _ = &#time;
                    #told
                }
            },
            used_now: clock(&option(Some(&ttl_ms), span)),
            first: quote!(#room),
            after: TokenStream::new(),
        },
        // The items of a round may be of any time that the watermark passes with it.
        Some(ttl_ms) => Forgetting {
            before: quote_spanned!(span=> let #reached = #rt::reached(#worker, #number);),
            used_now: quote_spanned!(span=> #rt::used_at(#reached, #time, #ttl_ms)),
            first: quote!(#idle #room),
            after: quote_spanned! {span=>
                for #gone in #rt::forgotten_by(&mut #state, #reached, #ttl_ms) {
                    let #time = #reached;
                    let _ = &#time;
                    #told
                }
            },
        },
    }
}
