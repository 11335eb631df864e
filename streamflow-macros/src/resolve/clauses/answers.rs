//! What is said of answers that a stage waits for: `concurrency 64 timeout 2s unordered cache 10_000`.

use super::{Read, alone, count, duration};
use crate::diagnostics::Diagnostics;
use crate::syntax::{Clause, Operation};

/// Reads one clause.
pub(super) fn read(clause: &Clause, read: &mut Read, diagnostics: &mut Diagnostics) {
    match clause.word.to_string().as_str() {
        "timeout" => {
            let timeout_ms = duration::of_clause(clause, "30s", diagnostics);
            read.mended |= timeout_ms.is_none();
            read.keeping.answers.timeout_ms = timeout_ms;
        }
        "concurrency" => {
            read.keeping.answers.concurrency = count(clause, "64", read, diagnostics);
        }
        "cache" => {
            read.keeping.answers.cache = count(clause, "10_000", read, diagnostics);
        }
        word => {
            if word == "unordered" {
                read.keeping.answers.unordered = Some(clause.word.span());
            }
            alone(clause, read, diagnostics);
        }
    }
}

/// Reports clauses that do not go together.
pub(super) fn fit(read: &mut Read, operation: &Operation, diagnostics: &mut Diagnostics) {
    let clause = |name: &str| operation.clauses.iter().find(|clause| clause.word == name);
    if let (Some(unordered), Some(_)) = (read.keeping.answers.unordered, clause("ordered")) {
        diagnostics
            .error(
                unordered,
                "`ordered` and `unordered` both say in which order items go on",
            )
            .help("keep one of them; `ordered` is what is done where neither is written");
        read.mended = true;
    }
    if operation.word == "lookup"
        && clause("cache").is_none()
        && let Some(ttl) = clause("ttl")
    {
        let written = crate::text::of(&ttl.value);
        diagnostics
            .error(
                ttl.word.span(),
                "`ttl` says how long answers are remembered, and `lookup` remembers none",
            )
            .help(format!(
                "say how many it remembers: `cache 10_000 ttl {written}`"
            ));
        read.mended = true;
    }
}
