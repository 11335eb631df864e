//! Writes aggregates that go on: the loop over records sends each item to the worker that owns its key,
//! and the round section brings the result of the key up to date.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::add::sign;
use super::context::{Context, Item, Names, Section, rt, variable};
use super::ordered;
use super::record::{consume, ignored, one, pair_kept};
use super::{bounds, each, event, history, round, setup, side_by_side};
use crate::model::{Aggregate, Part, Reducer, WindowKind};
use crate::plan::{Placed, Plan, Running, Stage, State, Steps};

/// What is made once per job: the functions, and the ways to the owners of the keys.
pub(super) fn outside(aggregate: &Aggregate, number: usize, span: Span) -> TokenStream {
    let functions = setup::functions_outside(aggregate, number, span);
    let ways = ordered::ways(number, span);
    quote!(#functions #ways)
}

/// Sends an item to the owner of its key; without keys, to the owner of all items.
pub(super) fn send(
    ctx: Context<'_, '_>,
    number: usize,
    (aggregate, kept): (&Aggregate, &State),
    (item, span): (Item, Span),
) -> TokenStream {
    let rt = rt(span);
    let nothing = quote_spanned!(span=> ());
    let send =
        |key: &TokenStream, carried: &TokenStream| sent(ctx, number, kept, (key, carried), span);
    match aggregate {
        Aggregate::CountByKey => {
            let (made, key, value) = pair_kept(item, number, span);
            let sent = send(&quote!(#key), &nothing);
            quote_spanned!(span=> #made let _ = &#value; #sent)
        }
        Aggregate::CountByValue | Aggregate::Distinct => {
            let (made, item) = one(item, span);
            let sent = send(&quote!(#item), &nothing);
            quote!(#made #sent)
        }
        Aggregate::Count => {
            let ignored = ignored(&item, span);
            let sent = send(&nothing, &nothing);
            quote!(#ignored #sent)
        }
        Aggregate::AggByKey { parts } => {
            let (made, key, value) = pair_kept(item, number, span);
            let taken = side_by_side::taken(ctx, number, parts, &value, span, |taken| {
                send(&quote!(#key), &taken)
            });
            quote!(#made #taken)
        }
        Aggregate::ReduceByKey(_) | Aggregate::AggregateByKey { .. } | Aggregate::GroupByKey => {
            let (made, key, value) = pair_kept(item, number, span);
            let sent = send(&quote!(#key), &quote!(#value));
            quote!(#made #sent)
        }
        // They do not come here: what `top` ranks is that of an interval, and sketches are of one.
        Aggregate::Top { .. }
        | Aggregate::HeavyHitters { .. }
        | Aggregate::ApproxDistinct
        | Aggregate::Quantile { .. } => ignored(&item, span),
        Aggregate::Average => {
            let (made, item) = one(item, span);
            let number_of = quote_spanned!(span=> #rt::Number::to_f64(&#item));
            let sent = send(&nothing, &number_of);
            quote!(#made #sent)
        }
        Aggregate::Reduce(_) | Aggregate::Sum | Aggregate::Min | Aggregate::Max => {
            let (made, item) = one(item, span);
            // Asked first: what cannot be added need not be told that it cannot be kept either.
            let checked = matches!(aggregate, Aggregate::Sum)
                .then(|| quote_spanned!(span=> #rt::Summand::checked(&#item);));
            let sent = send(&nothing, &quote!(#item));
            quote!(#made #checked #sent)
        }
    }
}

/// Sends something of an item to the owner of a key.
fn sent(
    ctx: Context<'_, '_>,
    number: usize,
    state: &State,
    (key, carried): (&TokenStream, &TokenStream),
    span: Span,
) -> TokenStream {
    let rt = rt(span);
    let Names { worker, round, .. } = Names::new(span);
    let name = |what: &str| variable(what, number, span);
    let (lane, kept, at) = (name("lane"), name("kept"), name("at"));
    let send = match ctx.section {
        Section::Records => Ident::new("send_item", span),
        Section::Round => Ident::new("send_item_on", span),
    };
    let by_clock = state.is_window_of_changes() && state.event.is_none();
    let time = match ctx.section {
        _ if !by_clock => ctx.time_of_item(span),
        Section::Records => quote_spanned!(span=> #rt::read_with(#worker, &mut #lane)),
        Section::Round => quote_spanned!(span=> #rt::brought_in(&#round)),
    };
    quote_spanned! {span=>
        let #kept = #rt::Key::keep(#key);
        let #at = #time;
        #rt::#send(&mut #lane, #worker, (#kept, #at), {
            use #rt::{CarriesLent as _, CarriesOwned as _};
            (&&#rt::Carry::new(#carried)).carry()
        });
    }
}

/// What happens in every round: the owners of the keys work on what has come.
pub(super) fn fire(
    ctx: Context<'_, '_>,
    stage: &Stage<'_>,
    number: usize,
    (running, kept): (&Running<'_>, &State),
) -> TokenStream {
    let span = stage.span();
    match running.updates_ms {
        None if kept.is_window_of_changes() => {
            in_windows(ctx.at_time_of(number), number, (running, kept), span)
        }
        None => {
            let ctx = ctx.at_time_of(number);
            let slot = slot(number, span);
            let changed = changes(ctx, number, (running.aggregate, &slot), "Repeats", span);
            ordered::around(stage, number, running.bound, None, &changed)
        }
        Some(every_ms) => updates(ctx, stage, number, running, every_ms),
    }
}

/// What is kept of the key at hand.
fn slot(number: usize, span: Span) -> TokenStream {
    let rt = rt(span);
    let name = |what: &str| variable(what, number, span);
    let (state, kept, used) = (name("state"), name("kept"), name("used"));
    quote_spanned!(span=> #rt::running(&mut #state, &#kept, #used))
}

/// Each item gives its key's new result.
fn changes(
    ctx: Context<'_, '_>,
    number: usize,
    (aggregate, place): (&Aggregate, &TokenStream),
    repeats: &str,
    span: Span,
) -> TokenStream {
    let rt = rt(span);
    let repeats = Ident::new(repeats, span);
    let (slot, result) = (
        variable("slot", number, span),
        variable("result", number, span),
    );
    let rest = leave(ctx, number, aggregate, &result, span);
    let leaves = quote_spanned! {span=>
        if let ::core::option::Option::Some(#result) = #rt::so_far(&#slot) {
            let #result = #rt::#repeats::again(#result);
            #rest
        }
    };
    added(ctx, number, (aggregate, place), &leaves, span)
}

/// Each item gives the new results of its windows, on the worker that owns its key.
fn in_windows(
    ctx: Context<'_, '_>,
    number: usize,
    (running, kept): (&Running<'_>, &State),
    span: Span,
) -> TokenStream {
    let rt = rt(span);
    let Names { worker, round, .. } = Names::new(span);
    let name = |what: &str| variable(what, number, span);
    let (state, lane, exchange, homes) =
        (name("state"), name("lane"), name("exchange"), name("homes"));
    let (sent, key_kept, carried, open) =
        (name("sent"), name("kept"), name("carried"), name("open"));
    let (key, value, at, end, time) = (
        name("key"),
        name("value"),
        name("at"),
        name("end"),
        name("time"),
    );
    let running_in = if kept.is_of_sessions() {
        Ident::new("running_in_session", span)
    } else {
        Ident::new("running_in", span)
    };
    let place = quote_spanned!(span=> #rt::#running_in(&mut #state, &#key_kept, #end));
    let changed = changes(
        ctx,
        number,
        (running.aggregate, &place),
        "InOpenWindows",
        span,
    );
    let window = follow_each_other(kept)
        .then(|| bounds::of_changes(ctx, number, &end, span))
        .flatten();
    let of_window = quote_spanned! {span=>
        let #time = #rt::time_of_window(#end);
        let _ = &#time;
        #window
        let #key = #rt::lend(&#key_kept);
        #changed
    };
    let at_place = quote_spanned!(span=> #worker, #number, &mut #open, #at);
    let opened = event::combined(
        running.aggregate,
        "open_session",
        (number, span),
        |name, function| {
            quote_spanned! {span=>
                #rt::#name(#worker, #number, &#open, (&mut #state, &#key_kept), #at, #function)?
            }
        },
    );
    let in_each = if kept.is_of_sessions() {
        quote_spanned! {span=>
            if let ::core::option::Option::Some(#end) = #opened {
                #of_window
            }
        }
    } else if follow_each_other(kept) {
        quote_spanned! {span=>
            if let ::core::option::Option::Some(#end) = #rt::open_window(#at_place) {
                #of_window
            }
        }
    } else {
        let (end, open_windows) = bounds::open_windows(ctx, number, &end, span);
        quote_spanned! {span=>
            for #end in #rt::#open_windows(#at_place) {
                let #value = #rt::InOpenWindows::again(&#value);
                #of_window
            }
        }
    };
    let close = if kept.is_of_sessions() {
        Ident::new("close_sessions", span)
    } else {
        Ident::new("close_windows", span)
    };
    quote_spanned! {span=>
        #rt::bring_home(#worker, &#round, #number, &#homes, &mut #state)?;
        for #sent in #rt::arrivals(#worker, &#exchange, &mut #lane)? {
            #rt::arrived(#worker, &#sent);
            let #rt::Sent { key: #key_kept, item: mut #carried, time_ms: #at, .. } = #sent;
            if let ::core::option::Option::Some(#value) = #rt::give(&mut #carried) {
                #in_each
            }
        }
        #rt::all_arrived(#worker);
        #rt::#close(#worker, #number, &#round, &mut #open, &mut #state);
    }
}

/// Whether no time is in two windows.
fn follow_each_other(kept: &State) -> bool {
    matches!(
        kept.steps,
        Some(Steps::Placed(Placed {
            kind: WindowKind::Tumbling,
            ..
        }))
    )
}

/// What a worker begins with.
pub(super) fn state(
    plan: &Plan<'_>,
    running: &Running<'_>,
    kept: &State,
    number: usize,
    span: Span,
) -> TokenStream {
    let migrations = history::migrations(plan, kept);
    if !kept.is_window_of_changes() {
        return ordered::state(running.bound, migrations.as_ref(), number, span);
    }
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    let name = |what: &str| variable(what, number, span);
    let (state, lane, open) = (name("state"), name("lane"), name("open"));
    let (by, windows) = if kept.is_of_sessions() {
        ("BySession", "sessions_of_changes")
    } else {
        ("ByWindow", "windows_of_changes")
    };
    let (by, windows) = (Ident::new(by, span), Ident::new(windows, span));
    let made = match migrations {
        None => quote_spanned!(span=> in_windows(#worker, #number)),
        Some(migrations) => {
            quote_spanned!(span=> in_windows_since(#worker, #number, &#migrations))
        }
    };
    quote_spanned! {span=>
        let mut #state: #rt::OwnedByWorker<_, #rt::#by<_>> = #rt::StateInWindows::#made?;
        let mut #lane = #rt::lane();
        let mut #open = #rt::#windows(#worker, #number);
    }
}

/// The latest results of the keys that have changed leave at intervals.
fn updates(
    ctx: Context<'_, '_>,
    stage: &Stage<'_>,
    number: usize,
    running: &Running<'_>,
    every_ms: u64,
) -> TokenStream {
    let span = stage.span();
    let rt = rt(span);
    let Names { round, .. } = Names::new(span);
    let name = |what: &str| variable(what, number, span);
    let (state, slot, kept) = (name("state"), name("slot"), name("kept"));
    let (key, leaving, result) = (name("key"), name("leaving"), name("result"));
    let noted = quote_spanned!(span=> let _ = &#key; #rt::leaves_later(#slot, &#kept););
    let place = self::slot(number, span);
    let added = added(ctx, number, (running.aggregate, &place), &noted, span);
    let gone = name("gone");
    let told = quote_spanned!(span=> #leaving.extend(#rt::last_of(#gone)););
    let worked = ordered::around(stage, number, running.bound, Some(&told), &added);
    let rest = leave(ctx, number, running.aggregate, &result, span);
    quote_spanned! {span=>
        let mut #leaving = ::std::vec::Vec::new();
        #worked
        if #rt::fires(&#round, #every_ms) {
            #leaving.extend(#rt::updates(&mut #state, |known| #rt::Repeats::again(known)));
        }
        for (#kept, #result) in #leaving {
            let #key = #rt::lend(&#kept);
            #rest
        }
    }
}

/// Adds what has come to what its key has, and goes on.
fn added(
    ctx: Context<'_, '_>,
    number: usize,
    (aggregate, place): (&Aggregate, &TokenStream),
    then: &TokenStream,
    span: Span,
) -> TokenStream {
    let rt = rt(span);
    let name = |what: &str| variable(what, number, span);
    let (slot, kept, value) = (name("slot"), name("kept"), name("value"));
    let counted = |call: &str| {
        let call = Ident::new(call, span);
        quote_spanned!(span=> let _ = #value; #rt::#call(&mut #slot))
    };
    let added = match aggregate {
        Aggregate::CountByKey | Aggregate::CountByValue | Aggregate::Count => {
            let counted = counted("run_count");
            quote_spanned!(span=> #counted; #then)
        }
        Aggregate::Distinct => {
            let first = counted("run_first");
            quote_spanned!(span=> if { #first } { #then })
        }
        Aggregate::Average => {
            quote_spanned!(span=> #rt::run_mean(&mut #slot, #value); #then)
        }
        Aggregate::ReduceByKey(Reducer::Function(function))
        | Aggregate::Reduce(Reducer::Function(function)) => {
            let combine = each::combining(function, "combine", number, span);
            quote_spanned!(span=> #rt::run_on_with(&mut #slot, #value, #combine); #then)
        }
        Aggregate::AggregateByKey { init, add, .. } => {
            let add = each::combining(add, "add", number, span);
            quote_spanned!(span=> #rt::run_fold(&mut #slot, #value, || #init, #add); #then)
        }
        Aggregate::GroupByKey => quote_spanned! {span=>
            #rt::run_fold(&mut #slot, #value, ::std::vec::Vec::new, #rt::push_value);
            #then
        },
        Aggregate::ReduceByKey(Reducer::Sign { .. })
        | Aggregate::Reduce(Reducer::Sign { .. })
        | Aggregate::AggByKey { .. }
        | Aggregate::Sum
        | Aggregate::Min
        | Aggregate::Max
        | Aggregate::Top { .. }
        | Aggregate::HeavyHitters { .. }
        | Aggregate::ApproxDistinct
        | Aggregate::Quantile { .. } => {
            let sign = sign(aggregate, number, span);
            let mut add = quote_spanned!(span=> #rt::run_on(&mut #slot, #value, #sign));
            if aggregate.is_keyed() {
                add = quote_spanned!(span=> #rt::of_key(&#kept, #add));
            }
            ctx.try_or_refuse(number, &add, then, span)
        }
    };
    quote_spanned! {span=>
        let mut #slot = #place;
        #added
    }
}

/// Sends a result on to the stages behind.
fn leave(
    ctx: Context<'_, '_>,
    number: usize,
    aggregate: &Aggregate,
    result: &Ident,
    span: Span,
) -> TokenStream {
    let rt = rt(span);
    let (key, value) = (
        variable("key", number, span),
        variable("value", number, span),
    );
    if let Aggregate::Distinct = aggregate {
        let rest = consume(ctx, number, Item::One(key), span);
        return quote_spanned!(span=> let _ = #result; #rest);
    }
    if aggregate.is_keyed() {
        let accumulated = round::accumulated(aggregate, number, span);
        let rest = consume(ctx, number, Item::Pair(key, value.clone()), span);
        return quote_spanned!(span=> let #value = #result; #accumulated #rest);
    }
    let mean = matches!(aggregate, Aggregate::Average)
        .then(|| quote_spanned!(span=> let #result = #rt::mean(#result);));
    let rest = consume(ctx, number, Item::One(result.clone()), span);
    quote_spanned!(span=> let _ = &#key; #mean #rest)
}

/// Checks that what outlives its record is not borrowed from it, and looks at a function that is never
/// called.
pub(super) fn keepable(
    plan: &Plan<'_>,
    stage: &Stage<'_>,
    number: usize,
    (aggregate, kept): (&Aggregate, &State),
) -> TokenStream {
    let span = stage.span();
    let rt = rt(span);
    let (state, lane) = (
        variable("state", number, span),
        variable("lane", number, span),
    );
    let merged = if let Aggregate::AggregateByKey { merge, .. } = aggregate {
        let merge = each::combining(merge, "merge", number, span);
        let never = if kept.is_of_sessions() {
            // Sessions that become one are brought together by it.
            Ident::new("never_merged_in_sessions", span)
        } else if kept.is_window_of_changes() {
            Ident::new("never_merged_in_windows", span)
        } else {
            Ident::new("never_merged", span)
        };
        quote_spanned!(span=> #rt::#never(&#state, #merge);)
    } else {
        TokenStream::new()
    };
    let carried = match aggregate {
        Aggregate::CountByKey
        | Aggregate::CountByValue
        | Aggregate::Distinct
        | Aggregate::Count
        | Aggregate::Average
        | Aggregate::Sum
        | Aggregate::HeavyHitters { .. }
        | Aggregate::ApproxDistinct
        | Aggregate::Quantile { .. }
        | Aggregate::Top { .. } => TokenStream::new(),
        Aggregate::AggByKey { parts } => parts_keepable(plan, number, parts, span),
        Aggregate::ReduceByKey(_)
        | Aggregate::AggregateByKey { .. }
        | Aggregate::GroupByKey
        | Aggregate::Reduce(_)
        | Aggregate::Min
        | Aggregate::Max => round::checked(plan, number, &quote!(#lane), span),
    };
    let of_state = round::aggregate_may_be_borrowed(aggregate)
        .then(|| round::checked(plan, number, &quote!(#state), span));
    quote!(#carried #of_state #merged)
}

fn parts_keepable(plan: &Plan<'_>, number: usize, parts: &[Part], span: Span) -> TokenStream {
    let lane = variable("lane", number, span);
    let (made, items) = round::items_read(plan, number, span);
    let checks = side_by_side::keepable(parts, "part_on_its_way", &quote!(#lane), &items);
    quote!(#made #checks)
}
