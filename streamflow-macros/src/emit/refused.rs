//! Writes what becomes of items that a stage does not take: they go to a topic of dead letters, or
//! on in a stream of their own.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;

use super::context::{Context, Form, Item, Names, Section, rt, variable};
use super::late;
use super::record::consume;
use crate::plan::Plan;

/// The topics of dead letters: made once per job, before its workers start.
pub(super) fn outside(plan: &Plan<'_>) -> TokenStream {
    let topics = plan.dead_letters.iter().enumerate();
    topics
        .map(|(number, topic)| {
            let span = Span::mixed_site().located_at(topic.span());
            let (rt, sink) = (rt(span), sink(number));
            quote_spanned!(span=> let #sink = #rt::LetterTopic::dead_letters(#topic);)
        })
        .collect()
}

/// The variables of the topics of dead letters.
pub(super) fn sinks(plan: &Plan<'_>) -> impl Iterator<Item = Ident> {
    (0..plan.dead_letters.len()).map(sink)
}

fn sink(number: usize) -> Ident {
    variable("dead_letters", number, Span::mixed_site())
}

/// A worker's way to a topic of dead letters.
pub(super) fn letters(number: usize, span: Span) -> Ident {
    variable("letters", number, span)
}

/// Each worker's ways to the topics of dead letters.
pub(super) fn ways(plan: &Plan<'_>) -> TokenStream {
    let span = Span::mixed_site();
    let (rt, Names { worker, .. }) = (rt(span), Names::new(span));
    sinks(plan)
        .enumerate()
        .map(|(number, sink)| {
            let letters = letters(number, span);
            quote_spanned!(span=> let mut #letters = #rt::writer(&#sink, #worker)?;)
        })
        .collect()
}

/// A call of the runtime for each topic of dead letters: behind a batch, or in a round.
pub(super) fn told(plan: &Plan<'_>, what: &str) -> TokenStream {
    let span = Span::mixed_site();
    let (rt, what) = (rt(span), Ident::new(what, span));
    (0..plan.dead_letters.len())
        .map(|number| {
            let letters = letters(number, span);
            quote_spanned!(span=> #rt::#what(&mut #letters)?;)
        })
        .collect()
}

/// What is kept of an item in front of a stage that may refuse it, and with which the stage is then
/// written.
pub(super) fn kept<'p, 'm>(
    ctx: Context<'p, 'm>,
    number: usize,
    item: &Item,
    span: Span,
) -> (TokenStream, Context<'p, 'm>) {
    let Some(stage) = ctx.stage(number) else {
        return (TokenStream::new(), ctx);
    };
    let shown = stage
        .failed
        .dead_letter
        .filter(|_| stage.can_fail && ctx.record.is_none())
        .map(|topic| shown(item, topic, span));
    let rt = rt(span);
    let again = stage.failed.to.map(|to| match item {
        Item::One(whole) => {
            let kept = variable("refused", to, span);
            quote_spanned!(span=> let #kept = #rt::Again::again(&#whole);)
        }
        Item::Pair(key, value) => {
            let (kept_key, kept) = (
                variable("refused_key", to, span),
                variable("refused", to, span),
            );
            quote_spanned! {span=>
                let #kept_key = #rt::Again::again(&#key);
                let #kept = #rt::Again::again(&#value);
            }
        }
    });
    let kept = match item {
        Item::One(_) => Form::One,
        Item::Pair(..) => Form::Pair,
    };
    (quote!(#shown #again), Context { kept, ..ctx })
}

/// Shows an item to the dead letters: where no record is at hand, it is what they get.
pub(super) fn shown(item: &Item, topic: usize, span: Span) -> TokenStream {
    let (rt, letters) = (rt(span), letters(topic, span));
    let item = match item {
        Item::One(whole) => whole.to_token_stream(),
        Item::Pair(key, value) => quote_spanned!(span=> (&#key, &#value)),
    };
    quote_spanned! {span=>
        {
            use #rt::{BuriedAsRow as _, BuriedByDebug as _, BuriedUnseen as _};
            (&&&#rt::Buried(&#item)).show(&mut #letters);
        }
    }
}

/// Writes what a stage refuses to its dead letters, if it has any.
pub(super) fn buried(
    ctx: Context<'_, '_>,
    number: usize,
    error: &Ident,
    span: Span,
) -> Option<TokenStream> {
    let topic = ctx.stage(number)?.failed.dead_letter?;
    let (rt, letters) = (rt(span), letters(topic, span));
    let Names { worker, .. } = Names::new(span);
    Some(match (ctx.section, ctx.record) {
        (Section::Records, Some(source)) => {
            let record = variable("item", source, span);
            quote_spanned!(span=> #rt::bury(#worker, #number, #error, &mut #letters, &#record)?;)
        }
        (Section::Records, None) => {
            quote_spanned!(span=> #rt::bury_shown(#worker, #number, #error, &mut #letters)?;)
        }
        (Section::Round, _) => {
            quote_spanned!(span=> #rt::bury_in_round(#worker, #number, #error, &mut #letters)?;)
        }
    })
}

/// Lets an item that a stage has refused go on in the stream of its name, if it has one.
pub(super) fn goes_on(ctx: Context<'_, '_>, number: usize, span: Span) -> Option<TokenStream> {
    let to = ctx.stage(number)?.failed.to?;
    let kept = variable("refused", to, span);
    let item = match ctx.kept {
        Form::One => Item::One(kept),
        Form::Pair => Item::Pair(variable("refused_key", to, span), kept),
    };
    Some(consume(ctx, to, item, span))
}

/// What becomes of an item whose windows are all closed, beside that it is counted.
pub(super) fn late(ctx: Context<'_, '_>, number: usize, item: Item, span: Span) -> TokenStream {
    let Some(stage) = ctx.stage(number) else {
        return TokenStream::new();
    };
    let (rt, Names { worker, .. }) = (rt(span), Names::new(span));
    if let Some(topic) = stage.late.dead_letter {
        let (letters, time) = (letters(topic, span), ctx.time_of_item(span));
        if let (Section::Records, Some(source)) = (ctx.section, ctx.record) {
            let record = variable("item", source, span);
            return quote_spanned! {span=>
                #rt::bury_late(#worker, (#number, #time), &mut #letters, &#record)?;
            };
        }
        let shown = shown(&item, topic, span);
        let bury = match ctx.section {
            Section::Records => Ident::new("bury_late_shown", span),
            Section::Round => Ident::new("bury_late_in_round", span),
        };
        return quote_spanned! {span=>
            #shown
            #rt::#bury(#worker, (#number, #time), &mut #letters)?;
        };
    }
    let Some(to) = stage.late.to else {
        return TokenStream::new();
    };
    late::goes_on(ctx, number, to, (item, span))
}
