//! Writes the witnesses of item types: what a run that only describes the job says about them.
//!
//! The macro cannot know the type of an item, and the Rust compiler does. A witness is a variable
//! without a size, which takes the type of the items where they leave a stage.
//!
//! It has no value in front of that: a witness that were still in use from the record before would
//! keep alive what that one lent. And what makes one for the description stands behind everything
//! else, so that a type that cannot be inferred is reported where the user wrote it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use super::context::{Context, Item, Names, Way, rt, variable};
use crate::model::{About, Aggregate, Asking, Each, Ordered, Passing, Plain};
use crate::plan::{Operation, Plan, Running, Stage};

/// The witnesses of a worker.
pub(super) fn declared(plan: &Plan<'_>) -> TokenStream {
    let witnesses = witnesses(plan);
    witnesses
        .map(|(_, edge, span)| quote_spanned!(span=> let mut #edge;))
        .collect()
}

/// How a worker ends that only describes its job.
pub(super) fn described(plan: &Plan<'_>) -> TokenStream {
    let made = witnesses(plan).map(|(_, edge, span)| {
        let rt = rt(span);
        quote_spanned!(span=> #edge = #rt::edge();)
    });
    let types = witnesses(plan).map(|(number, edge, span)| {
        let rt = rt(span);
        quote_spanned!(span=> (#number, #rt::type_on_edge(&#edge)))
    });
    let span = Span::mixed_site();
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    quote_spanned! {span=>
        #(#made)*
        #rt::describe(#worker, &[#(#types),*])
    }
}

/// The number of each stage that has a witness, the witness, and where it stands.
fn witnesses(plan: &Plan<'_>) -> impl Iterator<Item = (usize, Ident, Span)> {
    let stages = plan.stages.iter().enumerate();
    stages
        .filter(|(_, stage)| has_own_type(&stage.operation))
        .map(|(number, stage)| {
            let span = stage.span();
            (number, variable("edge", number, span), span)
        })
}

/// Whether the items that leave the stage have a type of their own: behind all others they are
/// the ones that came.
fn has_own_type(operation: &Operation<'_>) -> bool {
    match operation {
        Operation::Source(_)
        | Operation::Decode(_)
        | Operation::Union
        | Operation::Refused(_)
        | Operation::Plain(_)
        | Operation::Aggregate { .. }
        | Operation::Running { .. }
        | Operation::Join { .. }
        | Operation::LookUp { .. }
        | Operation::Ask { .. }
        | Operation::IntervalJoin { .. }
        | Operation::UpdateState { .. } => true,
        Operation::Ordered { ordered, .. } => !matches!(ordered, Ordered::Dedup(_)),
        Operation::Each(each, _) | Operation::Batch { each, .. } => match each {
            Each::Map
            | Each::FilterMap
            | Each::FlatMap
            | Each::TryMap
            | Each::MapValues
            | Each::FlatMapValues
            | Each::KeyBy => true,
            Each::Filter | Each::Inspect | Each::ForEach => false,
        },
        Operation::Split(_)
        | Operation::Arm
        | Operation::Passing { .. }
        | Operation::Gather { .. }
        | Operation::Table { .. }
        | Operation::EventTime { .. }
        | Operation::Rows { .. }
        | Operation::Print { .. }
        | Operation::ToParts { .. }
        | Operation::ToKafka { .. }
        | Operation::ToOwn(..)
        | Operation::ToNull => false,
    }
}

/// Shows the witness of a stage the items that leave it.
///
/// Only on the first way: behind streams that differ, the others would be a second report of the
/// same mistake.
pub(super) fn witnessed(
    ctx: Context<'_, '_>,
    number: usize,
    item: &Item,
    span: Span,
) -> TokenStream {
    let Some(stage) = ctx.stage(number) else {
        return TokenStream::new();
    };
    if ctx.way == Way::Other || is_joined(ctx.plan, number) || !has_own_type(&stage.operation) {
        return TokenStream::new();
    }
    // At the stage that is next, as all that is done with the items: where there are none, as in
    // `map(|_| panic!())`, that is what the compiler says cannot be reached.
    let next = stage.consumers.first().and_then(|next| ctx.stage(*next));
    let span = next.map_or(span, Stage::span);
    let (rt, edge) = (rt(span), variable("edge", number, span));
    match item {
        Item::One(whole) => quote_spanned!(span=> #edge = #rt::edge_of(&#whole);),
        Item::Pair(key, value) => {
            quote_spanned!(span=> #edge = #rt::edge_of_pair(&#key, &#value);)
        }
    }
}

/// Brings an item into a `union`, whose streams all have items of one type.
pub(super) fn joined(
    ctx: Context<'_, '_>,
    number: usize,
    item: Item,
    span: Span,
) -> (TokenStream, Item) {
    let whole: Ident = match item {
        Item::One(whole) if is_joined(ctx.plan, number) => whole,
        Item::One(_) | Item::Pair(..) => return (TokenStream::new(), item),
    };
    let (rt, edge) = (rt(span), variable("edge", number, span));
    let next = variable("item", number, span);
    let made = quote_spanned! {span=>
        #edge = #rt::edge();
        let #next = #rt::SameAs::joined(&#edge, #whole);
    };
    (made, Item::One(next))
}

/// Whether the stage is a `union` that holds its streams to one type. Where a stream may bring
/// pairs in two variables it does not: the key may borrow from the value, so neither can be moved.
fn is_joined(plan: &Plan<'_>, number: usize) -> bool {
    plan.stages.get(number).is_some_and(|stage| {
        matches!(stage.operation, Operation::Union)
            && !stage.inputs.iter().any(|input| may_be_apart(plan, *input))
    })
}

/// Whether the items that leave a stage may be pairs in two variables.
fn may_be_apart(plan: &Plan<'_>, number: usize) -> bool {
    let Some(stage) = plan.stages.get(number) else {
        return false;
    };
    match &stage.operation {
        Operation::Each(Each::KeyBy | Each::MapValues | Each::FlatMapValues, _)
        | Operation::Ask {
            asking: Asking {
                about: About::Key, ..
            },
            ..
        }
        | Operation::Refused(_)
        | Operation::Plain(Plain::Swap | Plain::Timestamp | Plain::WithWindow)
        | Operation::Join { .. }
        | Operation::LookUp { .. }
        | Operation::IntervalJoin { .. }
        | Operation::UpdateState { .. } => true,
        Operation::Aggregate { aggregate, .. }
        | Operation::Running {
            running: Running { aggregate, .. },
            ..
        } => aggregate.is_keyed() && !matches!(aggregate, Aggregate::Distinct),
        Operation::Ordered { ordered, .. } => {
            matches!(ordered, Ordered::Scan { .. } | Ordered::Lag(_))
        }
        Operation::Union
        | Operation::Split(_)
        | Operation::Arm
        | Operation::Passing {
            passing: Passing::Sample { .. } | Passing::Throttle { .. },
            ..
        }
        | Operation::EventTime { .. }
        | Operation::Each(Each::Filter | Each::Inspect, _) => {
            stage.inputs.iter().any(|input| may_be_apart(plan, *input))
        }
        Operation::Passing {
            passing: Passing::Repartition { .. },
            ..
        }
        | Operation::Ask { .. }
        | Operation::Source(_)
        | Operation::Decode(_)
        | Operation::Each(
            Each::Map | Each::FilterMap | Each::FlatMap | Each::TryMap | Each::ForEach,
            _,
        )
        | Operation::Plain(Plain::Flatten | Plain::Keys | Plain::Values)
        | Operation::Gather { .. }
        | Operation::Batch { .. }
        | Operation::Table { .. }
        | Operation::Rows { .. }
        | Operation::Print { .. }
        | Operation::ToParts { .. }
        | Operation::ToKafka { .. }
        | Operation::ToOwn(..)
        | Operation::ToNull => false,
    }
}
