//! Writes what becomes of late items where they are not dropped.
//!
//! Stages that send items to the owners of their keys know before what is late: it goes elsewhere in the
//! loop that has brought it. Whether an item is late for sessions shows when all items of a round are
//! with their keys: what may be late is sent there beside its session, and goes elsewhere in the round.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::context::{Context, Item, Names, Section, rt, variable};
use super::record::{consume, one, pair_kept};
use super::refused::{letters, shown};
use super::{refused, round};
use crate::model::{Aggregate, Side};
use crate::plan::{Operation, Plan, Stage, State};

/// Lets an item go elsewhere that is late for a stage, and not to the owner of its key.
pub(super) fn or_sent(
    ctx: Context<'_, '_>,
    number: usize,
    kept: &State,
    (item, span): (Item, Span),
    sent: TokenStream,
) -> TokenStream {
    if kept.event.is_none() || !keeps_late(ctx, number) {
        return sent;
    }
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    let what = if kept.is_window_of_changes() {
        "open"
    } else {
        "state"
    };
    let (state, time) = (variable(what, number, span), ctx.time_of_item(span));
    let late = refused::late(ctx, number, item, span);
    quote_spanned! {span=>
        if #rt::comes_late(#worker, #number, &mut #state, #time) {
            #late
        } else {
            #sent
        }
    }
}

fn keeps_late(ctx: Context<'_, '_>, number: usize) -> bool {
    ctx.stage(number)
        .is_some_and(|stage| stage.late.keeps_them())
}

/// The variables that know the values of both sides of a join, where late items of both go on in one
/// stream. They have no value in front of an item, for the reason that witnesses have none.
pub(super) fn declared(plan: &Plan<'_>) -> TokenStream {
    let stages = plan.stages.iter().enumerate();
    let joins = stages.filter(|(_, stage)| stage.late.to.is_some() && is_join(stage));
    joins
        .map(|(number, stage)| {
            let sides = variable("sides_late", number, stage.span());
            quote_spanned!(stage.span()=> let mut #sides;)
        })
        .collect()
}

fn is_join(stage: &Stage<'_>) -> bool {
    matches!(
        stage.operation,
        Operation::Join { .. } | Operation::IntervalJoin { .. }
    )
}

/// Lets a late item go on in the stream of its name. An item of a join goes on as `full_join` gives one
/// that meets nothing: the items of both sides are in one stream.
pub(super) fn goes_on(
    ctx: Context<'_, '_>,
    number: usize,
    to: usize,
    (item, span): (Item, Span),
) -> TokenStream {
    if !ctx.stage(number).is_some_and(is_join) {
        return consume(ctx, to, item, span);
    }
    let rt = rt(span);
    let (sides, side) = of_side(ctx, number, span);
    let kept = variable("kept", number, span);
    let (made, key, value) = pair_kept(item, number, span);
    let rest = consume(ctx, to, Item::Pair(key.clone(), value.clone()), span);
    // The key is kept first: it may borrow from the value.
    quote_spanned! {span=>
        #made
        let #kept = #rt::Key::keep(#key);
        let #key = #rt::lend(&#kept);
        #sides = #rt::late_sides();
        let #value = #rt::#side(&#sides, #value);
        #rest
    }
}

/// What knows the values of both sides of a join, and the function that makes a value of the side at hand
/// one of both.
fn of_side(ctx: Context<'_, '_>, number: usize, span: Span) -> (Ident, Ident) {
    let side = match Side::of_input(ctx.input) {
        Side::Left => Ident::new("late_left", span),
        Side::Right => Ident::new("late_right", span),
    };
    (variable("sides_late", number, span), side)
}

/// Whether late items of a stage go elsewhere in a round.
pub(super) fn is_in_rounds(stage: &Stage<'_>, kept: &State) -> bool {
    kept.is_of_sessions() && kept.event.is_some() && stage.late.keeps_them()
}

/// The way of items that may be late for sessions to the owners of their keys.
pub(super) fn outside(number: usize, span: Span) -> TokenStream {
    let (rt, ways) = (rt(span), variable("ways_of_late", number, span));
    quote_spanned!(span=> let #ways = #rt::exchange();)
}

/// The same of one worker.
pub(super) fn state(stage: &Stage<'_>, number: usize) -> TokenStream {
    let span = stage.span();
    let (rt, late) = (rt(span), variable("late", number, span));
    let sessions = sessions(is_join(stage), number, span);
    quote_spanned! {span=>
        let mut #late = #rt::lane();
        #rt::keep_late(&mut #sessions);
    }
}

/// The sessions in the state of a stage.
fn sessions(is_of_both: bool, number: usize, span: Span) -> TokenStream {
    let state = variable("state", number, span);
    if is_of_both {
        quote_spanned!(span=> #state.0)
    } else {
        quote!(#state)
    }
}

/// Calls for a round, at the end of a batch, if enough items wait for one.
pub(super) fn after_batch(number: usize, span: Span) -> TokenStream {
    let (rt, late) = (rt(span), variable("late", number, span));
    let Names { worker, .. } = Names::new(span);
    quote_spanned!(span=> #rt::after_sending(#worker, &mut #late);)
}

/// How items of an aggregate are sent.
#[derive(Clone, Copy)]
pub(super) enum Sent {
    /// Their values under their keys.
    Pairs,
    /// As keys.
    Keys,
    /// The values of one side of a join, as those of both.
    Sides,
    /// All to one worker.
    Whole,
}

impl Sent {
    pub(super) fn of(aggregate: &Aggregate) -> Self {
        match aggregate {
            Aggregate::CountByValue | Aggregate::Distinct => Sent::Keys,
            aggregate if aggregate.is_keyed() => Sent::Pairs,
            _ => Sent::Whole,
        }
    }
}

/// Sends an item that may be late for sessions to the owner of its key, in front of what makes it a part
/// of one; gives the item as that takes it.
pub(super) fn noted(
    ctx: Context<'_, '_>,
    number: usize,
    sent: Sent,
    (item, span): (Item, Span),
) -> (TokenStream, Item) {
    let Some(stage) = ctx.stage(number).filter(|stage| stage.late.keeps_them()) else {
        return (TokenStream::new(), item);
    };
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    let name = |what: &str| variable(what, number, span);
    let (at, late) = (name("at"), name("late"));
    let state = sessions(is_join(stage), number, span);
    let again = |of: &Ident| quote_spanned!(span=> #rt::Again::again(&#of));
    let nothing = quote_spanned!(span=> ());
    let (made, item, key, whole) = match sent {
        Sent::Pairs => {
            let (made, key, value) = pair_kept(item, number, span);
            let (kept, carried) = (again(&key), again(&value));
            (made, Item::Pair(key, value), kept, carried)
        }
        Sent::Sides => {
            let (made, key, value) = pair_kept(item, number, span);
            let kept = again(&key);
            let (sides, side) = of_side(ctx, number, span);
            let carried = again(&value);
            let carried = quote_spanned! {span=> {
                #sides = #rt::late_sides();
                #rt::#side(&#sides, #carried)
            }};
            (made, Item::Pair(key, value), kept, carried)
        }
        Sent::Keys => {
            let (made, item) = one(item, span);
            let kept = again(&item);
            (made, Item::One(item), kept, nothing)
        }
        Sent::Whole => match &item {
            Item::One(whole) => {
                let carried = again(whole);
                (TokenStream::new(), item, nothing, carried)
            }
            Item::Pair(key, value) => {
                let (key, value) = (again(key), again(value));
                let carried = quote_spanned!(span=> (#key, #value));
                (TokenStream::new(), item, nothing, carried)
            }
        },
    };
    let (shown, carried) = match stage.late.dead_letter {
        None => (TokenStream::new(), whole),
        Some(topic) => of_letter(ctx, topic, &item, span),
    };
    let send = match ctx.section {
        Section::Records => Ident::new("send_item", span),
        Section::Round => Ident::new("send_item_on", span),
    };
    let noted = quote_spanned! {span=>
        #made
        if #rt::may_be_late(&#state, #at) {
            #shown
            #rt::#send(&mut #late, #worker, (#rt::Key::keep(#key), #at), {
                use #rt::{CarriesLent as _, CarriesOwned as _};
                (&&#rt::Carry::new(#carried)).carry()
            });
        }
    };
    (noted, item)
}

/// What is kept of an item for the dead letters: its record, or what is shown of it.
fn of_letter(
    ctx: Context<'_, '_>,
    topic: usize,
    item: &Item,
    span: Span,
) -> (TokenStream, TokenStream) {
    let rt = rt(span);
    if let (Section::Records, Some(source)) = (ctx.section, ctx.record) {
        let record = variable("item", source, span);
        let kept = quote_spanned!(span=> #rt::kept_record(&#record));
        return (TokenStream::new(), kept);
    }
    let letters = letters(topic, span);
    let kept = quote_spanned!(span=> #rt::kept_shown(&mut #letters));
    (shown(item, topic, span), kept)
}

/// What happens in a round when sessions have closed: the items that are late go elsewhere.
pub(super) fn fire(
    ctx: Context<'_, '_>,
    stage: &Stage<'_>,
    number: usize,
    sent_as: Sent,
) -> TokenStream {
    let span = stage.span();
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    let name = |what: &str| variable(what, number, span);
    let (late, ways) = (name("late"), name("ways_of_late"));
    let state = sessions(is_join(stage), number, span);
    let (sent, kept, carried) = (name("sent"), name("kept"), name("carried"));
    let (key, value, time) = (name("key"), name("value"), name("time"));
    let lent = quote_spanned!(span=> let #key = #rt::lend(&#kept););
    let goes = match (stage.late.dead_letter, stage.late.to) {
        (Some(topic), _) => {
            let letters = letters(topic, span);
            quote_spanned! {span=>
                #rt::bury_late_kept(#worker, (#number, #time), &mut #letters, &#value)?;
            }
        }
        (None, Some(to)) => match sent_as {
            Sent::Pairs | Sent::Sides => {
                let rest = consume(ctx, to, Item::Pair(key, value.clone()), span);
                quote!(#lent #rest)
            }
            Sent::Keys => {
                let rest = consume(ctx, to, Item::One(key), span);
                quote_spanned!(span=> let _ = #value; #lent #rest)
            }
            Sent::Whole => consume(ctx, to, Item::One(value.clone()), span),
        },
        (None, None) => TokenStream::new(),
    };
    quote_spanned! {span=>
        for #sent in #rt::late_of_sessions(#worker, &#ways, &mut #late, &mut #state)? {
            #rt::arrived(#worker, &#sent);
            let #rt::Sent { key: #kept, item: mut #carried, time_ms: #time, .. } = #sent;
            let _ = (&#kept, &#time);
            if let ::core::option::Option::Some(#value) = #rt::give(&mut #carried) {
                #goes
            }
        }
        #rt::all_arrived(#worker);
    }
}

/// Checks that items which may be late outlive their record.
pub(super) fn keepable(plan: &Plan<'_>, stage: &Stage<'_>, number: usize) -> TokenStream {
    if stage.late.to.is_none() {
        return TokenStream::new();
    }
    let span = stage.span();
    let late = variable("late", number, span);
    round::checked(plan, number, &quote!(#late), span)
}
