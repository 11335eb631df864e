//! Writes the sinks.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Type;

use super::context::{Context, Item, rt, variable};
use super::each;
use super::record::one;
use crate::closure::Function;
use crate::plan::{Operation, Order, Rows, Stage};

/// Writes the stage that ends a pipeline.
pub(super) fn stage(
    ctx: Context<'_, '_>,
    number: usize,
    stage: &Stage<'_>,
    item: Item,
) -> TokenStream {
    let span = stage.span();
    let rt = rt(span);
    let out = variable("out", number, span);
    let (made, item) = one(item, span);
    let written = match &stage.operation {
        Operation::Print { rows, .. } => match rows {
            Rows::InIntervals { order: Order::Arrival, .. } => {
                quote_spanned!(span=> #rt::print_kept(&mut #out, #item);)
            }
            Rows::InIntervals { order: Order::Sorted, .. } | Rows::AsTheyCome => {
                let kind = shown(&item, span);
                quote_spanned!(span=> #rt::print(&mut #out, #kind, &#item);)
            }
        },
        Operation::ToFiles { format, .. } => {
            let format = format_or_text(*format, span);
            let write = quote_spanned!(span=> #rt::write_row::<#format, _>(&mut #out, &#item));
            ctx.try_or_refuse(number, &write, span)
        }
        Operation::ToKafka { key, value, format, .. } => {
            let keyed = key.map(|key| {
                let key = part(key, "key", &item, number, span);
                quote_spanned!(span=> #rt::set_key(&mut #out, &#key))
            });
            let value = value.map_or_else(
                || item.to_token_stream(),
                |value| part(value, "value", &item, number, span),
            );
            let format = format_or_text(*format, span);
            let send = quote_spanned!(span=> #rt::send::<#format, _>(&mut #out, &#value));
            let keyed = keyed.map(|keyed| ctx.try_or_refuse(number, &keyed, span));
            let sent = ctx.try_or_refuse(number, &send, span);
            quote!(#keyed #sent)
        }
        _ => quote_spanned!(span=> let _ = #item;),
    };
    quote!(#made #written)
}

/// A part of the item: a key or a value for the outside.
fn part(function: &Function, what: &str, item: &Ident, number: usize, span: Span) -> TokenStream {
    match function {
        Function::Closure(closure) => {
            let pattern = &closure.pattern;
            let body = each::body(closure, span);
            quote_spanned!(span=> { let #pattern = &#item; #body })
        }
        Function::Path(_) | Function::Value(_) => {
            let callee = each::callee(function, what, number, span);
            quote_spanned!(span=> #callee(&#item))
        }
    }
}

fn format_or_text(format: Option<&Type>, span: Span) -> TokenStream {
    match format {
        Some(format) => quote!(#format),
        None => quote_spanned!(span=> ::streamflow::__private::Text),
    }
}

/// How an item is shown: as a row where it is `Serialize`, by `Debug` otherwise.
pub(super) fn shown(item: &Ident, span: Span) -> TokenStream {
    let rt = rt(span);
    quote_spanned! {span=>
        {
            use #rt::{ShownAsRow as _, ShownByDebug as _};
            (&&#rt::Shown(&#item)).kind()
        }
    }
}
