//! Reads what limits state that goes on: `ttl 1h`, `cap 1000`, `forever`.

use super::{Read, alone, count, duration};
use crate::diagnostics::Diagnostics;
use crate::model::Bound;
use crate::syntax::Clause;

pub(super) fn read(clause: &Clause, read: &mut Read, diagnostics: &mut Diagnostics) {
    let mut bound = Bound::default();
    // Where the amount is wrong, that is told: a likely one stands in its place.
    match clause.word.to_string().as_str() {
        "ttl" => {
            let ttl_ms = duration::of_clause(clause, "1h", diagnostics);
            read.mended |= ttl_ms.is_none();
            bound.ttl_ms = Some(ttl_ms.unwrap_or(1));
        }
        "cap" => {
            let cap = count(clause, "100_000", read, diagnostics);
            bound.cap = Some(cap.unwrap_or(1));
        }
        _ => {
            alone(clause, read, diagnostics);
            bound.forever = true;
        }
    }
    add(bound, clause, read, diagnostics);
}

fn add(bound: Bound, clause: &Clause, read: &mut Read, diagnostics: &mut Diagnostics) {
    let known = read.keeping.bound;
    if known.is_some_and(|known| known.forever || bound.forever) {
        diagnostics
            .error(
                clause.word.span(),
                "`forever` says that nothing bounds the state, and another clause does",
            )
            .help("keep one of them");
        read.mended = true;
    }
    let known = known.unwrap_or_default();
    read.keeping.bound = Some(Bound {
        ttl_ms: bound.ttl_ms.or(known.ttl_ms),
        cap: bound.cap.or(known.cap),
        forever: bound.forever || known.forever,
    });
}
