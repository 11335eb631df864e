//! What stands beside `running`.

use super::Read;
use crate::diagnostics::Diagnostics;
use crate::model::Emit;
use crate::syntax::Operation;

/// What is running has no last result.
pub(super) fn never_ends(read: &mut Read, operation: &Operation, diagnostics: &mut Diagnostics) {
    let emit = operation
        .clauses
        .iter()
        .find(|clause| clause.word == "emit");
    let (Some(emit), Some(Emit::Final), Some(_)) = (emit, read.keeping.emit, read.keeping.running)
    else {
        return;
    };
    diagnostics
        .error(
            emit.value_span(),
            "what is `running` never ends, and so has no final result",
        )
        .help("take `emit final` away: each item gives its key's new result")
        .help("or write `emit updates every 10s`: the latest results leave at intervals");
    read.mended = true;
}
