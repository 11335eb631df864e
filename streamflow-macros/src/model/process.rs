//! What `process { … }` keeps for each key, and the code that it runs.

use proc_macro2::Ident;
use syn::{Expr, Type};

/// The block of `process`.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) fields: Vec<Field>,
    /// A closure of the key, the value, the fields and what it answers with.
    pub(crate) on_record: Expr,
    /// The same with the time of the timer in place of the value.
    pub(crate) on_timer: Option<Expr>,
}

/// `name: Type = init`.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: Ident,
    pub(crate) ty: Type,
    pub(crate) init: Expr,
}

impl Process {
    /// The closures of the block.
    pub(crate) fn closures(&self) -> impl Iterator<Item = &Expr> {
        std::iter::once(&self.on_record).chain(&self.on_timer)
    }
}
