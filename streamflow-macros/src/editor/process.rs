//! Writes `process { … }`: a type with its fields, so that closures can be completed on them.

use proc_macro2::{Ident, Spacing, TokenStream, TokenTree};
use quote::{format_ident, quote, quote_spanned};

use super::shape::{Operation, is_punct};
use super::{block, ops, ours, rt};

/// The stage, as an expression that gives the stream behind it.
pub(super) fn stage(operation: &Operation<'_>, items: &Ident) -> TokenStream {
    let (ops, rt) = (ops(), rt());
    let word = operation.word;
    let tokens: Vec<TokenTree> = operation
        .body
        .map(|body| body.stream().into_iter().collect())
        .unwrap_or_default();
    let nothing = quote_spanned!(ours()=> |_, _, _, _| ());
    let (mut on_record, mut on_timer) = (nothing.clone(), nothing);
    let (mut names, mut types, mut begun) = (Vec::new(), Vec::new(), Vec::new());
    for (name, value) in parts(&tokens) {
        let written: TokenStream = value.iter().cloned().collect();
        if name == "on_record" && !value.is_empty() {
            on_record = written;
        } else if name == "on_timer" && !value.is_empty() {
            on_timer = written;
        } else if let Some(at) = value.iter().position(|token| is_punct(token, '=')) {
            let (ty, init) = value.split_at(at);
            let init: TokenStream = init.iter().skip(1).cloned().collect();
            names.push(name);
            types.push(ty.iter().cloned().collect::<TokenStream>());
            begun.push(if init.is_empty() {
                quote_spanned!(ours()=> #rt::missing())
            } else {
                init
            });
        }
    }
    let module = Ident::new("fields", ours());
    let parameters: Vec<Ident> = (0..names.len())
        .map(|at| format_ident!("Field{}", at, span = ours()))
        .collect();
    let state = quote_spanned! {ours()=>
        mod #module {
            pub(super) struct State<#(#parameters),*> {
                #(pub(super) #names: #parameters,)*
            }
        }
    };
    let fields = quote!(#(#names: #begun),*);
    let call = quote_spanned! {ours()=>
        #ops::#word(#items, #module::State::<#(#types),*> { #fields }, #on_record, #on_timer)
    };
    block(&quote!(#state #call))
}

/// What stands behind each `name:`. The commas between the parameters of a closure are none between
/// parts.
fn parts(tokens: &[TokenTree]) -> Vec<(Ident, &[TokenTree])> {
    let mut parts = Vec::new();
    let mut rest = tokens;
    while let [TokenTree::Ident(name), colon, behind @ ..] = rest {
        if !is_colon(colon) {
            break;
        }
        let end = end_of(behind);
        parts.push((name.clone(), behind.get(..end).unwrap_or(behind)));
        rest = behind.get(end + 1..).unwrap_or_default();
    }
    parts
}

fn end_of(value: &[TokenTree]) -> usize {
    let bars: Vec<usize> = (0..value.len())
        .filter(|at| value.get(*at).is_some_and(|token| is_punct(token, '|')))
        .take(2)
        .collect();
    let begins = match (value.first(), bars.as_slice()) {
        (Some(first), [_, second]) if is_punct(first, '|') => *second,
        _ => 0,
    };
    let is_end = |at: &usize| {
        matches!(
            value.get(*at..),
            Some([comma, TokenTree::Ident(_), colon, ..]) if is_punct(comma, ',') && is_colon(colon)
        )
    };
    let end = (begins..value.len()).find(is_end);
    end.unwrap_or_else(|| match value.last() {
        Some(last) if is_punct(last, ',') => value.len() - 1,
        _ => value.len(),
    })
}

fn is_colon(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(mark) if mark.as_char() == ':' && mark.spacing() == Spacing::Alone)
}
