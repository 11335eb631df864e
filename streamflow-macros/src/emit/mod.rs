//! Plan → tokens: cannot fail, and emits little.
//!
//! One body per worker: sources, states and sinks are its variables, so every type in it is
//! inferred. First come the record sections, one loop per source with the stages nested inside;
//! then the round section, in which triggers fire in the order of the plan.

#![expect(
    clippy::similar_names,
    reason = "`stage` and `state` are words of the glossary"
)]

mod constant;
mod context;
mod each;
mod record;
mod round;
mod setup;
mod sink;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote_spanned};

use crate::diagnostics::Diagnostics;
use crate::model::Form;
use crate::plan::Plan;
use context::Names;

/// Writes the job: an expression, or a function with a module of constants.
pub(crate) fn job(plan: &Plan<'_>, diagnostics: Diagnostics) -> TokenStream {
    let span = Span::mixed_site();
    let sound = diagnostics.is_empty();
    let errors = diagnostics.into_tokens();
    let value = if sound || !plan.stages.is_empty() {
        body(plan)
    } else {
        quote_spanned!(span=> ::streamflow::__private::broken_job())
    };
    let constant = constant::plan(plan, &constant::job_name(name(plan.form)));
    in_form(plan.form, &constant, &quote_spanned!(span=> #errors #value))
}

/// Writes the job for an editor: the user's code in front of the mistakes.
pub(crate) fn sketch(
    form: &Form,
    statements: &TokenStream,
    diagnostics: Diagnostics,
) -> TokenStream {
    let span = Span::mixed_site();
    let errors = diagnostics.into_tokens();
    let constant = quote_spanned!(span=> ::streamflow::__private::editor::PLAN);
    let value = quote_spanned!(span=> ::streamflow::__private::editor::job());
    in_form(
        form,
        &constant,
        &quote_spanned!(span=> #statements #errors #value),
    )
}

fn name(form: &Form) -> Option<&Ident> {
    match form {
        Form::Expression { name } => name.as_ref(),
        Form::Item { name, .. } => Some(name),
    }
}

/// What the job is written in: a block, or a function with a module of constants beside it.
fn in_form(form: &Form, constant: &TokenStream, body: &TokenStream) -> TokenStream {
    let span = Span::mixed_site();
    match form {
        Form::Expression { .. } => quote_spanned! {span=> {
            const PLAN: ::streamflow::__private::Plan = #constant;
            #body
        }},
        Form::Item {
            visibility,
            name,
            parameters,
        } => {
            let plan_name = format_ident!("PLAN");
            let job = if has_reference(parameters) {
                quote_spanned!(span=> ::streamflow::Job<'_>)
            } else {
                quote_spanned!(span=> ::streamflow::Job<'static>)
            };
            let about = format!("Makes the job `{name}`.");
            let about_module = format!("Constants of the job `{name}`.");
            quote_spanned! {span=>
                #[doc = #about]
                #visibility fn #name(#parameters) -> #job {
                    const PLAN: ::streamflow::__private::Plan = #name::#plan_name;
                    #body
                }
                #[doc = #about_module]
                #visibility mod #name {
                    /// The compiled job: its stages, state and settings.
                    pub const #plan_name: ::streamflow::__private::Plan = #constant;
                }
            }
        }
    }
}

fn has_reference(parameters: &TokenStream) -> bool {
    parameters
        .clone()
        .into_iter()
        .any(|token| token.to_string() == "&")
}

/// The expression that makes the job; `PLAN` is in scope.
fn body(plan: &Plan<'_>) -> TokenStream {
    let span = Span::mixed_site();
    let outside = setup::outside(plan);
    let sinks = setup::sinks(plan);
    let inside = setup::inside(plan);
    let records = record::sections(plan);
    let round = round::section(plan);
    let Names {
        worker,
        round: the_round,
        ..
    } = Names::new(span);
    quote_spanned! {span=>
        #outside
        ::streamflow::__private::job(&PLAN, #sinks, move |#worker: &mut ::streamflow::__private::Worker<'_>| {
            #inside
            ::streamflow::__private::ready(#worker)?;
            loop {
                #records
                if let ::core::option::Option::Some(#the_round) =
                    ::streamflow::__private::next_round(#worker)?
                {
                    #round
                    if ::streamflow::__private::end_round(#worker, &#the_round)? {
                        return ::core::result::Result::Ok(());
                    }
                }
            }
        })
    }
}
