//! Finds the Kafka topics that a stage names, for the plan: literals by name, the rest as written.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{Expr, ExprLit, Lit};

use crate::model::Source;
use crate::plan::Operation;
use crate::text;

/// The topics that a stage reads or writes, as values of the plan.
pub(super) fn topics(operation: &Operation<'_>) -> Vec<TokenStream> {
    match operation {
        Operation::Source(Source::Kafka { topics, reads }) if reads.by_pattern => {
            let pattern = format!("pattern {}", text::of(&topics.to_token_stream()));
            vec![quote_spanned! {Span::mixed_site()=>
                ::streamflow::__private::Topic::Expression(#pattern)
            }]
        }
        Operation::Source(Source::Kafka { topics, .. }) => each(topics).map(topic).collect(),
        Operation::ToKafka { topic: to, .. } => vec![topic(to)],
        Operation::Source(
            Source::Iter { .. }
            | Source::Channel { .. }
            | Source::Custom { .. }
            | Source::Generate { .. }
            | Source::Stdin
            | Source::Socket { .. }
            | Source::Files { .. },
        )
        | Operation::Decode(_)
        | Operation::Union
        | Operation::Split(_)
        | Operation::Arm
        | Operation::Refused(_)
        | Operation::Each(..)
        | Operation::Plain(_)
        | Operation::Passing { .. }
        | Operation::Ask { .. }
        | Operation::Gather { .. }
        | Operation::Batch { .. }
        | Operation::Aggregate { .. }
        | Operation::Ordered { .. }
        | Operation::Running { .. }
        | Operation::Join { .. }
        | Operation::Table { .. }
        | Operation::LookUp { .. }
        | Operation::IntervalJoin { .. }
        | Operation::UpdateState { .. }
        | Operation::EventTime { .. }
        | Operation::Rows { .. }
        | Operation::Print { .. }
        | Operation::ToParts { .. }
        | Operation::ToOwn(..)
        | Operation::ToNull => Vec::new(),
    }
}

/// The parts of `["a", "b"]`; anything else is one part.
fn each(topics: &Expr) -> Box<dyn Iterator<Item = &Expr> + '_> {
    match topics {
        Expr::Array(array) => Box::new(array.elems.iter()),
        other => Box::new(std::iter::once(other)),
    }
}

/// One topic.
pub(super) fn topic(topic: &Expr) -> TokenStream {
    let span = Span::mixed_site();
    if let Expr::Lit(ExprLit {
        lit: Lit::Str(name),
        ..
    }) = topic
    {
        // The name at our own place: it is no second use of what the user wrote.
        let name = name.value();
        return quote_spanned!(span=> ::streamflow::__private::Topic::Named(#name));
    }
    let text = text::of(&topic.to_token_stream());
    quote_spanned!(span=> ::streamflow::__private::Topic::Expression(#text))
}
