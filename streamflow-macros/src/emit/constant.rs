//! Writes the plan as a constant, for `explain` and for the driver.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use crate::model::{Aggregate, Each, OnError, Plain};
use crate::plan::{Operation, Plan, Stage};

/// The job's name: the header's, or the module's.
pub(super) fn job_name(name: Option<&Ident>) -> TokenStream {
    let span = Span::mixed_site();
    match name {
        Some(name) => {
            let name = name.to_string();
            quote_spanned!(span=> #name)
        }
        None => quote_spanned!(span=> ::core::module_path!()),
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
    match value {
        Some(value) => quote_spanned!(span=> ::core::option::Option::Some(#value)),
        None => quote_spanned!(span=> ::core::option::Option::None),
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
        _ => stage.word.to_string(),
    }
}

fn role(operation: &Operation<'_>) -> TokenStream {
    let span = Span::mixed_site();
    let rt = quote_spanned!(span=> ::streamflow::__private);
    let exchange = match operation {
        Operation::Source(_) => return quote_spanned!(span=> #rt::Role::Source),
        Operation::Aggregate { aggregate, .. } if aggregate.is_keyed() => "ByKey",
        Operation::Aggregate { aggregate: Aggregate::Count, .. } | Operation::Aggregate { .. } => {
            "ToOne"
        }
        Operation::Rows { .. } => "None",
        Operation::Print { .. }
        | Operation::ToFiles { .. }
        | Operation::ToKafka { .. }
        | Operation::ToNull
        | Operation::Each(Each::ForEach, _) => return quote_spanned!(span=> #rt::Role::Sink),
        Operation::Decode(_)
        | Operation::Union
        | Operation::Each(..)
        | Operation::Plain(Plain::Flatten | Plain::Keys | Plain::Values) => {
            return quote_spanned!(span=> #rt::Role::Stateless);
        }
    };
    let exchange = Ident::new(exchange, span);
    let (name, every_ms) = operation
        .state()
        .map(|state| (state.name.clone(), state.every_ms))
        .unwrap_or_default();
    quote_spanned! {span=>
        #rt::Role::Aggregate {
            state: #name,
            every_ms: #every_ms,
            exchange: #rt::Exchange::#exchange,
        }
    }
}
