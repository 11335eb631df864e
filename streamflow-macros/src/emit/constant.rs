//! Writes the plan as a constant, for `explain` and for the driver.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use crate::model::{Each, OnError};
use crate::plan::{Operation, Plan, Stage, State};

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
    let stages = plan.stages.iter().map(stage);
    let settings = plan.settings;
    let checkpoint = option(settings.checkpoint.as_ref());
    let checkpoint_every_ms = option(settings.checkpoint_every_ms.as_ref());
    let parallelism = option(settings.parallelism.as_ref());
    let shutdown_ms = option(settings.shutdown_ms.as_ref());
    quote_spanned! {span=>
        ::streamflow::__private::Plan {
            name: #name,
            stages: &[#(#stages),*],
            settings: ::streamflow::__private::Settings {
                checkpoint: #checkpoint,
                checkpoint_every_ms: #checkpoint_every_ms,
                parallelism: #parallelism,
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

fn stage(stage: &Stage<'_>) -> TokenStream {
    let span = Span::mixed_site();
    let operator = operator(stage);
    let text = stage.text;
    let line = u32::try_from(stage.word.span().start().line).unwrap_or(0);
    let role = role(&stage.operation);
    let inputs = &stage.inputs;
    let segment = stage.segment;
    let on_error = match stage.on_error {
        OnError::Fail => quote_spanned!(span=> Fail),
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
        }
    }
}

fn operator(stage: &Stage<'_>) -> String {
    match &stage.operation {
        Operation::Decode(_) => "decode".to_owned(),
        Operation::Source(_)
        | Operation::Union
        | Operation::Each(..)
        | Operation::Plain(_)
        | Operation::Aggregate { .. }
        | Operation::Rows { .. }
        | Operation::Print { .. }
        | Operation::ToFiles { .. }
        | Operation::ToKafka { .. }
        | Operation::ToNull => stage.word.to_string(),
    }
}

fn role(operation: &Operation<'_>) -> TokenStream {
    let span = Span::mixed_site();
    let rt = quote_spanned!(span=> ::streamflow::__private);
    let keeping = |state: &State, exchange: &str| {
        let State { name, every_ms, .. } = state;
        let exchange = Ident::new(exchange, span);
        quote_spanned! {span=>
            #rt::Role::Aggregate {
                state: #name,
                every_ms: #every_ms,
                exchange: #rt::Exchange::#exchange,
            }
        }
    };
    match operation {
        Operation::Source(_) => quote_spanned!(span=> #rt::Role::Source),
        Operation::Aggregate { aggregate, state } if aggregate.is_keyed() => {
            keeping(state, "ByKey")
        }
        Operation::Aggregate {
            aggregate: _,
            state,
        } => keeping(state, "ToOne"),
        Operation::Rows { state } => keeping(state, "None"),
        Operation::Print { .. }
        | Operation::ToFiles { .. }
        | Operation::ToKafka { .. }
        | Operation::ToNull
        | Operation::Each(Each::ForEach, _) => quote_spanned!(span=> #rt::Role::Sink),
        Operation::Decode(_) | Operation::Union | Operation::Each(..) | Operation::Plain(_) => {
            quote_spanned!(span=> #rt::Role::Stateless)
        }
    }
}
