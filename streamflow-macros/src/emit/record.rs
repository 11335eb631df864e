//! Writes the loops over records: one per source, with the stages of its segment nested inside.

use std::collections::BTreeMap;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::add::{open_state, sign};
use super::context::{Context, Item, Names, Section, rt, variable};
use super::decode::decode;
use super::setup::has_writer;
use super::{
    add, asking, batch, bounds, each, edge, event, interval_join, join, join_sessions, late,
    ordered, passing, refused, rows, running, session, sink, split, table, update,
};
use crate::model::Plain;
use crate::plan::{BatchOf, Operation, Plan, Stage};

/// The record sections of all sources, in order.
pub(super) fn sections(plan: &Plan<'_>) -> TokenStream {
    let ctx = Context::new(plan, Section::Records);
    plan.stages
        .iter()
        .enumerate()
        .filter(|(_, stage)| matches!(stage.operation, Operation::Source(_)))
        .map(|(number, stage)| section(ctx, stage, number))
        .collect()
}

fn section(ctx: Context<'_, '_>, stage: &Stage<'_>, number: usize) -> TokenStream {
    let span = stage.span();
    let rt = rt(span);
    let Names {
        worker, records, ..
    } = Names::new(span);
    let reader = variable("reader", number, span);
    let item = variable("item", number, span);
    let (block, at) = (Ident::new("block", span), Ident::new("at", span));
    let walked = Ident::new("walked", span);
    let in_loop = match &stage.operation {
        Operation::Source(source) if source.gives_records() => ctx.with_record(number),
        _ => ctx,
    };
    let rest = consume(in_loop, number, Item::One(item.clone()), span);
    let settled = settled(ctx.plan, number);
    let after_batch = after_batch(ctx.plan, number);
    let (batches, worked) = batch::around(ctx, &reached(ctx.plan, number));
    let (held, rests) = passing::held(&reached(ctx.plan, number));
    // The reader can be asked about a block when nothing borrows of the block any more.
    quote_spanned! {span=>
        #held
        let #walked = match #rt::poll(&mut #reader, #worker, #number)? {
            ::core::option::Option::Some(#block) => {
                #batches
                #records: for (#at, #item) in #block {
                    #rt::at(#worker, #at);
                    #rest
                }
                #worked
                true
            }
            ::core::option::Option::None => {
                #rests
                false
            }
        };
        if #walked {
            #settled
            #rt::passed(&mut #reader, #worker, #number)?;
            #after_batch
        }
    }
}

/// Puts the values that wait in their places: the next batch may be of another partition.
fn settled(plan: &Plan<'_>, source: usize) -> TokenStream {
    reached(plan, source)
        .into_iter()
        .filter_map(|(number, stage)| {
            if let Operation::Ordered { .. }
            | Operation::Running { .. }
            | Operation::Table { .. }
            | Operation::IntervalJoin { .. }
            | Operation::LookUp { .. } = &stage.operation
            {
                return Some(ordered::after_sending(stage, number));
            }
            if let Operation::Ask { .. } = &stage.operation {
                return Some(asking::after_batch(number, stage.span()));
            }
            if let Operation::Passing { passing, .. } = &stage.operation {
                return passing::after_batch(stage, number, passing);
            }
            if let Operation::Gather { ends: None, .. } = &stage.operation {
                return Some(batch::after_batch(number, stage.span()));
            }
            if let Operation::Join { state: kept, .. } = &stage.operation {
                return join_sessions::after_batch(stage, number, kept);
            }
            if let Operation::EventTime { .. } = &stage.operation {
                let span = stage.span();
                let (rt, times) = (rt(span), variable("times", number, span));
                let Names { worker, .. } = Names::new(span);
                return Some(quote_spanned!(span=> #rt::after_times(#worker, &mut #times);));
            }
            let Operation::Aggregate {
                aggregate,
                state: kept,
            } = &stage.operation
            else {
                return None;
            };
            if kept.ends_with_items() {
                return Some(ordered::after_sending(stage, number));
            }
            if kept.is_of_sessions() {
                return session::after_batch(stage, number, kept);
            }
            if !aggregate.is_keyed_by_sign() {
                return None;
            }
            let span = stage.span();
            let (rt, state) = (rt(span), open_state(kept, number, span));
            let Names { worker, .. } = Names::new(span);
            let sign = sign(aggregate, number, span);
            if kept.event.is_some() {
                let state = variable("state", number, span);
                return Some(quote_spanned! {span=>
                    #rt::settle_steps(#worker, #number, &mut #state, #sign);
                });
            }
            Some(quote_spanned!(span=> #rt::settle(#worker, #number, &mut #state, #sign);))
        })
        .collect()
}

/// Tells the writers that this loop writes to that a batch is done.
fn after_batch(plan: &Plan<'_>, source: usize) -> TokenStream {
    reached(plan, source)
        .into_iter()
        .filter(|(_, stage)| has_writer(stage))
        .map(|(number, stage)| {
            let span = stage.span();
            let rt = rt(span);
            let out = variable("out", number, span);
            quote_spanned!(span=> #rt::after_batch(&mut #out)?;)
        })
        .chain([refused::told(plan, "after_batch")])
        .collect()
}

/// The stages that items of a source reach without waiting for a trigger.
fn reached<'p, 'm>(plan: &'p Plan<'m>, source: usize) -> BTreeMap<usize, &'p Stage<'m>> {
    let mut found = BTreeMap::new();
    let mut next = vec![source];
    while let Some(number) = next.pop() {
        let Some(stage) = plan.stages.get(number) else {
            continue;
        };
        if found.insert(number, stage).is_some() {
            continue;
        }
        if !stage.operation.ends_loop() {
            next.extend(&stage.consumers);
        }
        // What a stage with state does not take waits for no trigger either.
        next.extend(stage.failed.to.into_iter().chain(stage.late.to));
    }
    found
}

/// Hands an item to the stages that take it: the last one gets the item itself, the others a
/// view of it.
pub(super) fn consume(ctx: Context<'_, '_>, number: usize, item: Item, span: Span) -> TokenStream {
    let witnessed = edge::witnessed(ctx, number, &item, span);
    let steps = ctx.steps(number);
    let Some((last, others)) = steps.split_last() else {
        let ignored = ignored(&item, span);
        return quote! { #witnessed #ignored };
    };
    let views = others.iter().map(|step| {
        let (made, view) = view(&item, step.stage, span);
        let inner = stage(ctx.step(*step), step.stage, view);
        quote_spanned!(span=> { #made #inner })
    });
    let views: TokenStream = views.collect();
    let rest = stage(ctx.step(*last), last.stage, item);
    quote! { #witnessed #views #rest }
}

/// A copy of the item where it is `Copy`, a reference otherwise.
fn view(item: &Item, number: usize, span: Span) -> (TokenStream, Item) {
    let share = |from: &Ident, to: &Ident| share(from, to, span);
    match item {
        Item::One(whole) => {
            let to = variable("view", number, span);
            (share(whole, &to), Item::One(to))
        }
        Item::Pair(key, value) => {
            let (to_key, to_value) = (
                variable("view_key", number, span),
                variable("view_value", number, span),
            );
            let (key, value) = (share(key, &to_key), share(value, &to_value));
            (quote!(#key #value), Item::Pair(to_key, to_value))
        }
    }
}

/// A copy of what one variable holds where it is `Copy`, a reference otherwise, in another one.
pub(super) fn share(from: &Ident, to: &Ident, span: Span) -> TokenStream {
    let rt = rt(span);
    quote_spanned! {span=>
        let #to = {
            use #rt::{ShareCopy as _, ShareReference as _};
            (&&#rt::Tee(&#from)).share()
        };
    }
}

/// The item in one variable.
pub(super) fn one(item: Item, span: Span) -> (TokenStream, Ident) {
    match item {
        Item::One(whole) => (TokenStream::new(), whole),
        Item::Pair(key, value) => {
            let whole = Ident::new("pair", span);
            (quote_spanned!(span=> let #whole = (#key, #value);), whole)
        }
    }
}

/// An item that is not looked at.
pub(super) fn ignored(item: &Item, span: Span) -> TokenStream {
    match item {
        Item::One(whole) => quote_spanned!(span=> let _ = &#whole;),
        Item::Pair(key, value) => quote_spanned!(span=> let _ = (&#key, &#value);),
    }
}

/// The item as a key and a value.
pub(super) fn pair(item: Item, number: usize, span: Span) -> (TokenStream, Ident, Ident) {
    match item {
        Item::Pair(key, value) => (TokenStream::new(), key, value),
        Item::One(whole) => {
            let rt = rt(span);
            let (key, value) = (
                variable("key", number, span),
                variable("value", number, span),
            );
            (
                quote_spanned!(span=> let (#key, #value) = #rt::Pair::pair(#whole);),
                key,
                value,
            )
        }
    }
}

/// The same, where the value is kept: what only looks at the pair gets a copy of a value that is `Copy`.
pub(super) fn pair_kept(item: Item, number: usize, span: Span) -> (TokenStream, Ident, Ident) {
    let is_whole = matches!(item, Item::One(_));
    let (made, key, value) = pair(item, number, span);
    let rt = rt(span);
    let taken = is_whole.then(|| {
        quote_spanned! {span=>
            let #value = {
                use #rt::{PartAsItIs as _, PartCopied as _};
                (&&#rt::Part(&#value)).way().taken(#value)
            };
        }
    });
    (quote!(#made #taken), key, value)
}

/// Writes one stage and everything behind it in the same loop.
pub(super) fn stage(ctx: Context<'_, '_>, number: usize, item: Item) -> TokenStream {
    let Some(stage) = ctx.stage(number) else {
        return TokenStream::new();
    };
    let span = stage.span();
    let item = item.taken_at(span);
    if let Operation::Batch {
        of: BatchOf::Block, ..
    } = &stage.operation
    {
        return batch::put(number, item, span);
    }
    if let Operation::Ask { asking, .. } = &stage.operation {
        return asking::send(ctx, number, asking, (item, span));
    }
    let (kept, ctx) = refused::kept(ctx, number, &item, span);
    let written = taken(ctx, stage, number, item);
    quote!(#kept #written)
}

/// Writes a stage that has an item.
fn taken(ctx: Context<'_, '_>, stage: &Stage<'_>, number: usize, item: Item) -> TokenStream {
    let span = stage.span();
    match &stage.operation {
        Operation::Source(_) | Operation::Ask { .. } => TokenStream::new(),
        Operation::Decode(format) => {
            let decoded = variable("item", number, span);
            let (made, record) = one(item, span);
            let rest = consume(ctx, number, Item::One(decoded.clone()), span);
            let decode = decode(format, &record);
            let refuse = ctx.refuse(number, span);
            quote_spanned! {span=>
                #made
                match #decode {
                    ::core::result::Result::Ok(#decoded) => { #rest }
                    #refuse
                }
            }
        }
        Operation::Arm | Operation::Refused(_) => consume(ctx, number, item, span),
        Operation::Split(predicates) => split::stage(ctx, number, stage, predicates, item),
        Operation::Union => {
            let (joined, item) = edge::joined(ctx, number, item, span);
            let rest = consume(ctx, number, item, span);
            quote!(#joined #rest)
        }
        Operation::Gather { .. } => batch::gather(number, item, span),
        Operation::Batch { each, function, .. } | Operation::Each(each, function) => {
            each::stage(ctx, number, stage, *each, function, item)
        }
        Operation::Plain(plain) => self::plain(ctx, number, stage, *plain, item),
        Operation::Passing { passing, .. } => passing::stage(ctx, number, passing, (item, span)),
        Operation::Aggregate {
            aggregate,
            state: kept,
        } => {
            if kept.ends_with_items() {
                let sent = rows::send(ctx, number, aggregate, (item.clone(), span));
                return late::or_sent(ctx, number, kept, (item, span), sent);
            }
            if kept.is_of_sessions() {
                return session::add(ctx, number, aggregate, kept, (item, span));
            }
            if kept.event.is_some() {
                return event::add(ctx, number, aggregate, item, span);
            }
            let state = open_state(kept, number, span);
            add::aggregate(ctx, number, &state, aggregate, (item, span))
        }
        Operation::EventTime { function, .. } => event::stage(ctx, number, stage, function, item),
        Operation::Ordered { ordered, .. } => ordered::send(ctx, number, stage, ordered, item),
        Operation::Table { .. } => table::send(ctx, number, (item, span)),
        Operation::LookUp { table, as_of, .. } => {
            table::look_up_send(ctx, number, (*table, as_of.as_ref()), (item, span))
        }
        Operation::Running { running, state } => {
            let sent = running::send(
                ctx,
                number,
                (running.aggregate, state),
                (item.clone(), span),
            );
            late::or_sent(ctx, number, state, (item, span), sent)
        }
        Operation::Join { join, state } => join::add(ctx, number, (*join, state), (item, span)),
        Operation::IntervalJoin { join, state, .. } => {
            let sent = interval_join::send(ctx, number, *join, (item.clone(), span));
            late::or_sent(ctx, number, state, (item, span), sent)
        }
        Operation::UpdateState { .. } => update::add(ctx, number, (item, span)),
        Operation::Rows { .. } => {
            let rt = rt(span);
            let state = variable("state", number, span);
            let Names { worker, .. } = Names::new(span);
            let (made, item) = one(item, span);
            let kind = sink::shown(&item, span);
            quote_spanned! {span=>
                #made
                #rt::Shows::keep(#kind, &#item, &mut #state, #worker);
            }
        }
        Operation::ToNull => ignored(&item, span),
        Operation::Print { .. }
        | Operation::ToParts { .. }
        | Operation::ToKafka { .. }
        | Operation::ToOwn(..) => sink::stage(ctx, number, stage, item),
    }
}

/// `for next in many { rest }`; what is walked through may be no `Result`.
pub(super) fn walk(many: &Ident, next: &Ident, rest: &TokenStream, span: Span) -> TokenStream {
    let rt = rt(span);
    quote_spanned! {span=>
        #rt::LosesNoFailure::walked({
            use #rt::{WalksAll as _, WalksResult as _};
            (&&#rt::Walked(&#many)).kind()
        });
        for #next in ::core::iter::IntoIterator::into_iter(#many) { #rest }
    }
}

fn plain(
    ctx: Context<'_, '_>,
    number: usize,
    stage: &Stage<'_>,
    plain: Plain,
    item: Item,
) -> TokenStream {
    let span = stage.span();
    match plain {
        Plain::Flatten => {
            let (made, whole) = one(item, span);
            let next = variable("item", number, span);
            let rest = consume(ctx, number, Item::One(next.clone()), span);
            let walk = walk(&whole, &next, &rest, span);
            quote!(#made #walk)
        }
        Plain::Swap => {
            let (made, key, value) = pair(item, number, span);
            let rest = consume(ctx, number, Item::Pair(value, key), span);
            quote!(#made #rest)
        }
        Plain::Timestamp => {
            let (made, whole) = one(item, span);
            let (own, time) = (variable("timestamp", number, span), ctx.time_of_item(span));
            let rest = consume(ctx, number, Item::Pair(own.clone(), whole), span);
            quote_spanned!(span=> #made let #own: i64 = #time; #rest)
        }
        Plain::Keys => {
            let (made, key, value) = pair(item, number, span);
            let rest = consume(ctx, number, Item::One(key), span);
            quote_spanned!(span=> #made let _ = &#value; #rest)
        }
        Plain::Values => {
            let (made, key, value) = pair_kept(item, number, span);
            let rest = consume(ctx, number, Item::One(value), span);
            quote_spanned!(span=> #made let _ = &#key; #rest)
        }
        Plain::WithWindow => bounds::stage(ctx, number, stage, item),
    }
}
