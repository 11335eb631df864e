//! Writes what a closure gets of an item that other stages read too: a reference, where the item cannot
//! be copied. What can be copied of it still is, and what would be moved out of it is reported.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Member, Pat};

use super::context::{rt, variable};
use crate::closure::{Closure, Function};
use crate::model::{Each, Passing};
use crate::plan::{Operation, Plan};

/// Whether the items that reach a stage may be lent to it: it is not the last one that takes them.
pub(super) fn is_lent(plan: &Plan<'_>, number: usize) -> bool {
    let Some(stage) = plan.stages.get(number) else {
        return false;
    };
    let &[from] = stage.inputs.as_slice() else {
        return false;
    };
    let Some(source) = plan.stages.get(from) else {
        return false;
    };
    match &source.operation {
        // Each arm takes items of its own.
        Operation::Split(_) => is_lent(plan, from),
        _ if source.consumers.last() != Some(&number) => true,
        Operation::Arm
        | Operation::EventTime { .. }
        | Operation::Each(Each::Filter | Each::Inspect, _)
        | Operation::Passing {
            passing: Passing::Sample { .. } | Passing::Throttle { .. },
            ..
        } => is_lent(plan, from),
        _ => false,
    }
}

/// The parts of a tuple, each copied or lent by itself, where the closure takes it apart.
pub(super) fn apart(function: &Function, item: Ident, number: usize) -> (TokenStream, Ident) {
    let Function::Closure(closure) = function else {
        return (TokenStream::new(), item);
    };
    let Pat::Tuple(tuple) = &closure.pattern else {
        return (TokenStream::new(), item);
    };
    if tuple.elems.iter().any(|part| matches!(part, Pat::Rest(_))) {
        return (TokenStream::new(), item);
    }
    // At the pattern: a tuple of another length is reported there.
    let span = Span::mixed_site().located_at(tuple.paren_token.span.join());
    let rt = rt(span);
    let parts: Vec<Ident> = (0..tuple.elems.len())
        .map(|at| format_ident!("part{at}_{number}", span = span))
        .collect();
    let whole = variable("parts", number, span);
    let made = quote_spanned! {span=>
        let (#(#parts,)*) = &#item;
        let #whole = {
            use #rt::{ShareCopy as _, ShareReference as _};
            (#((&&#rt::Tee(#parts)).share(),)*)
        };
    };
    (made, whole)
}

/// Asks of each field that the closure takes out of the item whether it can be copied.
pub(super) fn checked(closure: &Closure, number: usize) -> TokenStream {
    let fields = closure.fields_as_values();
    let checks = fields.iter().enumerate().map(|(at, field)| {
        let span = Span::mixed_site().located_at(member(field));
        let rt = rt(span);
        let lent = format_ident!("lent{at}_{number}", span = span);
        quote_spanned! {span=>
            let #lent = &#field;
            #rt::TakenOut::taken_out(#lent);
        }
    });
    quote!(#(#checks)*)
}

fn member(field: &Expr) -> Span {
    match field {
        Expr::Field(field) => match &field.member {
            Member::Named(name) => name.span(),
            Member::Unnamed(index) => index.span,
        },
        other => other.span(),
    }
}
