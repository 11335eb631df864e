//! Writes the loops over records: one per source, with the stages of its segment nested inside.

use std::collections::BTreeMap;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{GenericArgument, Path, PathArguments, Type};

use super::context::{Context, Item, Names, Section, rt, variable};
use super::setup::has_writer;
use super::{
    asking, batch, each, edge, event, interval_join, join, join_sessions, late, ordered, passing,
    refused, rows, running, session, side_by_side, sink, sketch, split, table, update,
};
use crate::model::{Aggregate, Plain, Reducer};
use crate::plan::{BatchOf, Operation, Plan, Stage, State};

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
            self::aggregate(ctx, number, &state, aggregate, (item, span))
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

/// Reads a record, with what does not fit reported where it is written: a type that `Json` or `Csv`
/// cannot be read into at the type, any other format at the format.
fn decode(format: &Type, record: &Ident) -> TokenStream {
    let at = |written: &Type| Span::mixed_site().located_at(written.span());
    if let Some((reader, read, item)) = read_by_serde(format) {
        let at = at(item);
        let (rt, reader, read) = (rt(at), Ident::new(reader, at), Ident::new(read, at));
        return quote_spanned!(at=> #rt::decoded(<#item as #rt::#reader<'_>>::#read(#record)));
    }
    let (ours, at) = (at(format), format.span());
    let (decoded, decode) = (
        quote_spanned!(ours=> ::streamflow::__private::decoded),
        quote_spanned!(ours=> ::streamflow::__private::Decode<'_>),
    );
    // The compiler asks twice whether it is a format, once at its own span: both must be alike.
    quote_spanned!(at=> #decoded(<#format as #decode>::decode(#record)))
}

/// The type in the language's own `Json<T>` and `Csv<T>`, and what reads it.
pub(super) fn read_by_serde(format: &Type) -> Option<(&'static str, &'static str, &Type)> {
    let Type::Path(path) = format else {
        return None;
    };
    let last = path.path.segments.last();
    let last = last.filter(|_| is_of_the_language(&path.path))?;
    let (reader, read) = match last.ident.to_string().as_str() {
        "Json" => ("FromJson", "from_json"),
        "Csv" => ("FromCsv", "from_csv"),
        _ => return None,
    };
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first() {
        Some(GenericArgument::Type(item)) if arguments.args.len() == 1 => {
            Some((reader, read, item))
        }
        _ => None,
    }
}

/// Whether this is where `as` finds the formats of the language.
fn is_of_the_language(format: &Path) -> bool {
    let ours = ["streamflow", "__private", "formats"];
    format.segments.len() == ours.len() + 1
        && (format.segments.iter().zip(ours)).all(|(segment, own)| segment.ident == own)
}

/// `for next in many { rest }`; what is walked through may be no `Result`.
pub(super) fn walk(many: &Ident, next: &Ident, rest: &TokenStream, span: Span) -> TokenStream {
    let rt = rt(span);
    quote_spanned! {span=>
        #rt::Complete::walked({
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
    }
}

/// Where items are added: the state, or the open step of a window.
pub(super) fn open_state(kept: &State, number: usize, span: Span) -> TokenStream {
    let state = variable("state", number, span);
    if kept.is_of_sessions() {
        return session::like(&state, span);
    }
    if kept.ends_with_items() {
        return rows::like(&state, span);
    }
    match (&kept.event, kept.moving()) {
        (None, None) => quote!(#state),
        (None, Some(_)) => quote_spanned!(span=> #state.open),
        (Some(_), _) => quote_spanned!(span=> #state.table),
    }
}

/// Adds an item to a stage's state.
pub(super) fn aggregate(
    ctx: Context<'_, '_>,
    number: usize,
    state: &TokenStream,
    aggregate: &Aggregate,
    (item, span): (Item, Span),
) -> TokenStream {
    let rt = rt(span);
    if let Aggregate::CountByValue | Aggregate::Distinct = aggregate {
        let (made, item) = one(item, span);
        let entry = variable("entry", number, span);
        let place = place((ctx, number), aggregate, state, &item, span);
        return quote_spanned! {span=>
            #made
            let #entry = #place;
            #rt::count_key(#entry);
        };
    }
    if aggregate.is_keyed() {
        let (made, key, value) = pair_kept(item, number, span);
        let add = add_keyed(ctx, number, state, aggregate, (&key, &value), span);
        return quote!(#made #add);
    }
    if let Aggregate::Top { .. } = aggregate {
        let (made, key, value) = pair_kept(item, number, span);
        let limit = variable("limit", number, span);
        return quote_spanned! {span=>
            #made
            #rt::Ranking::checked(&#value);
            #rt::RankedKey::rank(&mut #state, #key, #value, #limit);
        };
    }
    if let Aggregate::Count = aggregate {
        let ignored = ignored(&item, span);
        return quote_spanned!(span=> #ignored #rt::count_one(&mut #state););
    }
    let (made, item) = one(item, span);
    let add = match aggregate {
        Aggregate::HeavyHitters { .. } => {
            let limit = variable("limit", number, span);
            quote_spanned!(span=> #rt::FrequentKey::note(&mut #state, #item, #limit);)
        }
        Aggregate::ApproxDistinct | Aggregate::Quantile { .. } => {
            sketch::add(ctx, number, state, aggregate, (&item, span))
        }
        Aggregate::Average => {
            quote_spanned!(span=> #rt::average_one(&mut #state, #rt::Number::to_f64(&#item));)
        }
        Aggregate::Reduce(Reducer::Function(function)) => {
            let combine = each::combining(function, "combine", number, span);
            quote_spanned!(span=> #rt::combine_one_with(&mut #state, #item, #combine);)
        }
        Aggregate::ReduceByKey(_)
        | Aggregate::CountByKey
        | Aggregate::AggregateByKey { .. }
        | Aggregate::GroupByKey
        | Aggregate::AggByKey { .. }
        | Aggregate::CountByValue
        | Aggregate::Distinct
        | Aggregate::Count
        | Aggregate::Reduce(Reducer::Sign { .. })
        | Aggregate::Sum
        | Aggregate::Min
        | Aggregate::Max
        | Aggregate::Top { .. } => {
            let sign = sign(aggregate, number, span);
            // Asked first: what cannot be added need not be told that it cannot be kept either.
            let checked = matches!(aggregate, Aggregate::Sum)
                .then(|| quote_spanned!(span=> #rt::Summand::checked(&#item);));
            let add = quote_spanned!(span=> #rt::combine_one(&mut #state, #item, #sign));
            let add = ctx.try_or_refuse(number, &add, &TokenStream::new(), span);
            quote!(#checked #add)
        }
    };
    quote!(#made #add)
}

fn add_keyed(
    ctx: Context<'_, '_>,
    number: usize,
    state: &TokenStream,
    aggregate: &Aggregate,
    (key, value): (&Ident, &Ident),
    span: Span,
) -> TokenStream {
    let rt = rt(span);
    let entry = variable("entry", number, span);
    if let Aggregate::AggByKey { parts } = aggregate {
        let place = place((ctx, number), aggregate, state, key, span);
        let sign = sign(aggregate, number, span);
        return side_by_side::taken(ctx, number, parts, value, span, |taken| {
            let add = quote_spanned!(span=> #rt::combine(#entry, #taken, #sign));
            let add = ctx.try_or_refuse(number, &add, &TokenStream::new(), span);
            quote_spanned!(span=> let #entry = #place; #add)
        });
    }
    let add = match aggregate {
        Aggregate::ReduceByKey(Reducer::Function(function)) => {
            let combine = each::combining(function, "combine", number, span);
            quote_spanned!(span=> #rt::combine_with(#entry, #value, #combine);)
        }
        Aggregate::CountByKey => {
            quote_spanned!(span=> let _ = &#value; #rt::count_key(#entry);)
        }
        Aggregate::AggregateByKey { init, add, .. } => {
            let add = each::combining(add, "add", number, span);
            quote_spanned!(span=> #rt::fold(#entry, #value, || #init, #add);)
        }
        Aggregate::GroupByKey => {
            quote_spanned!(span=> #rt::fold(#entry, #value, ::std::vec::Vec::new, #rt::push_value);)
        }
        Aggregate::ReduceByKey(Reducer::Sign { .. })
        | Aggregate::AggByKey { .. }
        | Aggregate::CountByValue
        | Aggregate::Distinct
        | Aggregate::Count
        | Aggregate::Reduce(_)
        | Aggregate::Sum
        | Aggregate::Average
        | Aggregate::Min
        | Aggregate::Max
        | Aggregate::ApproxDistinct
        | Aggregate::HeavyHitters { .. }
        | Aggregate::Quantile { .. }
        | Aggregate::Top { .. } => {
            let sign = sign(aggregate, number, span);
            let add = quote_spanned!(span=> #rt::combine(#entry, #value, #sign));
            ctx.try_or_refuse(number, &add, &TokenStream::new(), span)
        }
    };
    let place = place((ctx, number), aggregate, state, key, span);
    quote_spanned!(span=> let #entry = #place; #add)
}

/// The place of a key. In the loop over records a value that a sign combines may come to it together
/// with others; a closure gets the values one by one.
fn place(
    (ctx, number): (Context<'_, '_>, usize),
    aggregate: &Aggregate,
    state: &TokenStream,
    key: &Ident,
    span: Span,
) -> TokenStream {
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    // Where a refused item is kept, it must be the one at hand.
    let stage = ctx.stage(number);
    let keeps_them = stage.is_some_and(|stage| stage.failed.keeps_them());
    if !aggregate.is_keyed_by_sign() {
        quote_spanned!(span=> #rt::Key::place(&mut #state, #key))
    } else if ctx.section == Section::Records && !keeps_them {
        quote_spanned!(span=> #rt::Key::place_soon(&mut #state, #key, #rt::offset(#worker)))
    } else {
        quote_spanned!(span=> #rt::Soon::Now(#rt::Key::place(&mut #state, #key)))
    }
}

/// The function of the runtime that combines two values of this aggregate, at the sign's token
/// where the user wrote one.
pub(super) fn sign(aggregate: &Aggregate, number: usize, span: Span) -> TokenStream {
    let (name, span) = match aggregate {
        Aggregate::ReduceByKey(Reducer::Sign { name, span: at })
        | Aggregate::Reduce(Reducer::Sign { name, span: at }) => {
            (*name, Span::mixed_site().located_at(*at))
        }
        Aggregate::Min => ("least", span),
        Aggregate::Max => ("greatest", span),
        Aggregate::Average => ("add_mean", span),
        Aggregate::ReduceByKey(Reducer::Function(_))
        | Aggregate::Reduce(Reducer::Function(_))
        | Aggregate::AggregateByKey { .. }
        | Aggregate::GroupByKey
        | Aggregate::CountByKey
        | Aggregate::CountByValue
        | Aggregate::Distinct
        | Aggregate::Count => ("plus", span),
        Aggregate::Sum => ("add_item", span),
        Aggregate::Top { .. } => ("merge_top", span),
        Aggregate::HeavyHitters { .. } => ("merge_frequent", span),
        Aggregate::AggByKey { .. } | Aggregate::ApproxDistinct | Aggregate::Quantile { .. } => {
            ("accumulate", span)
        }
    };
    let rt = rt(span);
    let always = |call: TokenStream| quote_spanned!(span=> #rt::always(#call));
    // A call at one place, so that a type it does not take is reported once, and there.
    let combine = match name {
        "add_item" => quote_spanned!(span=> #rt::Summand::add_item(known, other)),
        "plus" => quote_spanned!(span=> #rt::Plus::plus(known, other)),
        "times" => quote_spanned!(span=> #rt::Times::times(known, other)),
        "wrapping_plus" => always(quote_spanned!(span=> #rt::Plus::wrapping_plus(known, other))),
        "saturating_plus" => {
            always(quote_spanned!(span=> #rt::Plus::saturating_plus(known, other)))
        }
        "wrapping_times" => always(quote_spanned!(span=> #rt::Times::wrapping_times(known, other))),
        "saturating_times" => {
            always(quote_spanned!(span=> #rt::Times::saturating_times(known, other)))
        }
        "least" => always(quote_spanned!(span=> #rt::Extreme::least(known, other))),
        "greatest" => always(quote_spanned!(span=> #rt::Extreme::greatest(known, other))),
        "bit_and" => always(quote_spanned!(span=> #rt::Bits::bit_and(known, other))),
        "bit_or" => always(quote_spanned!(span=> #rt::Bits::bit_or(known, other))),
        "bit_xor" => always(quote_spanned!(span=> #rt::Bits::bit_xor(known, other))),
        "accumulate" => quote_spanned!(span=> #rt::accumulate(known, other)),
        "merge_top" => {
            let limit = variable("limit", number, span);
            always(quote_spanned!(span=> #rt::RankedKey::merge_top(known, other, #limit)))
        }
        "merge_frequent" => {
            let limit = variable("limit", number, span);
            always(quote_spanned!(span=> #rt::FrequentKey::merge_frequent(known, other, #limit)))
        }
        _ => quote_spanned!(span=> #rt::add_mean(known, other)),
    };
    quote_spanned!(span=> |known, other| #combine)
}
