//! Writes what the command `lock` asks a job for, and what holds its types against
//! `streamflow.lock`.
//!
//! Two layouts are alike exactly if their shapes are one type. The message is in a trait of the
//! job's own, as only there the words of the lock are known.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{Expr, Pat, Type};

use super::add::open_state;
use super::context::{Names, rt, variable};
use super::join;
use crate::lock::LockedState;
use crate::model::{Aggregate, Migration, Ordered, Reducer};
use crate::plan::{Operation, Plan, Stage, State};
use crate::shape::{self, Locked};

/// Whether the job can be asked what it keeps: it has a name, and so has some of its state.
fn describes(plan: &Plan<'_>) -> bool {
    plan.form.name().is_some() && named_states(plan).next().is_some()
}

fn named_states<'p, 'm>(
    plan: &'p Plan<'m>,
) -> impl Iterator<Item = (usize, &'p Stage<'m>, &'p State, Span)> {
    plan.stages
        .iter()
        .enumerate()
        .filter_map(|(number, stage)| {
            let state = stage.operation.state()?;
            Some((number, stage, state, state.named_at?))
        })
}

/// A constant that makes `cargo` compile the job anew when its lock changes.
pub(super) fn tracked(plan: &Plan<'_>) -> Option<TokenStream> {
    plan.lock?;
    let span = Span::mixed_site();
    Some(quote_spanned! {span=>
        const _: &[u8] = ::core::include_bytes!(
            ::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), "/streamflow.lock")
        );
    })
}

/// The end of a worker's body, where all types are settled; none where nothing has a name.
pub(super) fn section(plan: &Plan<'_>) -> Option<TokenStream> {
    if !describes(plan) {
        return None;
    }
    let section = named_states(plan)
        .map(|(number, stage, state, named_at)| {
            let locked = plan.lock.and_then(|lock| lock.state(&state.name));
            let fits = locked.and_then(|locked| fits(plan, stage, number, named_at, locked));
            let span = stage.span();
            let rt = rt(span);
            let Names { worker, .. } = Names::new(span);
            let state = state_looked_at(stage, number, span);
            quote_spanned! {span=>
                #fits
                #rt::describe_lock(#worker, #number, &#state, {
                    use #rt::{LocksLayout as _, LocksNothing as _};
                    (&&#rt::Looked(&#state)).lock_layout()
                });
            }
        })
        .collect();
    Some(section)
}

/// What tells the types of a stage's state: the open step, where there are windows.
fn state_looked_at(stage: &Stage<'_>, number: usize, span: Span) -> TokenStream {
    if let Operation::Aggregate { state: kept, .. } = &stage.operation {
        open_state(kept, number, span)
    } else {
        variable("state", number, span).to_token_stream()
    }
}

/// Holds a state, or what its migration takes, against the lock.
fn fits(
    plan: &Plan<'_>,
    stage: &Stage<'_>,
    number: usize,
    named_at: Span,
    locked: &LockedState,
) -> Option<TokenStream> {
    let kept = stage.operation.state()?;
    let State { name, version, .. } = kept;
    // A window that gives changes keeps something else, and that it is another one is told already.
    if locked.trigger.contains(" emit changes") != kept.is_window_of_changes() {
        return None;
    }
    let span = Span::mixed_site().located_at(named_at);
    let shapes = shape::of_state(&locked.layout, span)?;
    // What goes on has keys, if only one: that a single value was locked is told already.
    if matches!(
        (&stage.operation, &shapes),
        (Operation::Running { .. }, Locked::Single { .. })
    ) {
        return None;
    }
    if *version == locked.version {
        return Some(state_fits(stage, number, span, locked, &shapes));
    }
    let migration = plan
        .changes
        .of(name)
        .find(|migration| migration.from == locked.version)?;
    keeps_values_alone(plan, stage, number).then(|| old_fits(migration, locked, &shapes))
}

/// Whether nothing but the values that are migrated stands under the keys of a state.
fn keeps_values_alone(plan: &Plan<'_>, stage: &Stage<'_>, number: usize) -> bool {
    match stage.operation {
        Operation::UpdateState { .. } | Operation::LookUp { .. } => false,
        Operation::Table { .. } => !plan.keeps_versions(number),
        Operation::Running { ref state, .. } => !state.is_window_of_changes(),
        _ => true,
    }
}

/// The words of a layout in an attribute whose braces are places.
fn escaped(layout: &str) -> String {
    layout.replace('{', "{{").replace('}', "}}")
}

/// What a state without keys is now. The types that `average` and `top` keep are none that the user has
/// written.
fn single_now(stage: &Stage<'_>) -> &'static str {
    match aggregate(stage) {
        Some(Aggregate::Average) => "it is now `single Mean`",
        Some(Aggregate::HeavyHitters { .. }) => "it is now a map of other items",
        Some(Aggregate::ApproxDistinct) => "it is now `single Distinct`",
        Some(Aggregate::Quantile { .. }) => "it is now `single Quantiles`",
        Some(Aggregate::Top { .. }) => "it is now a list of other pairs",
        _ => "it is now `single {Self}`",
    }
}

/// What a state of keys is now.
fn keyed_now(stage: &Stage<'_>) -> &'static str {
    match stage.operation {
        Operation::Aggregate {
            aggregate: Aggregate::AggByKey { .. },
            ..
        } => "its aggregates are now others",
        Operation::Ordered {
            ordered: Ordered::Process(_),
            ..
        } => "its fields are now others",
        Operation::Running { ref state, .. } if state.is_window_of_changes() => {
            "what its windows keep is now something else"
        }
        _ => "it is now `keyed {Key} -> {Self}`",
    }
}

fn state_fits(
    stage: &Stage<'_>,
    number: usize,
    span: Span,
    locked: &LockedState,
    shapes: &Locked,
) -> TokenStream {
    let rt = rt(span);
    let state = state_looked_at(stage, number, span);
    let LockedState {
        name,
        version,
        layout,
        ..
    } = locked;
    let message = format!("the state `{name}` no longer fits `streamflow.lock`");
    let was = format!("it is locked as `{}`", escaped(layout));
    let next = version.saturating_add(1);
    // What two streams bring cannot be migrated yet.
    let migrates = !matches!(
        stage.operation,
        Operation::Join { .. } | Operation::IntervalJoin { .. }
    );
    let or = if migrates { "or " } else { "" };
    let migrate = format!(
        "migrate what checkpoints hold: `state {name} migrate v{version} -> v{next} (|old: …| …);`"
    );
    let migrate = migrates.then(|| quote_spanned!(span=> note = #migrate,));
    let anew = format!(
        "{or}begin with nothing: give the state another name, and write `drop state {name};`"
    );
    let derived = names_types(layout).then(
        || quote_spanned!(span=> note = "types of your own in it derive `streamflow::State`",),
    );
    let (single_now, keyed_now) = (single_now(stage), keyed_now(stage));
    let is_held = is_held(stage);
    let value_in_place = if is_held {
        quote_spanned!(span=> #rt::Held<Value>)
    } else {
        quote_spanned!(span=> Value)
    };
    let fits = keyed_fits(stage, &value_in_place, span);
    match shapes {
        Locked::Keyed { key, value } => quote_spanned! {span=>
            {
                #[diagnostic::on_unimplemented(
                    message = #message,
                    label = #keyed_now,
                    note = #was,
                    #derived
                    #migrate
                    note = #anew
                )]
                trait Fits<Key: ?::core::marker::Sized> {}
                trait Same {}
                impl Same for (#key, #value) {}
                #[diagnostic::do_not_recommend]
                impl<Key, Value> Fits<Key> for Value
                where
                    Key: #rt::KnownLayout + ?::core::marker::Sized,
                    Value: #rt::KnownLayout,
                    (Key::Shape, Value::Shape): Same,
                {}
                #fits
                fits(&#state);
            }
        },
        Locked::Single { value } => quote_spanned! {span=>
            {
                #[diagnostic::on_unimplemented(
                    message = #message,
                    label = #single_now,
                    note = #was,
                    #derived
                    #migrate
                    note = #anew
                )]
                trait Fits {}
                trait Same {}
                impl Same for (#value,) {}
                #[diagnostic::do_not_recommend]
                impl<Value: #rt::KnownLayout> Fits for Value
                where
                    (Value::Shape,): Same,
                {}
                fn fits<Value: Fits>(_: &#rt::Single<#value_in_place>) {}
                fits(&#state);
            }
        },
    }
}

/// The function that takes apart what is kept under keys: into the key, and what has a place for it.
fn keyed_fits(stage: &Stage<'_>, value_in_place: &TokenStream, span: Span) -> TokenStream {
    let rt = rt(span);
    match stage.operation {
        Operation::Join { .. } | Operation::IntervalJoin { .. } => {
            let kept_as = match &stage.operation {
                Operation::Join { state, .. } => join::kept_as(state, span),
                _ => Ident::new("IntervalJoin", span),
            };
            quote_spanned! {span=>
                fn fits<Key: #rt::KnownLayout, Left, Right>(_: &#rt::#kept_as<Key, Left, Right>)
                where
                    (::std::vec::Vec<Left>, ::std::vec::Vec<Right>): Fits<Key::Shown>,
                {}
            }
        }
        Operation::UpdateState { .. } => quote_spanned! {span=>
            fn fits<Key: #rt::KnownLayout, Taken, State>(_: &#rt::States<Key, Taken, State>)
            where
                (::std::vec::Vec<Taken>, ::core::option::Option<State>): Fits<Key::Shown>,
            {}
        },
        Operation::Ordered {
            ordered: Ordered::Process(_),
            ..
        } => quote_spanned! {span=>
            fn fits<Key: #rt::KnownLayout, State: Fits<Key::Shown>, Time>(
                _: &#rt::Processes<Key, State, Time>,
            ) {}
        },
        Operation::Ordered { .. } | Operation::Running { .. } | Operation::Table { .. } => {
            quote_spanned! {span=>
                fn fits<Key: #rt::KnownLayout, Value: Fits<Key::Shown>>(
                    _: &#rt::OwnedByWorker<Key, Value>,
                ) {}
            }
        }
        Operation::LookUp { .. } => quote_spanned! {span=>
            fn fits<Key: #rt::KnownLayout, Value: Fits<Key::Shown>>(
                _: &#rt::Waiting<Key, Value>,
            ) {}
        },
        _ => quote_spanned! {span=>
            fn fits<Key: #rt::KnownLayout, Value: Fits<Key::Shown>>(
                _: &#rt::Keyed<Key, #value_in_place>,
            ) {}
        },
    }
}

/// Whether a layout mentions types of the user's.
fn names_types(layout: &str) -> bool {
    layout
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .any(|word| {
            word.starts_with(char::is_uppercase)
                && !["Option", "Mean", "Duration", "Distinct", "Quantiles"].contains(&word)
        })
}

/// Whether a closure combines the values of a state.
fn is_held(stage: &Stage<'_>) -> bool {
    let Operation::Aggregate { aggregate, .. } = &stage.operation else {
        return false;
    };
    match aggregate {
        Aggregate::ReduceByKey(reducer) | Aggregate::Reduce(reducer) => {
            matches!(reducer, Reducer::Function(_))
        }
        Aggregate::AggregateByKey { .. } | Aggregate::GroupByKey => true,
        Aggregate::AggByKey { .. }
        | Aggregate::CountByKey
        | Aggregate::CountByValue
        | Aggregate::Distinct
        | Aggregate::Count
        | Aggregate::Sum
        | Aggregate::Average
        | Aggregate::Min
        | Aggregate::Max
        | Aggregate::ApproxDistinct
        | Aggregate::HeavyHitters { .. }
        | Aggregate::Quantile { .. }
        | Aggregate::Top { .. } => false,
    }
}

fn aggregate<'m>(stage: &Stage<'m>) -> Option<&'m Aggregate> {
    match &stage.operation {
        Operation::Aggregate { aggregate, .. } => Some(aggregate),
        Operation::Running { running, .. } => Some(running.aggregate),
        _ => None,
    }
}

/// A migration takes what the lock says that checkpoints hold.
fn old_fits(migration: &Migration, locked: &LockedState, shapes: &Locked) -> TokenStream {
    let Some(old) = takes(&migration.function) else {
        return TokenStream::new();
    };
    let span = Span::mixed_site().located_at(syn::spanned::Spanned::span(old));
    let rt = rt(span);
    let value = match shapes {
        Locked::Keyed { value, .. } | Locked::Single { value } => value,
    };
    let LockedState {
        name,
        version,
        layout,
        ..
    } = locked;
    let message = format!("this migration does not take what `{name}` v{version} kept");
    let was = format!("`streamflow.lock` holds it as `{}`", escaped(layout));
    let old_value = Ident::new("Value", span);
    quote_spanned! {span=>
        {
            #[diagnostic::on_unimplemented(
                message = #message,
                label = "it takes `{Self}`",
                note = #was,
                note = "a struct or enum must be as it was then, and derive `streamflow::State`"
            )]
            trait Fits {}
            trait Same {}
            impl Same for (#value,) {}
            #[diagnostic::do_not_recommend]
            impl<#old_value: #rt::KnownLayout> Fits for #old_value
            where
                (#old_value::Shape,): Same,
            {}
            fn fits<#old_value: Fits>() {}
            fits::<#old>();
        }
    }
}

/// The type that a closure says it takes.
fn takes(function: &Expr) -> Option<&Type> {
    let Expr::Closure(closure) = function else {
        return None;
    };
    match closure.inputs.first()? {
        Pat::Type(typed) => Some(&typed.ty),
        _ => None,
    }
}
