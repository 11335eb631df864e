//! Resolves what aggregates take, and refuses what of them cannot run yet.

use proc_macro2::Ident;
use quote::ToTokens;

use super::arguments;
use super::builder::Builder;
use super::clauses;
use super::operators::{Resolved, sound};
use super::{reserved, side_by_side};
use crate::closure;
use crate::diagnostics::Diagnostics;
use crate::model::{Aggregate, Emit, Inverse, Keeping, Kind, Reducer, WindowKind};
use crate::operators::Operator;
use crate::plan::placed;
use crate::support;
use crate::syntax::{Operation, Remainder};
use crate::units;

pub(super) fn reduced(
    operation: &Operation,
    make: fn(Reducer) -> Aggregate,
    diagnostics: &mut Diagnostics,
) -> Option<Resolved> {
    let (reducer, inverse) = arguments::reducer(operation, diagnostics)?;
    let word = operation.word.to_string();
    if let Reducer::Function(function) = &reducer {
        sound(closure::value_of_two(&word, function), diagnostics)?;
    }
    if let Some(Inverse { function, .. }) = &inverse {
        sound(closure::value_of_two(&word, function), diagnostics)?;
    }
    Some(Resolved {
        kind: Kind::Aggregate(make(reducer)),
        other: None,
        inverse,
        later: Vec::new(),
    })
}

pub(super) fn update_state(
    operation: &Operation,
    operator: &Operator,
    diagnostics: &mut Diagnostics,
) -> Option<Kind> {
    let value = reserved::only(operation, operator, diagnostics)?;
    let function = arguments::combiner(value, 2, &operation.word, diagnostics)?;
    sound(closure::value_of_two(operator.name, &function), diagnostics)?;
    Some(Kind::UpdateState(function))
}

/// Results of windows that are not there yet before the window ends.
pub(super) fn unsupported_emit(
    operation: &Operation,
    aggregate: &Aggregate,
    keeping: &Keeping,
) -> Option<support::Use> {
    let window = keeping.window.as_ref()?;
    if window.changes {
        return unsupported_changes(operation, aggregate, keeping);
    }
    let tells_before = matches!(keeping.emit, Some(Emit::Updates { .. }));
    (window.kind == WindowKind::Session && tells_before).then(|| {
        let kind = window.kind.word();
        support::Use::new(
            window.word,
            format!("a `{kind}` window cannot give results before it has ended yet"),
            "take `emit …` out: a result leaves at the end of each window",
        )
    })
}

/// Late items that cannot go elsewhere yet: an item that was in time for a session can be late for it
/// when a later one has moved the place where that is cut.
pub(super) fn unsupported_late(keeping: &Keeping) -> Option<support::Use> {
    let (late, window) = (keeping.late?, keeping.window.as_ref()?);
    let is_cut = window.kind == WindowKind::Session && window.max_ms.is_some();
    (is_cut && !window.changes).then(|| {
        support::Use::new(
            late.word,
            "late items of sessions with a `max` cannot go elsewhere yet".to_owned(),
            "write `drop` in place of `else …`: they are counted and left out",
        )
    })
}

/// Windows of which not every item can give a result yet.
fn unsupported_changes(
    operation: &Operation,
    aggregate: &Aggregate,
    keeping: &Keeping,
) -> Option<support::Use> {
    let word = &operation.word;
    if let Some(inverse) = &keeping.inverse {
        return Some(support::Use::new(
            inverse.word,
            format!("`inverse:` on `{word}` with `emit changes` is not supported yet"),
            "take `inverse: …` out: no value is taken out of a window",
        ));
    }
    let is_of_all = matches!(
        aggregate,
        Aggregate::Top { .. }
            | Aggregate::HeavyHitters { .. }
            | Aggregate::ApproxDistinct
            | Aggregate::Quantile { .. }
    );
    let window = keeping.window.as_ref().filter(|_| is_of_all)?;
    let emit = operation
        .clauses
        .iter()
        .find(|clause| clause.word == "emit");
    let until_then = match clauses::near_updates_ms(window) {
        Some(every_ms) => format!(
            "write `emit updates every {}` instead: each window of `{}` tells its result so far",
            units::shown(every_ms),
            placed::lies(window)
        ),
        None => "take `emit changes` out: results leave at the end of each window".to_owned(),
    };
    Some(support::Use::new(
        emit.map_or_else(|| word.span(), |clause| clause.word.span()),
        format!("`{word}` with `emit changes` is not supported yet"),
        &until_then,
    ))
}

/// A bound of lasting state that cannot be kept to yet.
pub(super) fn unsupported_bound(operation: &Operation) -> Option<support::Use> {
    let mut clauses = operation.clauses.iter();
    let bound = clauses.find(|clause| clause.word == "ttl" || clause.word == "cap")?;
    Some(support::Use::new(
        bound.word.span(),
        format!(
            "`{}` on `{}` is not supported yet",
            bound.word, operation.word
        ),
        "write `forever`, and give `None` for a key that is no longer wanted: it is called for every \
         key at the end of each interval",
    ))
}

pub(super) fn aggregate_by_key(
    operation: &Operation,
    operator: &Operator,
    diagnostics: &mut Diagnostics,
) -> Option<Kind> {
    let word: &Ident = &operation.word;
    let arguments = arguments::list(operation, diagnostics)?;
    let count = arguments.len();
    let Ok([init, add, merge]) = <[arguments::Argument; 3]>::try_from(arguments) else {
        let span = operation
            .args
            .as_ref()
            .map_or(word.span(), proc_macro2::Group::span_close);
        if operation.remainder == Remainder::Stray {
            // `aggregate_by_key(0)(…)`: what stands behind is told.
            return None;
        }
        let found = match count {
            1 => "here is one argument".to_owned(),
            count => format!("here are {count} arguments"),
        };
        diagnostics
            .error(
                span,
                format!("`{word}` takes `init, add, merge`, and {found}"),
            )
            .help(format!("write `{}`", operator.example));
        return None;
    };
    if let syn::Expr::Closure(first) = &init.value
        && !first.inputs.is_empty()
    {
        let text = |value: &syn::Expr| crate::text::of(&value.to_token_stream());
        let (start, add) = match &add.value {
            closure @ syn::Expr::Closure(_) => ("0".to_owned(), text(closure)),
            start => (text(start), text(&init.value)),
        };
        diagnostics
            .error(
                arguments::span_of(&init.value),
                format!(
                    "`{word}` takes the value that a key begins with first, and this is a closure"
                ),
            )
            .help(format!(
                "write `{word}({start}, {add}, {})`",
                text(&merge.value)
            ));
        return None;
    }
    let init = arguments::init(init.value);
    let mut combiner = |value| {
        let function = arguments::combiner(value, 2, word, diagnostics)?;
        let forbidden = closure::value_of_two(&word.to_string(), &function);
        sound(forbidden, diagnostics).map(|()| function)
    };
    let (add, merge) = (combiner(add.value), combiner(merge.value));
    Some(Kind::Aggregate(Aggregate::AggregateByKey {
        init,
        add: add?,
        merge: merge?,
    }))
}

/// `agg_by_key { n: count }`.
pub(super) fn agg_by_key(
    operation: &Operation,
    operator: &'static Operator,
    builder: &mut Builder,
    diagnostics: &mut Diagnostics,
) -> Option<Kind> {
    // That there is a block.
    reserved::arguments(operation, operator, builder, diagnostics)?;
    let parts = side_by_side::read(operation, operator, diagnostics)?;
    Some(Kind::Aggregate(Aggregate::AggByKey { parts }))
}

/// `top(10)`: how many pairs it passes on.
pub(super) fn how_many(
    operation: &Operation,
    operator: &Operator,
    builder: &mut Builder,
    diagnostics: &mut Diagnostics,
) -> Option<syn::Expr> {
    reserved::arguments(operation, operator, builder, diagnostics)?;
    let n = operation.args.as_ref()?.stream();
    syn::parse2(n).ok()
}
