//! Writes stages that pass items on as they are: `sample`, `throttle`, `repartition`.

use std::collections::BTreeMap;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::context::{Context, Item, Names, Section, rt, variable};
use super::record::consume;
use super::round::checked as checked_to_outlive;
use super::sketch::share_outside;
use crate::model::Passing;
use crate::plan::{Operation, Stage};

/// What is made once per job: what is asked for, and what workers share.
pub(super) fn outside(passing: &Passing, number: usize, span: Span) -> TokenStream {
    let rt = rt(span);
    let name = |what: &str| variable(what, number, span);
    match passing {
        Passing::Sample { share } => share_outside(share, "share", number, span),
        Passing::Throttle { per_second } => {
            let throttle = name("throttle");
            quote_spanned!(span=> let #throttle = #rt::throttle(#per_second);)
        }
        Passing::Repartition { workers } => {
            let (exchange, among) = (name("exchange"), name("among"));
            quote_spanned! {span=>
                let #among: ::core::primitive::usize = #workers;
                let #exchange = #rt::exchange();
            }
        }
    }
}

/// What each worker begins with.
pub(super) fn state(passing: &Passing, nth: u64, number: usize, span: Span) -> TokenStream {
    let rt = rt(span);
    match passing {
        Passing::Sample { .. } => {
            let sampling = variable("sampling", number, span);
            quote_spanned!(span=> let mut #sampling = #rt::sampling(#nth);)
        }
        Passing::Throttle { .. } => {
            let allowance = variable("allowance", number, span);
            quote_spanned!(span=> let mut #allowance = #rt::allowance();)
        }
        Passing::Repartition { .. } => {
            let turns = variable("turns", number, span);
            quote_spanned!(span=> let mut #turns = #rt::turns();)
        }
    }
}

/// Refuses what only a run can see to be wrong.
pub(super) fn checked(passing: &Passing, number: usize, span: Span) -> TokenStream {
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    match passing {
        Passing::Sample { .. } => {
            let share = variable("share", number, span);
            quote_spanned!(span=> #rt::check_share(#worker, #number, #share)?;)
        }
        Passing::Throttle { .. } => {
            let throttle = variable("throttle", number, span);
            quote_spanned!(span=> #rt::begin_throttle(#worker, #number, &#throttle)?;)
        }
        Passing::Repartition { .. } => {
            let among = variable("among", number, span);
            quote_spanned!(span=> #rt::check_among(#worker, #number, #among)?;)
        }
    }
}

/// Passes an item on.
pub(super) fn stage(
    ctx: Context<'_, '_>,
    number: usize,
    passing: &Passing,
    (item, span): (Item, Span),
) -> TokenStream {
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    let name = |what: &str| variable(what, number, span);
    match passing {
        Passing::Sample { .. } => {
            let (sampling, share) = (name("sampling"), name("share"));
            let rest = consume(ctx, number, item, span);
            quote_spanned! {span=>
                if #rt::is_sampled(&mut #sampling, #worker, #share) { #rest }
            }
        }
        Passing::Throttle { .. } => {
            let allowance = name("allowance");
            let rest = consume(ctx, number, item, span);
            quote_spanned!(span=> #rt::pass(&mut #allowance); #rest)
        }
        Passing::Repartition { .. } => send(ctx, number, item, span),
    }
}

/// Sends an item to the worker whose turn it is.
fn send(ctx: Context<'_, '_>, number: usize, item: Item, span: Span) -> TokenStream {
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    let (turns, among) = (
        variable("turns", number, span),
        variable("among", number, span),
    );
    let time = ctx.time_of_item(span);
    let in_round = ctx.section == Section::Round;
    let at = quote_spanned!(span=> (#worker, #among, #time, #in_round));
    let Outliving { made, whole, way } = outliving(item, number, span);
    quote_spanned! {span=>
        #made
        #rt::send_in_turn(&mut #turns, #at, #whole, #way);
    }
}

/// An item that outlives its record.
pub(super) struct Outliving {
    pub(super) made: TokenStream,
    /// The variable that it is in.
    pub(super) whole: Ident,
    /// That of the way in which it is kept.
    pub(super) way: Ident,
}

/// Makes an item ready to be kept until a round.
pub(super) fn outliving(item: Item, number: usize, span: Span) -> Outliving {
    let rt = rt(span);
    let way = variable("way", number, span);
    let (made, whole) = match item {
        Item::One(whole) => (TokenStream::new(), whole),
        // The key is kept first: it may borrow from the value.
        Item::Pair(key, value) => {
            let (kept, whole) = (
                variable("kept", number, span),
                variable("whole", number, span),
            );
            let made = quote_spanned! {span=>
                let #kept = #rt::Key::keep(#key);
                let #whole = (#rt::lend(&#kept), #value);
            };
            (made, whole)
        }
    };
    let made = quote_spanned! {span=>
        #made
        let #way = {
            use #rt::{KeptAsIs as _, KeptAsKey as _, KeptAsPair as _};
            (&&&#rt::Borrowing(&#whole)).way()
        };
    };
    Outliving { made, whole, way }
}

/// In front of each look at a source how much may be read, as far as stages behind it hold it back, and
/// what is done where there was nothing to read.
pub(super) fn held(reached: &BTreeMap<usize, &Stage<'_>>) -> (TokenStream, TokenStream) {
    let held = reached.iter().filter_map(|(number, stage)| {
        let span = stage.span();
        let rt = rt(span);
        let (throttle, allowance) = (
            variable("throttle", *number, span),
            variable("allowance", *number, span),
        );
        let Names { worker, .. } = Names::new(span);
        is_throttle(stage).then(|| {
            (
                quote_spanned!(span=> #rt::hold_back(&#throttle, &mut #allowance, #worker);),
                quote_spanned!(span=> #rt::rest(&#throttle, &mut #allowance, #worker);),
            )
        })
    });
    held.unzip()
}

fn is_throttle(stage: &Stage<'_>) -> bool {
    matches!(
        stage.operation,
        Operation::Passing {
            passing: Passing::Throttle { .. },
            ..
        }
    )
}

/// What is done at the end of a batch.
pub(super) fn after_batch(
    stage: &Stage<'_>,
    number: usize,
    passing: &Passing,
) -> Option<TokenStream> {
    let span = stage.span();
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    match passing {
        Passing::Sample { .. } => None,
        Passing::Throttle { .. } => {
            let (throttle, allowance) = (
                variable("throttle", number, span),
                variable("allowance", number, span),
            );
            Some(quote_spanned!(span=> #rt::give_back(&#throttle, &mut #allowance);))
        }
        Passing::Repartition { .. } => {
            let turns = variable("turns", number, span);
            Some(quote_spanned!(span=> #rt::after_turns(#worker, &mut #turns);))
        }
    }
}

/// What happens in every round: the workers take what has been sent to them.
pub(super) fn fire(
    ctx: Context<'_, '_>,
    number: usize,
    passing: &Passing,
    span: Span,
) -> TokenStream {
    let Passing::Repartition { .. } = passing else {
        return TokenStream::new();
    };
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    let name = |what: &str| variable(what, number, span);
    let (turns, exchange, apart) = (name("turns"), name("exchange"), name("apart"));
    let (item, at, time) = (name("item"), name("at"), name("time"));
    let ctx = ctx.at_time_of(number);
    let rest = consume(ctx, number, Item::One(item.clone()), span);
    let taken = quote_spanned!(span=> #rt::turns_taken(#worker, &#exchange, &mut #turns)?);
    // What waits for its turn outlives its record.
    let outlives = checked_to_outlive(ctx.plan, number, &quote!(#turns), span);
    quote_spanned! {span=>
        #outlives
        let mut #apart = #taken;
        for (#item, (#at, #time)) in #rt::handed_on(&mut #apart) {
            let _ = &#time;
            #rt::handed(#worker, #at);
            #rest
        }
        #rt::all_arrived(#worker);
    }
}
