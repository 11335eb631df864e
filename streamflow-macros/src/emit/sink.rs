//! Writes the sinks.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use super::context::{Context, Item, rt, variable};
use super::each;
use super::record::one;
use crate::closure::{Function, Leaves};
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
            Rows::InIntervals {
                order: Order::Arrival,
                ..
            } => {
                quote_spanned!(span=> #rt::print_kept(&mut #out, #item);)
            }
            Rows::InIntervals {
                order: Order::Sorted | Order::Ranked,
                ..
            }
            | Rows::AsTheyCome => {
                let kind = shown(&item, span);
                quote_spanned!(span=> #rt::Shows::print(#kind, &#item, &mut #out);)
            }
        },
        Operation::ToParts { format, .. } => {
            let write = quote_spanned! {span=>
                #rt::write_row(&mut #out, |line| <#format as #rt::Encode<_>>::encode(&#item, line))
            };
            ctx.try_or_refuse(number, &write, &TokenStream::new(), span)
        }
        Operation::ToKafka {
            key,
            value,
            headers,
            format,
            ..
        } => {
            let parts = Parts {
                ctx,
                number,
                span,
                item: &item,
            };
            let written = |value: TokenStream| {
                let send = quote_spanned! {span=>
                    #rt::send(&mut #out, |sent| <#format as #rt::Encode<_>>::encode(&#value, sent))
                };
                ctx.try_or_refuse(number, &send, &TokenStream::new(), span)
            };
            let sent = match value {
                Some(value) => parts.part(value, "value", written),
                None => written(item.to_token_stream()),
            };
            let sent = match headers {
                Some(headers) => parts.part(headers, "headers", |headers| {
                    quote_spanned! {span=>
                        #rt::MessageHeaders::set(#headers, &mut #out);
                        #sent
                    }
                }),
                None => sent,
            };
            match key {
                // Behind a key that is refused nothing is sent: the record is left out as a whole.
                Some(key) => parts.part(key, "key", |key| {
                    let keyed = quote_spanned!(span=> #rt::MessageKey::set(&#key, &mut #out));
                    ctx.try_or_refuse(number, &keyed, &sent, span)
                }),
                None => sent,
            }
        }
        Operation::ToOwn(..) => {
            let taken = quote_spanned!(span=> #rt::Takes::take(&mut #out, #item));
            ctx.try_or_refuse(number, &taken, &TokenStream::new(), span)
        }
        Operation::Source(_)
        | Operation::Decode(_)
        | Operation::Union
        | Operation::Split(_)
        | Operation::Arm
        | Operation::Refused(_)
        | Operation::Each(..)
        | Operation::Plain(_)
        | Operation::Passing { .. }
        | Operation::Ask { .. }
        | Operation::Aggregate { .. }
        | Operation::Ordered { .. }
        | Operation::Running { .. }
        | Operation::Gather { .. }
        | Operation::Batch { .. }
        | Operation::Join { .. }
        | Operation::Table { .. }
        | Operation::LookUp { .. }
        | Operation::IntervalJoin { .. }
        | Operation::UpdateState { .. }
        | Operation::EventTime { .. }
        | Operation::Rows { .. }
        | Operation::ToNull => quote_spanned!(span=> let _ = &#item;),
    };
    quote!(#made #written)
}

/// Writes the parts of an item that `key:` and `value:` choose.
struct Parts<'a, 'p, 'm> {
    ctx: Context<'p, 'm>,
    number: usize,
    span: Span,
    item: &'a Ident,
}

impl Parts<'_, '_, '_> {
    /// What is done with one part; nothing where the function refuses the item.
    fn part(
        &self,
        function: &Function,
        what: &str,
        then: impl FnOnce(TokenStream) -> TokenStream,
    ) -> TokenStream {
        let Parts { span, item, .. } = *self;
        let view = quote_spanned!(span=> &#item);
        match function {
            Function::Closure(closure) if closure.leaves == Leaves::ByTry => {
                let attempt = each::attempt(closure, span);
                let attempt = each::inside(closure, &view, &attempt, span);
                let outcome = variable("outcome", self.number, span);
                let part = variable(what, self.number, span);
                let then = then(part.to_token_stream());
                let refuse = self.ctx.refuse(self.number, span);
                quote_spanned! {span=>
                    let #outcome = #attempt;
                    match #outcome {
                        ::core::result::Result::Ok(#part) => { #then }
                        #refuse
                    }
                }
            }
            Function::Closure(closure) => then(each::inside(
                closure,
                &view,
                &each::body(closure, span),
                span,
            )),
            Function::Path(_) | Function::Value(_) => {
                let callee = each::callee(function, what, self.number, span);
                then(quote_spanned!(span=> #callee(#view)))
            }
        }
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
