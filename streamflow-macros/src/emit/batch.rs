//! Writes the stages that work on many items at once: those of one batch of one partition, or
//! those of an interval, which meet on one worker.

use std::collections::BTreeMap;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::context::{Context, Item, Names, rt, variable};
use super::record::{consume, one};
use super::{each, refused};
use crate::plan::{BatchOf, Operation, Stage};

/// Puts an item with the others of its batch.
pub(super) fn put(number: usize, item: Item, span: Span) -> TokenStream {
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    let batch = variable("batch", number, span);
    let (made, item) = one(item, span);
    quote_spanned!(span=> #made #rt::put(&mut #batch, #worker, #item);)
}

/// The batches that a source's loop fills: made in front of it, and worked on behind it.
pub(super) fn around(
    ctx: Context<'_, '_>,
    reached: &BTreeMap<usize, &Stage<'_>>,
) -> (TokenStream, TokenStream) {
    let ctx = ctx.without_record();
    let batches = reached.iter().filter_map(|(number, stage)| {
        let Operation::Batch {
            each,
            function,
            of: BatchOf::Block,
        } = &stage.operation
        else {
            return None;
        };
        let span = stage.span();
        let rt = rt(span);
        let Names {
            worker, records, ..
        } = Names::new(span);
        let (batch, item, at) = (
            variable("batch", *number, span),
            variable("item", *number, span),
            variable("at", *number, span),
        );
        let item_of_stage = Item::One(item.clone());
        let (kept, ctx) = refused::kept(ctx, *number, &item_of_stage, span);
        let work = each::stage(ctx, *number, stage, *each, function, item_of_stage);
        Some((
            quote_spanned!(span=> let mut #batch = #rt::batch();),
            // A loop of one round at most: a refusal leaves it as it leaves that over records.
            quote_spanned! {span=>
                #records: for (#item, #at) in #rt::filled(#batch, #worker) {
                    #kept
                    #work
                    #rt::at(#worker, #at);
                }
            },
        ))
    });
    batches.unzip()
}

/// Puts an item with the others of its interval.
pub(super) fn gather(number: usize, item: Item, span: Span) -> TokenStream {
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    let state = variable("state", number, span);
    match item {
        // The key is kept first: it may borrow from the value.
        Item::Pair(key, value) => quote_spanned! {span=>
            let #key = #rt::Key::keep(#key);
            #rt::gather_pair(&mut #state, #worker, #key, #value);
        },
        // Looked at first: it is moved then.
        Item::One(whole) => {
            let way = variable("way", number, span);
            quote_spanned! {span=>
                let #way = {
                    use #rt::{KeptAsIs as _, KeptAsKey as _, KeptAsPair as _};
                    (&&&#rt::Borrowing(&#whole)).way()
                };
                #rt::gather_item(&mut #state, #worker, #whole, #way);
            }
        }
    }
}

/// Calls for a round if items wait for one, at the end of a batch.
pub(super) fn after_batch(number: usize, span: Span) -> TokenStream {
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    let state = variable("state", number, span);
    quote_spanned!(span=> #rt::after_gathering(#worker, &#state);)
}

/// What happens when the interval ends, or in each round: one worker gets everything.
pub(super) fn gathered(ctx: Context<'_, '_>, number: usize, way: &str, span: Span) -> TokenStream {
    let way = Ident::new(way, span);
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    let (state, exchange) = (
        variable("state", number, span),
        variable("exchange", number, span),
    );
    let (apart, item) = (
        variable("apart", number, span),
        variable("item", number, span),
    );
    let rest = consume(ctx, number, Item::One(item.clone()), span);
    quote_spanned! {span=>
        if let ::core::option::Option::Some(mut #apart) =
            #rt::#way(#worker, &#exchange, &mut #state)?
        {
            let #item = #rt::lent(&mut #apart);
            #rest
        }
    }
}

/// What a worker gathers in.
pub(super) fn state(number: usize, kept: bool, span: Span) -> TokenStream {
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    let state = variable("state", number, span);
    let made = if kept {
        quote_spanned!(span=> #rt::GatheredOf::make(#worker, #number)?)
    } else {
        quote!(::core::default::Default::default())
    };
    quote_spanned!(span=> let mut #state: #rt::Gathered<_, _> = #made;)
}
