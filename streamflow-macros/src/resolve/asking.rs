//! Resolves stages that ask something about each item.

use super::arguments;
use super::operators::sound;
use crate::closure;
use crate::diagnostics::Diagnostics;
use crate::model::{About, Asking, Kind};
use crate::operators::Operator;
use crate::syntax::Operation;

/// `map_async(async |item| …)`, `lookup(async |key| …)`.
pub(super) fn stage(
    operation: &Operation,
    operator: &Operator,
    diagnostics: &mut Diagnostics,
) -> Option<Kind> {
    let function = arguments::asking(operation, operator, diagnostics)?;
    sound(
        closure::value_of_item(operator.name, &function),
        diagnostics,
    )?;
    let about = match operator.name {
        "lookup" => About::Key,
        _ => About::Item,
    };
    Some(Kind::Asking(Asking { about, function }))
}
