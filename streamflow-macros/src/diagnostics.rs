//! Collects mistakes, and turns them into compile errors at the user's tokens.

use std::collections::BTreeSet;

use proc_macro2::{Ident, LineColumn, Span, TokenStream};
use quote::quote_spanned;

use crate::audience::Audience;

/// One mistake: what is wrong, at which token, and the text to type instead.
#[derive(Debug)]
struct Diagnostic {
    span: Span,
    message: String,
    help: Vec<String>,
}

/// The mistakes found so far. Phases take it, add to it, and go on.
#[derive(Debug, Default)]
pub(crate) struct Diagnostics {
    found: Vec<Diagnostic>,
    /// Slips that have been told.
    told: BTreeSet<&'static str>,
    /// Rust that does not belong in a job: beside the mistakes, so that its uses are none.
    beside: TokenStream,
}

/// The mistake just added, to say more about it.
pub(crate) struct Added<'a>(&'a mut Diagnostic);

impl Diagnostics {
    /// Adds a mistake: lower case, no full stop, names in backticks.
    pub(crate) fn error(&mut self, span: Span, message: impl Into<String>) -> Added<'_> {
        self.found.push(Diagnostic {
            span,
            message: message.into(),
            help: Vec::new(),
        });
        let last = self.found.len() - 1;
        Added(&mut self.found[last])
    }

    /// Adds a mistake that `syn` found in the user's own Rust.
    pub(crate) fn rust_error(&mut self, error: &syn::Error, otherwise: Span) {
        for one in error.clone() {
            // At the end of a group `syn` points at the whole macro call.
            let at_end = one.to_string().starts_with("unexpected end of input");
            let span = if at_end { otherwise } else { one.span() };
            self.error(span, one.to_string());
        }
    }

    /// Whether a slip is made for the first time: one that goes through a whole job, such as
    /// another system's sign between stages, is told once.
    pub(crate) fn first_time(&mut self, slip: &'static str) -> bool {
        self.told.insert(slip)
    }

    /// Keeps statements of Rust that do not belong in a job, and are reported: what uses them is
    /// then no second mistake.
    pub(crate) fn keep_beside(&mut self, statements: TokenStream) {
        self.beside.extend(statements);
    }

    /// The statements of Rust to put in front of what the job becomes.
    pub(crate) fn beside(&self) -> TokenStream {
        self.beside.clone()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Says more about the first mistake between two places.
    pub(crate) fn say_more(&mut self, from: LineColumn, to: LineColumn, help: String) {
        let within = self.found.iter_mut().find(|one| {
            let start = one.span.start();
            from <= start && start <= to
        });
        if let Some(one) = within {
            one.help.push(help);
        }
    }

    /// The mistakes in the order of the source.
    #[cfg(test)]
    pub(crate) fn list(mut self) -> Vec<Listed> {
        self.sort();
        let listed = self.found.into_iter().map(|one| Listed {
            line: one.span.start().line,
            token: one.span.source_text().unwrap_or_default(),
            message: one.message,
            help: one.help,
        });
        listed.collect()
    }

    fn sort(&mut self) {
        self.found.sort_by_key(|one| {
            let start = one.span.start();
            (start.line, start.column)
        });
    }

    /// The mistakes as statements or items: each a `compile_error!`, in the order of the source.
    pub(crate) fn into_tokens(mut self, audience: Audience) -> TokenStream {
        self.sort();
        self.found.iter().map(|one| one.tokens(audience)).collect()
    }
}

/// A mistake as a test sees it.
#[cfg(test)]
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) line: usize,
    /// The token it points at.
    pub(crate) token: String,
    pub(crate) message: String,
    pub(crate) help: Vec<String>,
}

impl Diagnostic {
    fn tokens(&self, audience: Audience) -> TokenStream {
        let mut text = self.message.clone();
        for help in &self.help {
            text.push_str("\nhelp: ");
            text.push_str(help);
        }
        let around = match audience {
            // It underlines everything from the first token to the last.
            Audience::Compiler => self.span,
            // It underlines the macro's name, and shows for the user's token what it knows of all
            // that stands at it.
            Audience::Editor => Span::mixed_site(),
        };
        let name = Ident::new("compile_error", self.span);
        quote_spanned!(around=> ::core::#name! { #text })
    }
}

impl Added<'_> {
    /// Adds the text to type.
    pub(crate) fn help(self, text: impl Into<String>) -> Self {
        self.0.help.push(text.into());
        self
    }

    /// Adds the text to type, where there is one.
    pub(crate) fn maybe_help(self, text: Option<String>) -> Self {
        match text {
            Some(text) => self.help(text),
            None => self,
        }
    }
}
