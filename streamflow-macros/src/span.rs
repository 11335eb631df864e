//! Where generated tokens stand, and in which scope their names live.

use proc_macro2::{Ident, Span};

/// The span of everything generated for one stage.
///
/// It points at the operator's name, so that a type error lands there, and it has mixed-site
/// hygiene, so that no name of ours meets a name of the user's. All tokens of a stage share one
/// span: the compiler then reports an unmet bound once, however many calls have it.
pub(crate) fn of_stage(word: &Ident) -> Span {
    Span::mixed_site().located_at(word.span())
}
