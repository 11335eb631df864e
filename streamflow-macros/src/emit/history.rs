//! Writes what a job says about its former state: migrations where state is made, and a constant
//! of versions and names.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use super::context::{Names, rt};
use crate::plan::{Plan, State};

/// The constant, if there is anything to say.
pub(super) fn of_job(plan: &Plan<'_>) -> Option<TokenStream> {
    let span = Span::mixed_site();
    let rt = rt(span);
    let versions: Vec<TokenStream> = plan
        .stages
        .iter()
        .filter_map(|stage| stage.operation.state())
        .filter(|state| state.version > 1)
        .map(|State { name, version, .. }| {
            quote_spanned!(span=> #rt::Version { state: #name, version: #version })
        })
        .collect();
    let dropped: Vec<String> = plan
        .changes
        .dropped
        .iter()
        .map(ToString::to_string)
        .collect();
    if versions.is_empty() && dropped.is_empty() {
        return None;
    }
    Some(quote_spanned! {span=>
        #rt::History { versions: &[#(#versions),*], dropped: &[#(#dropped),*] }
    })
}

/// How state is made, by a trait of the runtime, with its migrations.
pub(super) fn made(plan: &Plan<'_>, state: &State, number: usize, span: Span) -> TokenStream {
    let Names { worker, .. } = Names::new(span);
    match migrations(plan, state) {
        None => quote_spanned!(span=> make(#worker, #number)),
        Some(migrations) => quote_spanned!(span=> make_since(#worker, #number, &#migrations)),
    }
}

/// The migrations of a state, each behind those of older versions; nothing where there are none.
pub(super) fn migrations(plan: &Plan<'_>, state: &State) -> Option<TokenStream> {
    let mut chain: Option<(TokenStream, Span)> = None;
    for migration in plan.changes.of(&state.name) {
        // At the name: what does not fit there is about this migration.
        let span = Span::mixed_site().located_at(migration.name.span());
        let rt = rt(span);
        let (from, function) = (migration.from, &migration.function);
        let link = match chain {
            None => quote_spanned!(span=> #rt::migration(#from, #function)),
            Some((before, before_at)) => {
                let becomes = becomes(before_at);
                quote_spanned!(span=> #rt::then(#before, #from, #function, #becomes))
            }
        };
        chain = Some((link, span));
    }
    let (chain, span) = chain?;
    let (rt, becomes) = (rt(span), becomes(span));
    Some(quote_spanned!(span=> #rt::leading_to(#chain, #becomes)))
}

/// What is asked of a migration, at its own name: that it gives what is wanted behind it.
fn becomes(span: Span) -> TokenStream {
    let rt = rt(span);
    quote_spanned!(span=> #rt::Becomes::become_it)
}
