//! Plan → tokens: cannot fail, and emits little.
//!
//! One body per worker: sources, states and sinks are its variables, so every type in it is
//! inferred. First come the record sections, one loop per source with the stages nested inside;
//! then the round section, in which triggers fire in the order of the plan.

#![expect(
    clippy::similar_names,
    reason = "`stage` and `state` are words of the glossary"
)]

mod add;
mod asking;
mod batch;
mod bounds;
mod constant;
mod context;
mod decode;
mod each;
mod edge;
mod event;
mod history;
mod interval_join;
mod join;
mod join_sessions;
mod join_windows;
mod late;
mod lent;
mod lock;
mod ordered;
mod passing;
mod process;
mod record;
mod refused;
mod round;
mod rows;
mod running;
mod session;
mod setup;
mod side_by_side;
mod sink;
mod sketch;
mod split;
mod table;
mod topics;
mod update;
mod window;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote_spanned};

use crate::audience::Audience;
use crate::diagnostics::Diagnostics;
use crate::model::Form;
use crate::plan::{Plan, Stage};
use context::Names;

/// Writes the job: an expression, or a function with a module of constants.
pub(crate) fn job(plan: &Plan<'_>, diagnostics: Diagnostics) -> TokenStream {
    let span = Span::mixed_site();
    let sound = diagnostics.is_empty();
    let beside = diagnostics.beside();
    let errors = diagnostics.into_tokens(Audience::Compiler);
    let value = if sound || !plan.stages.is_empty() {
        body(plan)
    } else {
        quote_spanned!(span=> ::streamflow::__private::broken_job())
    };
    let value = quote_spanned!(span=> #beside #value);
    match plan.form {
        Form::Expression { name } => {
            let name = constant::job_name(name.as_ref());
            let constant = constant::plan(plan, &name);
            quote_spanned! {span=> {
                #errors
                const PLAN: ::streamflow::__private::Plan = #constant;
                #value
            }}
        }
        Form::Item {
            visibility,
            name,
            parameters,
        } => {
            let constant = constant::plan(plan, &constant::job_name(Some(name)));
            let plan_name = plan_name();
            let body = quote_spanned! {span=>
                const PLAN: ::streamflow::__private::Plan = #name::#plan_name;
                #value
            };
            let items = items(visibility, name, parameters, &constant, &body);
            quote_spanned!(span=> #errors #items)
        }
    }
}

/// Writes the job for an editor: the statements, and behind them the mistakes.
pub(crate) fn sketch(
    form: &Form,
    statements: &TokenStream,
    diagnostics: Diagnostics,
) -> TokenStream {
    let span = Span::mixed_site();
    let errors = diagnostics.into_tokens(Audience::Editor);
    let body = quote_spanned! {span=>
        #statements
        #errors
        ::streamflow::__private::editor::job()
    };
    match form {
        Form::Expression { .. } => quote_spanned!(span=> { #body }),
        Form::Item {
            visibility,
            name,
            parameters,
        } => {
            let constant = quote_spanned!(span=> ::streamflow::__private::editor::PLAN);
            items(visibility, name, parameters, &constant, &body)
        }
    }
}

/// The name of the plan in the module of constants: the user can write it.
fn plan_name() -> Ident {
    format_ident!("PLAN")
}

/// A function that makes the job, and the module of its constants.
fn items(
    visibility: &TokenStream,
    name: &Ident,
    parameters: &TokenStream,
    constant: &TokenStream,
    body: &TokenStream,
) -> TokenStream {
    let span = Span::mixed_site();
    let plan_name = plan_name();
    let job = if has_reference(parameters) {
        quote_spanned!(span=> ::streamflow::Job<'_>)
    } else {
        quote_spanned!(span=> ::streamflow::Job<'static>)
    };
    let about = format!("Makes the job `{name}`.");
    let about_module = format!("What is known of the job `{name}` without running it.");
    let shown = shown(&plan_name);
    quote_spanned! {span=>
        #[doc = #about]
        #visibility fn #name(#parameters) -> #job { #body }
        #[doc = #about_module]
        #visibility mod #name {
            /// The compiled job: its stages, state and settings.
            pub const #plan_name: ::streamflow::__private::Plan = #constant;
            #shown
        }
    }
}

/// The job as texts. A constant cannot hold them: they are written on first use.
fn shown(plan: &Ident) -> TokenStream {
    let (explain, dot) = (format_ident!("EXPLAIN"), format_ident!("DOT"));
    let span = Span::mixed_site();
    let explanation = quote_spanned!(span=> ::streamflow::explain::Explanation::of(&#plan));
    let text = quote_spanned!(span=> ::std::sync::LazyLock<::std::string::String>);
    let made = quote_spanned!(span=> ::std::sync::LazyLock::new);
    quote_spanned! {span=>
        /// The job in words, made from [`PLAN`] on first use. The types of items are not in it:
        /// only a job that has been made knows them (`Job::explain`).
        pub static #explain: #text = #made(|| #explanation.text());
        /// The job as a graph for Graphviz, made from [`PLAN`] on first use.
        pub static #dot: #text = #made(|| #explanation.dot());
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
    let witnesses = edge::declared(plan);
    let late = late::declared(plan);
    // What tells of types stands behind the loop, where they are settled.
    let locked = lock::section(plan);
    let described = edge::described(plan);
    let states = setup::states(plan);
    let ways = setup::ways(plan);
    let records = record::sections(plan);
    let round = round::section(plan);
    let history = history::of_job(plan);
    let tracked = lock::tracked(plan);
    let Names {
        worker,
        round: the_round,
        ..
    } = Names::new(span);
    // The compiler names the first `?` of the body when it explains its type: at the source.
    let source = plan.stages.first().map_or(span, Stage::span);
    let begins = quote_spanned!(source=> ::streamflow::__private::begins(#worker)?);
    let mut job = quote_spanned! {span=>
        ::streamflow::__private::job(&PLAN, #sinks, move |#worker: &mut ::streamflow::__private::Worker<'_>| {
            #witnesses
            #late
            let begins = #begins;
            #states
            'job: {
                if !begins {
                    break 'job;
                }
                #ways
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
            }
            #locked
            #described
        })
    };
    if let Some(history) = &history {
        job = quote_spanned! {span=> {
            const HISTORY: ::streamflow::__private::History = #history;
            ::streamflow::__private::with_history(#job, &HISTORY)
        }};
    }
    // Not the value of the block itself: the compiler would advise to change what the function
    // around the job returns, where a closure changes a variable of that function.
    quote_spanned!(span=> #tracked #outside let job = #job; job)
}
