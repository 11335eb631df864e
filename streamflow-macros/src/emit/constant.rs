//! Writes the plan as a constant, for `explain` and for the driver.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use super::topics::{topic, topics};
use crate::model::{Aggregate, Bound, Each, OnError, Reducer, WindowKind};
use crate::plan::{
    AsOf, Ends, EventWindow, Operation, Placed, Plan, Refusing, Stage, State, Steps, Timed, Times,
    Within,
};

/// The job's name: the header's, or the module's.
pub(super) fn job_name(name: Option<&Ident>) -> TokenStream {
    let span = Span::mixed_site();
    if let Some(name) = name {
        let name = name.to_string();
        quote_spanned!(span=> #name)
    } else {
        quote_spanned!(span=> ::streamflow::__private::last_name(::core::module_path!()))
    }
}

/// The value of the constant `PLAN`.
pub(super) fn plan(plan: &Plan<'_>, name: &TokenStream) -> TokenStream {
    let span = Span::mixed_site();
    let stages = plan.stages.iter().enumerate();
    let stages = stages.map(|(number, of)| stage(plan, number, of));
    let settings = plan.settings;
    let checkpoint = option(settings.checkpoint.as_ref());
    let checkpoint_every_ms = option(settings.checkpoint_every_ms.as_ref());
    let parallelism = option(settings.parallelism.as_ref());
    let memory_bytes = option(settings.memory_bytes.as_ref());
    let shutdown_ms = option(settings.shutdown_ms.as_ref());
    quote_spanned! {span=>
        ::streamflow::__private::Plan {
            name: #name,
            stages: &[#(#stages),*],
            settings: ::streamflow::__private::Settings {
                checkpoint: #checkpoint,
                checkpoint_every_ms: #checkpoint_every_ms,
                parallelism: #parallelism,
                memory_bytes: #memory_bytes,
                shutdown_ms: #shutdown_ms,
            },
        }
    }
}

fn option(value: Option<&impl quote::ToTokens>) -> TokenStream {
    let span = Span::mixed_site();
    if let Some(value) = value {
        quote_spanned!(span=> ::core::option::Option::Some(#value))
    } else {
        quote_spanned!(span=> ::core::option::Option::None)
    }
}

fn stage(plan: &Plan<'_>, number: usize, stage: &Stage<'_>) -> TokenStream {
    let span = Span::mixed_site();
    let operator = operator(stage);
    let text = stage.text;
    let line = u32::try_from(stage.word.span().start().line).unwrap_or(0);
    let role = role(plan, number, &stage.operation);
    let inputs = &stage.inputs;
    let segment = stage.segment;
    let letters_of = |refusing: Refusing| {
        let topic = refusing
            .dead_letter
            .and_then(|at| plan.dead_letters.get(at));
        topic.map(|topic| self::topic(topic))
    };
    let mut topics = topics(&stage.operation);
    topics.extend(letters_of(stage.late));
    let on_error = match stage.on_error {
        OnError::Fail => quote_spanned!(span=> Fail),
        OnError::Skip if stage.default.is_some() => quote_spanned!(span=> Replace),
        OnError::Skip if stage.failed.dead_letter.is_some() => {
            let topic = letters_of(stage.failed);
            quote_spanned!(span=> DeadLetter(#topic))
        }
        OnError::Skip if stage.failed.to.is_some() => {
            let name = stage.failed.to.and_then(|to| plan.stages.get(to));
            let name = name.map_or("", |name| name.text);
            quote_spanned!(span=> To(#name))
        }
        OnError::Skip => quote_spanned!(span=> Skip),
    };
    quote_spanned! {span=>
        ::streamflow::__private::Stage {
            operator: #operator,
            text: #text,
            line: #line,
            role: #role,
            inputs: &[#(#inputs),*],
            segment: #segment,
            on_error: ::streamflow::__private::OnError::#on_error,
            topics: &[#(#topics),*],
        }
    }
}

fn operator(stage: &Stage<'_>) -> String {
    match &stage.operation {
        Operation::Decode(_) => "decode".to_owned(),
        Operation::Source(_)
        | Operation::Union
        | Operation::Split(_)
        | Operation::Arm
        | Operation::Refused(_)
        | Operation::Each(..)
        | Operation::Plain(_)
        | Operation::Passing { .. }
        | Operation::Ask { .. }
        | Operation::Gather { .. }
        | Operation::Batch { .. }
        | Operation::EventTime { .. }
        | Operation::Aggregate { .. }
        | Operation::Ordered { .. }
        | Operation::Running { .. }
        | Operation::Join { .. }
        | Operation::Table { .. }
        | Operation::LookUp { .. }
        | Operation::IntervalJoin { .. }
        | Operation::UpdateState { .. }
        | Operation::Rows { .. }
        | Operation::Print { .. }
        | Operation::ToParts { .. }
        | Operation::ToKafka { .. }
        | Operation::ToOwn(..)
        | Operation::ToNull => stage.word.to_string(),
    }
}

/// The role of a stage that says what the items' own time is.
fn event_time(times: Times, state: &str, in_rounds: bool) -> TokenStream {
    let Times {
        lag_ms,
        idle_ms,
        future_ms,
    } = times;
    quote_spanned! {Span::mixed_site()=>
        ::streamflow::__private::Role::EventTime {
            state: #state,
            lag_ms: #lag_ms,
            idle_ms: #idle_ms,
            future_ms: #future_ms,
            in_rounds: #in_rounds,
        }
    }
}

/// The role of a stage that works on a key's items in their order.
fn ordered(state: &State, bound: Bound, updates_ms: Option<u64>) -> TokenStream {
    let span = Span::mixed_site();
    let State { name, event, .. } = state;
    let (ttl_ms, cap) = (option(bound.ttl_ms.as_ref()), option(bound.cap.as_ref()));
    let (updates_ms, event) = (option(updates_ms.as_ref()), event_window(event.as_ref()));
    quote_spanned! {span=>
        ::streamflow::__private::Role::Ordered {
            state: #name,
            ttl_ms: #ttl_ms,
            cap: #cap,
            updates_ms: #updates_ms,
            event: #event,
            within: ::core::option::Option::None,
        }
    }
}

/// The role of a join of items that are near each other in time.
fn near(within: Within, state: &State) -> TokenStream {
    let span = Span::mixed_site();
    let rt = quote_spanned!(span=> ::streamflow::__private);
    let State { name, event, .. } = state;
    let Within { from_ms, to_ms } = within;
    let event = event_window(event.as_ref());
    let none = quote_spanned!(span=> ::core::option::Option::None);
    quote_spanned! {span=>
        #rt::Role::Ordered {
            state: #name,
            ttl_ms: #none,
            cap: #none,
            updates_ms: #none,
            event: #none,
            within: ::core::option::Option::Some(#rt::Within {
                from_ms: #from_ms,
                to_ms: #to_ms,
                event: #event,
            }),
        }
    }
}

fn role(plan: &Plan<'_>, number: usize, operation: &Operation<'_>) -> TokenStream {
    let span = Span::mixed_site();
    let rt = quote_spanned!(span=> ::streamflow::__private);
    let keeping = |state: &State, exchange: &str, combine: &str| {
        let State {
            name,
            every_ms,
            steps,
            event,
            ..
        } = state;
        let event = event_window(event.as_ref());
        let steps = steps.map(|steps| self::steps(steps, span));
        let steps = option(steps.as_ref());
        let (exchange, combine) = (Ident::new(exchange, span), Ident::new(combine, span));
        quote_spanned! {span=>
            #rt::Role::Aggregate {
                state: #name,
                every_ms: #every_ms,
                steps: #steps,
                event: #event,
                exchange: #rt::Exchange::#exchange,
                combine: #rt::Combine::#combine,
            }
        }
    };
    match operation {
        Operation::Source(_) => quote_spanned!(span=> #rt::Role::Source),
        Operation::Aggregate { aggregate, state } => {
            let exchange = if aggregate.is_keyed() {
                "ByKey"
            } else {
                "ToOne"
            };
            keeping(state, exchange, combine(aggregate))
        }
        Operation::Join { state, .. } => keeping(state, "ByKey", "Meet"),
        Operation::UpdateState { state, .. } => keeping(state, "ByKey", "Update"),
        Operation::Rows { state } => keeping(state, "None", "Rows"),
        Operation::Ordered { state, bound, .. } => ordered(state, *bound, None),
        Operation::Running { running, state } if state.is_window_of_changes() => {
            keeping(state, "ByKey", combine(running.aggregate))
        }
        Operation::Running { running, state } => ordered(state, running.bound, running.updates_ms),
        Operation::Table { state, ttl_ms } => table(plan, number, state, ttl_ms.as_ref()),
        Operation::LookUp { table, as_of, .. } => look_up(*table, as_of.as_ref()),
        Operation::IntervalJoin { within, state, .. } => near(*within, state),
        Operation::Gather {
            state: Some(state), ..
        } => keeping(state, "ToOne", "Rows"),
        Operation::EventTime {
            times,
            state,
            in_rounds,
            ..
        } => event_time(*times, state, *in_rounds),
        Operation::Print { .. }
        | Operation::ToParts { .. }
        | Operation::ToKafka { .. }
        | Operation::ToOwn(..)
        | Operation::ToNull
        | Operation::Each(Each::ForEach, _)
        | Operation::Batch {
            each: Each::ForEach,
            ..
        } => quote_spanned!(span=> #rt::Role::Sink),
        Operation::Decode(_)
        | Operation::Union
        | Operation::Split(_)
        | Operation::Arm
        | Operation::Refused(_)
        | Operation::Each(..)
        | Operation::Gather { state: None, .. }
        | Operation::Batch { .. }
        | Operation::Passing { .. }
        | Operation::Ask { .. }
        | Operation::Plain(_) => {
            quote_spanned!(span=> #rt::Role::Stateless)
        }
    }
}

/// How windows close, in the runtime's words.
fn event_window(event: Option<&EventWindow>) -> TokenStream {
    let span = Span::mixed_site();
    let Some(event) = event else {
        return quote_spanned!(span=> ::core::option::Option::None);
    };
    let EventWindow {
        times,
        wait_ms,
        behind_ms,
    } = event;
    quote_spanned! {span=>
        ::core::option::Option::Some(::streamflow::__private::EventWindow {
            times: &[#(#times),*],
            wait_ms: #wait_ms,
            behind_ms: #behind_ms,
        })
    }
}

/// The role of a table.
fn table(plan: &Plan<'_>, number: usize, state: &State, ttl_ms: Option<&u64>) -> TokenStream {
    let span = Span::mixed_site();
    let rt = quote_spanned!(span=> ::streamflow::__private);
    let (name, ttl_ms) = (&state.name, option(ttl_ms));
    let keeps = if plan.keeps_versions(number) {
        "Versions"
    } else {
        "Latest"
    };
    let keeps = Ident::new(keeps, span);
    quote_spanned! {span=>
        #rt::Role::Table {
            state: #name,
            ttl_ms: #ttl_ms,
            keeps: #rt::TableKeeps::#keeps,
        }
    }
}

/// The role of a join that looks into a table.
fn look_up(table: usize, as_of: Option<&AsOf>) -> TokenStream {
    let span = Span::mixed_site();
    let as_of = as_of.map(self::as_of);
    let as_of = option(as_of.as_ref());
    quote_spanned! {span=>
        ::streamflow::__private::Role::LookUp { table: #table, as_of: #as_of }
    }
}

/// How items wait for a version, in the runtime's words.
fn as_of(as_of: &AsOf) -> TokenStream {
    let span = Span::mixed_site();
    let rt = quote_spanned!(span=> ::streamflow::__private);
    let timed = |Timed { times, behind_ms }: &Timed| quote_spanned!(span=> #rt::Timed { times: &[#(#times),*], behind_ms: #behind_ms });
    let name = &as_of.state.name;
    let (table, stream) = (timed(&as_of.table), timed(&as_of.stream));
    quote_spanned!(span=> #rt::AsOf { state: #name, table: #table, stream: #stream })
}

/// Which steps a window has, in the runtime's words.
pub(super) fn steps(steps: Steps, span: Span) -> TokenStream {
    let rt = quote_spanned!(span=> ::streamflow::__private);
    match steps {
        Steps::Last(steps) => quote_spanned!(span=> #rt::Steps::Last(#steps)),
        Steps::SinceMultipleOf(steps) => quote_spanned!(span=> #rt::Steps::SinceMultipleOf(#steps)),
        Steps::Rows { size, step } => {
            quote_spanned!(span=> #rt::Steps::Rows { size: #size, step: #step })
        }
        Steps::Sliding => quote_spanned!(span=> #rt::Steps::Sliding),
        Steps::Session { max_ms, changes } => {
            let max_ms = option(max_ms.as_ref());
            quote_spanned!(span=> #rt::Steps::Session { max_ms: #max_ms, changes: #changes })
        }
        Steps::Placed(placed) => {
            let Placed {
                kind,
                size,
                by,
                offset_ms,
                zone,
                updates,
                changes,
            } = placed;
            let kind = match kind {
                WindowKind::Hopping => "Hopping",
                WindowKind::Cumulate => "Cumulate",
                WindowKind::Tumbling
                | WindowKind::Sliding
                | WindowKind::Session
                | WindowKind::Rows => "Tumbling",
            };
            let (kind, zone) = (Ident::new(kind, span), option(zone.as_ref()));
            quote_spanned! {span=>
                #rt::Steps::Placed(#rt::Placed {
                    kind: #rt::WindowKind::#kind,
                    size: #size,
                    by: #by,
                    offset_ms: #offset_ms,
                    zone: #zone,
                    updates: #updates,
                    changes: #changes,
                })
            }
        }
    }
}

/// When results leave, in the runtime's words.
pub(super) fn ends(ends: Ends, span: Span) -> TokenStream {
    let rt = quote_spanned!(span=> ::streamflow::__private);
    let Ends {
        every_ms,
        offset_ms,
        zone,
    } = ends;
    let zone = option(zone.as_ref());
    quote_spanned! {span=>
        #rt::Ends { every_ms: #every_ms, offset_ms: #offset_ms, zone: #zone }
    }
}

/// The runtime's word for how an aggregate makes one value of two.
fn combine(aggregate: &Aggregate) -> &'static str {
    match aggregate {
        Aggregate::CountByKey
        | Aggregate::CountByValue
        | Aggregate::Distinct
        | Aggregate::Count => "Count",
        Aggregate::GroupByKey => "Gather",
        Aggregate::Sum => "Add",
        Aggregate::Min | Aggregate::Max => "Extreme",
        Aggregate::AggByKey { .. } => "Several",
        Aggregate::Average => "Average",
        Aggregate::ApproxDistinct | Aggregate::HeavyHitters { .. } | Aggregate::Quantile { .. } => {
            "Sketch"
        }
        Aggregate::Top { .. } => "Rank",
        Aggregate::AggregateByKey { .. } => "Function",
        Aggregate::ReduceByKey(reducer) | Aggregate::Reduce(reducer) => match reducer {
            Reducer::Function(_) => "Function",
            Reducer::Sign { name, .. } => match *name {
                "plus" | "wrapping_plus" => "Add",
                "times" | "wrapping_times" => "Multiply",
                "saturating_plus" | "saturating_times" => "Saturate",
                "bit_and" | "bit_or" | "bit_xor" => "Bits",
                "least" | "greatest" => "Extreme",
                // A sign that is new here is taken for what promises least.
                _ => "Function",
            },
        },
    }
}
