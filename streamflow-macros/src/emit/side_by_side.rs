//! Writes the aggregates of `agg_by_key`: a type with a field for each, which is what a key keeps
//! as well as what leaves.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt as _;

use super::context::{Context, rt, variable};
use super::each::Writer;
use super::record::share;
use super::setup::function_outside;
use super::sketch;
use crate::model::{Measure, Part};
use crate::shape::{self, Body};

/// The module of the type: the type itself has a name that users can meet in messages.
fn module(number: usize, span: Span) -> Ident {
    variable("agg", number, span)
}

/// The word for the function of an aggregate, by its place.
fn function_name(at: usize) -> String {
    format!("part{at}")
}

/// The word for the share of a quantile, by its place.
pub(super) fn share_name(at: usize) -> String {
    format!("share{at}")
}

/// The type, and the functions that are made once.
pub(super) fn outside(parts: &[Part], number: usize, span: Span) -> TokenStream {
    let functions: TokenStream = parts
        .iter()
        .enumerate()
        .map(|(at, part)| {
            let function = part
                .function
                .as_ref()
                .map(|function| function_outside(function, &function_name(at), number, span));
            let share = part
                .share
                .as_ref()
                .map(|share| sketch::share_outside(share, &share_name(at), number, span));
            quote!(#function #share)
        })
        .collect();
    let written = written(parts, number, span);
    quote!(#written #functions)
}

fn written(parts: &[Part], number: usize, span: Span) -> TokenStream {
    let rt = rt(span);
    let module = module(number, span);
    let names: Vec<&Ident> = parts.iter().map(|part| &part.name).collect();
    let types: Vec<Ident> = (0..parts.len())
        .map(|at| format_ident!("Part{}", at, span = span))
        .collect();
    let plain: Vec<String> = names.iter().map(|name| name.unraw().to_string()).collect();
    let in_front = plain.iter().enumerate().map(|(at, name)| match at {
        0 => format!("Agg {{ {name}: "),
        _ => format!(", {name}: "),
    });
    let shape = shape::names_of_struct("Agg", &Body::Named(plain.clone()));
    quote_spanned! {span=>
        mod #module {
            #[derive(
                ::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy,
                ::core::cmp::PartialEq, #rt::serde::Serialize, #rt::serde::Deserialize,
            )]
            #[serde(crate = "::streamflow::__private::serde")]
            pub(super) struct Agg<#(#types),*> {
                #(pub(super) #names: #types,)*
            }

            #[automatically_derived]
            impl<#(#types: #rt::Accumulate),*> #rt::Accumulate for Agg<#(#types),*> {
                type Result = Agg<#(#types::Result),*>;

                fn can_take(&self, other: &Self) -> ::core::result::Result<(), #rt::Overflow> {
                    #(#rt::Accumulate::can_take(&self.#names, &other.#names)?;)*
                    ::core::result::Result::Ok(())
                }

                fn take(&mut self, other: Self) -> ::core::result::Result<(), #rt::Overflow> {
                    #(#rt::Accumulate::take(&mut self.#names, other.#names)?;)*
                    ::core::result::Result::Ok(())
                }

                fn result(self) -> Self::Result {
                    Agg { #(#names: #rt::Accumulate::result(self.#names)),* }
                }
            }

            #[automatically_derived]
            impl<#(#types: #rt::KnownLayout),*> #rt::KnownLayout for Agg<#(#types),*> {
                type Shape = #rt::Named<#shape, (#(#types::Shape,)*)>;
                type Shown = Self;

                fn layout(text: &mut ::std::string::String) {
                    #(
                        text.push_str(#in_front);
                        <#types as #rt::KnownLayout>::layout(text);
                    )*
                    text.push_str(" }");
                }
            }
        }
    }
}

/// Takes from the value what each aggregate wants of it, and goes on with `add`, which gets what one
/// record has of all of them.
pub(super) fn taken(
    ctx: Context<'_, '_>,
    number: usize,
    parts: &[Part],
    value: &Ident,
    span: Span,
    add: impl FnOnce(TokenStream) -> TokenStream,
) -> TokenStream {
    let module = module(number, span);
    let fields = parts.iter().enumerate().map(|(at, part)| {
        let name = &part.name;
        let begun = begun(part, at, number);
        quote_spanned!(span=> #name: #begun)
    });
    let agg = quote_spanned!(span=> #module::Agg { #(#fields),* });
    let mut rest = add(agg);
    let Some(stage) = ctx.stage(number) else {
        return rest;
    };
    let writer = Writer {
        ctx,
        number,
        stage,
        span,
    };
    for (at, part) in parts.iter().enumerate().rev() {
        if part.measure == Measure::Count {
            continue;
        }
        let of = part_variable(part, at, number);
        rest = match &part.function {
            None => {
                let shared = share(value, &of, span);
                quote!(#shared #rest)
            }
            Some(function) => {
                let view = variable("seen", number, span);
                let shared = share(value, &view, span);
                let made = writer.looked(function, &function_name(at), &quote!(#view), &of, &rest);
                quote!(#shared #made)
            }
        };
    }
    // Where nothing but records are counted, nobody looks at the value.
    quote_spanned!(span=> let _ = &#value; #rest)
}

/// The variable with what an aggregate takes from a value, at its word.
fn part_variable(part: &Part, at: usize, number: usize) -> Ident {
    let span = crate::span::of_stage(&part.word);
    variable(&function_name(at), number, span)
}

/// What one record has of an aggregate.
fn begun(part: &Part, at: usize, number: usize) -> TokenStream {
    let span = crate::span::of_stage(&part.word);
    let rt = rt(span);
    let of = part_variable(part, at, number);
    match part.measure {
        Measure::Count => quote_spanned!(span=> #rt::counted()),
        Measure::Sum => quote_spanned!(span=> #rt::Summing::summed(#of)),
        Measure::Average => quote_spanned!(span=> #rt::Averaging::averaged(#of)),
        Measure::Min => quote_spanned!(span=> #rt::Comparing::least(#of)),
        Measure::Max => quote_spanned!(span=> #rt::Comparing::greatest(#of)),
        Measure::ApproxDistinct => quote_spanned!(span=> #rt::Distinguishing::distinguished(#of)),
        Measure::Quantile => quote_spanned!(span=> #rt::Spreading::spread(#of)),
    }
}

/// Asks the quantiles among the results for their shares; the others leave as they are.
pub(super) fn at_shares(
    parts: &[Part],
    value: &Ident,
    number: usize,
    span: Span,
) -> Option<TokenStream> {
    parts
        .iter()
        .find(|part| part.measure == Measure::Quantile)?;
    let module = module(number, span);
    let fields = parts.iter().enumerate().map(|(at, part)| {
        let (name, rt) = (&part.name, rt(span));
        if part.measure == Measure::Quantile {
            let share = variable(&share_name(at), number, span);
            quote_spanned!(span=> #name: #rt::quantile(#value.#name, #share))
        } else {
            quote_spanned!(span=> #name: #value.#name)
        }
    });
    Some(quote_spanned!(span=> let #value = #module::Agg { #(#fields),* };))
}

/// Checks that what is kept as it came outlives its record; `part_of` gives a part of what is looked at,
/// and `items` are those of the source.
pub(super) fn keepable(
    parts: &[Part],
    part_of: &str,
    open: &TokenStream,
    items: &TokenStream,
) -> TokenStream {
    parts
        .iter()
        .filter(|part| matches!(part.measure, Measure::Min | Measure::Max))
        .map(|part| {
            let span = crate::span::of_stage(&part.word);
            let rt = rt(span);
            let name = &part.name;
            let part_of = Ident::new(part_of, span);
            quote_spanned! {span=>
                {
                    use #rt::{LooksBorrowed as _, LooksLikeItems as _, LooksOpen as _, LooksOwned as _};
                    let part = #rt::#part_of(&#open, |agg| &agg.#name);
                    let (kind, value) = (&&&&&&&&&#rt::Outliving(&part, #items)).kind();
                    #rt::Keepable::keepable(value, kind);
                }
            }
        })
        .collect()
}
