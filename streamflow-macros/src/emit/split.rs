//! Writes `split`: a chain of conditions, with the stages behind each arm inside.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::context::{Context, Item, variable};
use super::each::{Seen, Writer, seen};
use super::record;
use crate::closure::Function;
use crate::plan::Stage;

/// What the function of an arm is called among the variables of its stage.
pub(super) fn predicate(arm: usize) -> String {
    format!("arm_{arm}")
}

/// Writes the stage, and everything behind its arms inside.
pub(super) fn stage(
    ctx: Context<'_, '_>,
    number: usize,
    stage: &Stage<'_>,
    predicates: &[Function],
    item: Item,
) -> TokenStream {
    let writer = Writer {
        ctx,
        number,
        stage,
        span: stage.span(),
    };
    arms(&writer, predicates, 0, item)
}

fn arms(
    writer: &Writer<'_, '_, '_>,
    predicates: &[Function],
    arm: usize,
    item: Item,
) -> TokenStream {
    let span = writer.span;
    let behind = |item: Item| match writer.ctx.steps(writer.number).get(arm) {
        Some(step) => record::stage(writer.ctx.step(*step), step.stage, item),
        // The last predicate is true of every item, so there is no arm for the rest.
        None => record::ignored(&item, span),
    };
    let Some(function) = predicates.get(arm) else {
        return behind(item);
    };
    let Seen { made, view, item } = seen(function, item, span);
    let taken = behind(item.clone());
    let others = arms(writer, predicates, arm + 1, item);
    let what = predicate(arm);
    let keep = variable(&what.replace("arm", "keep"), writer.number, span);
    let rest = quote_spanned!(span=> if #keep { #taken } else { #others });
    let decided = writer.decide(function, &what, &view, &keep, &rest);
    quote!(#made #decided)
}
