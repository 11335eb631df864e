//! Writes what a job and its workers begin with: sources, exchanges, sinks; readers, states,
//! writers.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Expr;

use super::context::{Names, rt, variable};
use super::{
    asking, batch, constant, each, history, interval_join, join, late, ordered, passing, process,
    refused, rows, running, side_by_side, sketch, split, table, update,
};
use crate::closure::{Function, used_by};
use crate::model::{
    Aggregate, Offsets, Ordered, OwnSink, Place, Reads, Reducer, Roll, Source, Start, To,
};
use crate::plan::{Operation, Order, Plan, Rows, Stage, State, Steps};

/// What is made once per job, before its workers start: arguments are evaluated here.
pub(super) fn outside(plan: &Plan<'_>) -> TokenStream {
    let stages = plan.stages.iter().enumerate();
    let stages = stages.map(|(number, stage)| stage_outside(stage, number));
    stages.chain([refused::outside(plan)]).collect()
}

fn stage_outside(stage: &Stage<'_>, number: usize) -> TokenStream {
    let span = stage.span();
    let rt = rt(span);
    match &stage.operation {
        Operation::Source(source) => {
            let variable = variable("source", number, span);
            let made = make_source(source, span);
            quote_spanned!(span=> let #variable = #made;)
        }
        Operation::Aggregate { aggregate, state } => {
            aggregate_outside(stage, number, aggregate, state)
        }
        Operation::Gather { .. } => {
            let exchange = variable("exchange", number, span);
            quote_spanned!(span=> let #exchange = #rt::exchange();)
        }
        Operation::Each(_, function)
        | Operation::Batch { function, .. }
        | Operation::EventTime { function, .. } => {
            function_outside(function, "function", number, span)
        }
        Operation::Ordered { ordered, .. } => ordered::outside(ordered, number, span),
        Operation::Running { running, .. } => running::outside(running.aggregate, number, span),
        Operation::Join { state, .. } => join::outside(stage, number, state),
        Operation::IntervalJoin { .. } => interval_join::outside(number, span),
        Operation::Table { .. } => table::outside(number, span),
        Operation::LookUp { as_of, .. } => table::look_up_outside(as_of.as_ref(), number, span),
        Operation::Passing { passing, .. } => passing::outside(passing, number, span),
        Operation::Ask { asking, .. } => asking::outside(asking, number, span),
        Operation::UpdateState { function, .. } => update::outside(function, number, span),
        Operation::Split(predicates) => predicates
            .iter()
            .enumerate()
            .map(|(arm, predicate)| {
                function_outside(predicate, &split::predicate(arm), number, span)
            })
            .collect(),
        Operation::Print { limit, rows } => print_outside(*limit, rows, number, span),
        Operation::ToParts {
            place,
            to,
            suffix,
            roll,
            every_ms,
            ..
        } => {
            let variable = variable("sink", number, span);
            let suffix =
                suffix.map_or_else(|| quote_spanned!(span=> "txt"), ToTokens::to_token_stream);
            let every_ms = option(every_ms.as_ref(), span);
            let roll = roll.map(|roll| match roll {
                Roll::Bytes(bytes) => quote_spanned!(span=> #rt::Roll::Bytes(#bytes)),
                Roll::Ms(ms) => quote_spanned!(span=> #rt::Roll::Ms(#ms)),
            });
            let roll = option(roll.as_ref(), span);
            match place {
                Place::Directory => quote_spanned! {span=>
                    let #variable = #rt::files_sink(#to, #suffix, #every_ms, #roll);
                },
                Place::ObjectStore => quote_spanned! {span=>
                    let #variable = #rt::objects_sink(
                        #number, #rt::StoreUrl::text(#to), #suffix, #every_ms, #roll
                    );
                },
            }
        }
        Operation::ToKafka {
            topic,
            key,
            value,
            headers,
            ..
        } => {
            let variable = variable("sink", number, span);
            let key = key.map(|key| function_outside(key, "key", number, span));
            let value = value.map(|value| function_outside(value, "value", number, span));
            let headers = headers.map(|headers| function_outside(headers, "headers", number, span));
            quote_spanned! {span=>
                let #variable = #rt::kafka_sink(#topic);
                #key
                #value
                #headers
            }
        }
        Operation::ToOwn(kind, sink) => {
            let variable = variable("sink", number, span);
            let made = match kind {
                OwnSink::Channel => quote_spanned!(span=> #rt::ChannelSender::in_job(#sink)),
                OwnSink::Custom => quote_spanned!(span=> #rt::SinkOfOnesOwn::in_job(#sink)),
            };
            quote_spanned!(span=> let #variable = #made;)
        }
        Operation::Decode(_)
        | Operation::Union
        | Operation::Arm
        | Operation::Refused(_)
        | Operation::Plain(_)
        | Operation::Rows { .. }
        | Operation::ToNull => TokenStream::new(),
    }
}

fn print_outside(limit: Option<&Expr>, rows: &Rows, number: usize, span: Span) -> TokenStream {
    let rt = rt(span);
    let variable = variable("sink", number, span);
    let limit = option(limit, span);
    let rows = match rows {
        Rows::AsTheyCome => quote_spanned!(span=> #rt::Rows::AsTheyCome),
        Rows::InIntervals { ends, order } => {
            let order = match order {
                Order::Sorted => quote_spanned!(span=> #rt::Order::Sorted),
                Order::Arrival => quote_spanned!(span=> #rt::Order::Arrival),
                Order::Ranked => quote_spanned!(span=> #rt::Order::Ranked),
            };
            if ends.iter().all(|ends| ends.are_multiples()) {
                let every_ms = ends.iter().map(|ends| ends.every_ms);
                quote_spanned! {span=>
                    #rt::Rows::InIntervals { every_ms: &[#(#every_ms),*], order: #order }
                }
            } else {
                let ends = ends.iter().map(|ends| constant::ends(*ends, span));
                quote_spanned! {span=>
                    #rt::Rows::AtEnds { ends: &[#(#ends),*], order: #order }
                }
            }
        }
    };
    quote_spanned!(span=> let #variable = #rt::print_sink(#limit, #rows);)
}

fn aggregate_outside(
    stage: &Stage<'_>,
    number: usize,
    aggregate: &Aggregate,
    state: &State,
) -> TokenStream {
    let span = stage.span();
    let rt = rt(span);
    let exchange = variable("exchange", number, span);
    let functions = functions_outside(aggregate, number, span);
    let inverse = stage
        .inverse
        .map(|inverse| combining_outside(inverse, "inverse", number, span));
    // What closes by steps, or comes home from a checkpoint, has a way of its own.
    let other = match state.moving() {
        None | Some(Steps::Session { .. }) => None,
        Some(Steps::Last(_) | Steps::SinceMultipleOf(_) | Steps::Placed(_)) => Some("panes"),
        Some(Steps::Rows { .. } | Steps::Sliding) => Some("homes"),
    };
    let other = other.map(|name| {
        let other = variable(name, number, span);
        quote_spanned!(span=> let #other = #rt::exchange();)
    });
    let late = late::is_in_rounds(stage, state).then(|| late::outside(number, span));
    quote_spanned!(span=> #functions #inverse let #exchange = #rt::exchange(); #other #late)
}

fn make_source(source: &Source, span: Span) -> TokenStream {
    let rt = rt(span);
    match source {
        Source::Kafka { topics, reads } => {
            let reading = reading(reads, span);
            if reads.by_pattern {
                return quote_spanned!(span=> #rt::kafka_matching(#topics)#reading);
            }
            quote_spanned!(span=> #rt::kafka(#rt::TopicNames::names(#topics))#reading)
        }
        Source::Iter { items } => {
            quote_spanned!(span=> #rt::iter(#rt::Items::walk(#items)))
        }
        Source::Channel { receiver } => {
            quote_spanned!(span=> #rt::channel(#rt::ChannelReceiver::receiver(#receiver)))
        }
        Source::Custom { source } => quote_spanned!(span=> #rt::SourceOfOnesOwn::in_job(#source)),
        Source::Generate { per_second, make } => {
            quote_spanned!(span=> #rt::generate(#per_second, #make))
        }
        Source::Stdin => quote_spanned!(span=> #rt::stdin()),
        Source::Socket { address } => quote_spanned!(span=> #rt::socket(#address)),
        Source::Files { pattern } => quote_spanned!(span=> #rt::files(#pattern)),
    }
}

/// What the options of a source say, if it has any.
fn reading(reads: &Reads, span: Span) -> Option<TokenStream> {
    let rt = rt(span);
    let start = reads.start.as_ref().map(|start| match start {
        Start::Earliest => quote_spanned!(span=> .from_earliest()),
        Start::Latest => quote_spanned!(span=> .from_latest()),
        Start::Time(moment) => quote_spanned!(span=> .from_time(#moment)),
    });
    let until = reads
        .until_caught_up
        .then(|| quote_spanned!(span=> .until_caught_up()));
    let offsets = reads.offsets.as_ref().map(|offsets| {
        let offsets = offsets.iter().map(|of| range(of, span));
        quote_spanned!(span=> .offsets([#(#offsets),*]))
    });
    let max_rate = reads
        .max_rate
        .as_ref()
        .map(|max_rate| quote_spanned!(span=> .max_rate(#max_rate)));
    if reads.written.is_empty() {
        return None;
    }
    Some(quote_spanned! {span=>
        .reading(<#rt::Reads as ::core::default::Default>::default() #start #until #offsets #max_rate)
    })
}

/// A partition, and the offsets that are read of it.
fn range(of: &Offsets, span: Span) -> TokenStream {
    let Offsets {
        partition,
        from,
        to,
    } = of;
    let from = from
        .as_ref()
        .map_or_else(|| quote_spanned!(span=> 0), ToTokens::to_token_stream);
    let to = match to {
        None => quote_spanned!(span=> ::core::primitive::i64::MAX),
        Some(To::Before(end)) => quote!(#end),
        Some(To::With(last)) => quote_spanned!(span=> #last + 1),
    };
    quote_spanned!(span=> (#partition, #from..#to))
}

pub(super) fn option(value: Option<&impl ToTokens>, span: Span) -> TokenStream {
    if let Some(value) = value {
        quote_spanned!(span=> ::core::option::Option::Some(#value))
    } else {
        quote_spanned!(span=> ::core::option::Option::None)
    }
}

/// Makes a hoisted function, and checks that captured variables can be shared between workers.
pub(super) fn function_outside(
    function: &Function,
    what: &str,
    number: usize,
    span: Span,
) -> TokenStream {
    match function {
        Function::Value(value) => {
            let (rt, variable) = (rt(span), variable(what, number, span));
            quote_spanned!(span=> let #variable = #rt::FunctionOfItem::function(#value);)
        }
        Function::Closure(closure) => {
            let captured = captured(&closure.captured, &closure.bound);
            let touched = touched(&closure.touched);
            quote_spanned!(span=> #captured #touched)
        }
        Function::Path(_) => TokenStream::new(),
    }
}

/// The same for a function of two values.
pub(super) fn combining_outside(
    function: &Expr,
    what: &str,
    number: usize,
    span: Span,
) -> TokenStream {
    if each::is_in_place(function) {
        let used = used_by(function);
        let captured = captured(&used.captured, &used.bound);
        let touched = touched(&used.touched);
        return quote_spanned!(span=> #captured #touched);
    }
    let variable = variable(what, number, span);
    quote_spanned!(span=> let #variable = #function;)
}

/// The same for the functions that an aggregate combines values with.
pub(super) fn functions_outside(aggregate: &Aggregate, number: usize, span: Span) -> TokenStream {
    let outside = |function: &Expr, what: &str| combining_outside(function, what, number, span);
    match aggregate {
        Aggregate::ReduceByKey(Reducer::Function(function))
        | Aggregate::Reduce(Reducer::Function(function)) => outside(function, "combine"),
        Aggregate::AggregateByKey {
            init: _,
            add,
            merge,
        } => [outside(add, "add"), outside(merge, "merge")]
            .into_iter()
            .collect(),
        Aggregate::ReduceByKey(Reducer::Sign { .. })
        | Aggregate::Reduce(Reducer::Sign { .. })
        | Aggregate::CountByKey
        | Aggregate::GroupByKey
        | Aggregate::CountByValue
        | Aggregate::Distinct
        | Aggregate::Count
        | Aggregate::Sum
        | Aggregate::Average
        | Aggregate::Min
        | Aggregate::Max
        | Aggregate::ApproxDistinct => TokenStream::new(),
        Aggregate::Quantile { share } => sketch::share_outside(share, "share", number, span),
        Aggregate::AggByKey { parts } => side_by_side::outside(parts, number, span),
        Aggregate::Top { n } | Aggregate::HeavyHitters { n } => {
            let limit = variable("limit", number, span);
            quote_spanned!(span=> let #limit: usize = #n;)
        }
    }
}

/// Checks that workers can share these variables.
///
/// The closure's own names stand beside them: a variable that does not exist is then reported in
/// the same words here and in the closure, near misses and all, and so only once.
fn captured(names: &[Ident], bound: &BTreeSet<String>) -> TokenStream {
    names
        .iter()
        .map(|name| {
            let span = Span::mixed_site().located_at(name.span());
            let beside = bound
                .iter()
                .filter(|own| own.starts_with(|first: char| first.is_lowercase()))
                .filter_map(|own| syn::parse_str::<Ident>(own).ok())
                .map(|mut own| {
                    own.set_span(name.span());
                    quote_spanned!(span=> let #own = (); let _ = #own;)
                });
            quote_spanned! {span=>
                {
                    #(#beside)*
                    ::streamflow::__private::SharedByWorkers::captured(&#name);
                }
            }
        })
        .collect()
}

/// Checks that these variables are not changed: the workers share them.
fn touched(names: &[Ident]) -> TokenStream {
    let checked = names.iter().map(|name| {
        let span = Span::mixed_site().located_at(name.span());
        let rt = rt(span);
        quote_spanned! {span=>
            {
                use #rt::{TouchedAlone as _, TouchedByMany as _};
                #rt::Harmless::touched(&#name, (&&#rt::Touched(&#name)).kind());
            }
        }
    });
    checked.collect()
}

/// The sinks of the job, for the driver.
pub(super) fn sinks(plan: &Plan<'_>) -> TokenStream {
    let span = Span::mixed_site();
    let sinks = plan
        .stages
        .iter()
        .enumerate()
        .filter(|(_, stage)| has_writer(stage))
        .map(|(number, stage)| variable("sink", number, stage.span()));
    let sinks = sinks.chain(refused::sinks(plan));
    let sinks = sinks.map(|sink| quote_spanned!(span=> ::streamflow::__private::sink(&#sink)));
    quote_spanned!(span=> ::std::vec![#(#sinks),*])
}

/// Whether workers write to the stage through a writer of their own.
pub(super) fn has_writer(stage: &Stage<'_>) -> bool {
    matches!(
        stage.operation,
        Operation::Print { .. }
            | Operation::ToParts { .. }
            | Operation::ToKafka { .. }
            | Operation::ToOwn(..)
    )
}

/// The states that each worker begins with.
pub(super) fn states(plan: &Plan<'_>) -> TokenStream {
    plan.stages
        .iter()
        .enumerate()
        .map(|(number, stage)| stage_state(plan, stage, number))
        .collect()
}

fn stage_state(plan: &Plan<'_>, stage: &Stage<'_>, number: usize) -> TokenStream {
    let span = stage.span();
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    match &stage.operation {
        Operation::Aggregate {
            aggregate,
            state: kept,
        } => {
            let state = variable("state", number, span);
            let held = combines_by_closure(aggregate);
            let value = if held {
                quote_spanned!(span=> #rt::Held<_>)
            } else {
                quote_spanned!(span=> _)
            };
            let ty = match (aggregate.is_keyed(), kept.moving()) {
                (keyed, Some(Steps::Rows { .. } | Steps::Sliding)) => {
                    rows::windows(kept, keyed, &value, span)
                }
                (true, Some(Steps::Session { .. })) => {
                    quote_spanned!(span=> #rt::Sessions<_, #value>)
                }
                (false, Some(Steps::Session { .. })) => {
                    quote_spanned!(span=> #rt::Sessions<(), #value>)
                }
                (true, _) if kept.event.is_some() => quote_spanned! {span=>
                    #rt::EventWindows<#rt::Keyed<_, #value>, #rt::Windows<_, #value>>
                },
                (false, _) if kept.event.is_some() => quote_spanned! {span=>
                    #rt::EventWindows<#rt::Single<#value>, #rt::SingleWindow<#value>>
                },
                (true, None) => quote_spanned!(span=> #rt::Keyed<_, #value>),
                (true, Some(_)) => quote_spanned!(span=> #rt::Windows<_, #value>),
                (false, None) => quote_spanned!(span=> #rt::Single<#value>),
                (false, Some(_)) => quote_spanned!(span=> #rt::SingleWindow<#value>),
            };
            let maker = if held { "HeldStateOf" } else { "StateOf" };
            let maker = Ident::new(maker, span);
            let made = history::made(plan, kept, number, span);
            let begun = if kept.ends_with_items() {
                rows::begun(kept, number, span)
            } else if kept.is_of_sessions() {
                let late = late::is_in_rounds(stage, kept).then(|| late::state(stage, number));
                quote_spanned!(span=> #rt::begin_sessions(#worker, #number, &mut #state); #late)
            } else if kept.event.is_some() {
                quote_spanned!(span=> #rt::begin_windows(#worker, #number, &mut #state);)
            } else {
                TokenStream::new()
            };
            quote_spanned!(span=> let mut #state: #ty = #rt::#maker::#made?; #begun)
        }
        Operation::EventTime { .. } => {
            let times = variable("times", number, span);
            quote_spanned!(span=> let mut #times = #rt::times(#worker, #number);)
        }
        Operation::Ordered {
            ordered: Ordered::Process(block),
            state,
            bound,
        } => process::state(plan, block, (state, bound.cap), (number, span)),
        Operation::Ordered {
            bound, state: kept, ..
        } => {
            let migrations = history::migrations(plan, kept);
            ordered::state(*bound, migrations.as_ref(), number, span)
        }
        Operation::Running { running, state } => running::state(plan, running, state, number, span),
        Operation::Join { join, state } => join::state(stage, number, *join, state),
        Operation::IntervalJoin { join, .. } => interval_join::state(number, *join, span),
        Operation::Table { state, .. } => table::state(plan, state, number, span),
        Operation::LookUp { as_of, .. } => table::look_up_state(plan, as_of.as_ref(), number, span),
        Operation::Passing { passing, nth } => passing::state(passing, *nth, number, span),
        Operation::Ask {
            asking,
            answers,
            ttl_ms,
        } => asking::state((asking, *answers, *ttl_ms), number, span),
        Operation::UpdateState { state, .. } => update::state(plan, state, number, span),
        Operation::Rows { .. } => {
            let state = variable("state", number, span);
            quote_spanned!(span=> let mut #state = #rt::rows_state(#worker, #number)?;)
        }
        Operation::Gather { state, .. } => batch::state(number, state.is_some(), span),
        Operation::Source(_)
        | Operation::Decode(_)
        | Operation::Union
        | Operation::Split(_)
        | Operation::Arm
        | Operation::Refused(_)
        | Operation::Each(..)
        | Operation::Plain(_)
        | Operation::Batch { .. }
        | Operation::Print { .. }
        | Operation::ToParts { .. }
        | Operation::ToKafka { .. }
        | Operation::ToOwn(..)
        | Operation::ToNull => TokenStream::new(),
    }
}

/// Whether a closure, and no sign, combines the values.
pub(super) fn combines_by_closure(aggregate: &Aggregate) -> bool {
    matches!(
        aggregate,
        Aggregate::ReduceByKey(Reducer::Function(_))
            | Aggregate::Reduce(Reducer::Function(_))
            | Aggregate::AggregateByKey { .. }
            | Aggregate::GroupByKey
    )
}

/// Each worker's ways into and out of the job: readers and writers.
pub(super) fn ways(plan: &Plan<'_>) -> TokenStream {
    let stages = plan.stages.iter().enumerate();
    let stages = stages.map(|(number, stage)| stage_way(stage, number));
    stages.chain([refused::ways(plan)]).collect()
}

fn stage_way(stage: &Stage<'_>, number: usize) -> TokenStream {
    let span = stage.span();
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    match &stage.operation {
        Operation::Source(_) => {
            let (reader, source) = (
                variable("reader", number, span),
                variable("source", number, span),
            );
            quote_spanned!(span=> let mut #reader = #rt::open(&#source, #worker, #number)?;)
        }
        Operation::Aggregate { aggregate, .. } => sketch::shares_checked(aggregate, number, span),
        Operation::Passing { passing, .. } => passing::checked(passing, number, span),
        Operation::Ask { .. } => asking::checked(number, span),
        Operation::Print { .. }
        | Operation::ToParts { .. }
        | Operation::ToKafka { .. }
        | Operation::ToOwn(..) => {
            let (out, sink) = (
                variable("out", number, span),
                variable("sink", number, span),
            );
            quote_spanned!(span=> let mut #out = #rt::writer(&#sink, #worker)?;)
        }
        Operation::Decode(_)
        | Operation::Union
        | Operation::Split(_)
        | Operation::Arm
        | Operation::Refused(_)
        | Operation::Each(..)
        | Operation::Plain(_)
        | Operation::Gather { .. }
        | Operation::Batch { .. }
        | Operation::Ordered { .. }
        | Operation::Running { .. }
        | Operation::Join { .. }
        | Operation::Table { .. }
        | Operation::LookUp { .. }
        | Operation::IntervalJoin { .. }
        | Operation::UpdateState { .. }
        | Operation::EventTime { .. }
        | Operation::Rows { .. }
        | Operation::ToNull => TokenStream::new(),
    }
}
