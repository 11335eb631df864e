//! Finds what the body of a closure does: how control may leave it, and what it uses.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Expr, ExprClosure};

use super::{Forbidden, Waits};

/// The first `?` by which control would leave this body.
pub(crate) fn first_try(body: &Expr) -> Option<Span> {
    struct Tries(Option<Span>);
    impl<'ast> Visit<'ast> for Tries {
        fn visit_expr_try(&mut self, tried: &'ast syn::ExprTry) {
            visit::visit_expr_try(self, tried);
            self.0 = self.0.or(Some(tried.question_token.spans[0]));
        }
        fn visit_expr_closure(&mut self, _: &'ast ExprClosure) {}
        fn visit_expr_async(&mut self, _: &'ast syn::ExprAsync) {}
        fn visit_item(&mut self, _: &'ast syn::Item) {}
    }
    let mut tries = Tries(None);
    tries.visit_expr(body);
    tries.0
}

/// Macros that never return from the function around them.
const HARMLESS_MACROS: [&str; 36] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "column",
    "concat",
    "dbg",
    "debug",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "env",
    "eprint",
    "eprintln",
    "error",
    "file",
    "format",
    "format_args",
    "include_str",
    "info",
    "json",
    "line",
    "matches",
    "module_path",
    "option_env",
    "panic",
    "print",
    "println",
    "stringify",
    "todo",
    "trace",
    "unimplemented",
    "unreachable",
    "vec",
    "warn",
    "write",
    "writeln",
];

/// Methods that change a collection of the standard library.
const CHANGING_METHODS: [&str; 22] = [
    "append",
    "clear",
    "drain",
    "entry",
    "extend",
    "extend_from_slice",
    "get_mut",
    "get_or_insert_with",
    "insert",
    "pop",
    "pop_back",
    "pop_first",
    "pop_front",
    "pop_last",
    "push",
    "push_back",
    "push_front",
    "push_str",
    "remove",
    "retain",
    "truncate",
    "write_all",
];

/// Whether the macro is known never to return from the function around it.
pub(super) fn is_harmless(called: &syn::Macro) -> bool {
    called.path.segments.last().is_some_and(|name| {
        HARMLESS_MACROS
            .iter()
            .any(|harmless| name.ident == harmless)
    })
}

/// Finds what a body does.
pub(super) struct Survey {
    /// The names bound inside, the parameter's among them.
    known: BTreeSet<String>,
    used: Vec<Ident>,
    assigned: Vec<Ident>,
    touched: Vec<Ident>,
    pub(super) tries: bool,
    pub(super) returns: bool,
    forbidden: Vec<Forbidden>,
    waits: Waits,
    /// Loops of the body's own around the place.
    loops: usize,
    labels: Vec<String>,
    /// Closures and async blocks of the body's own around the place.
    inner: usize,
}

impl Survey {
    /// Looks through a body around which these names are bound.
    pub(super) fn of(body: &Expr, bound: &BTreeSet<String>, waits: Waits) -> Self {
        let mut survey = Survey {
            known: bound.clone(),
            used: Vec::new(),
            assigned: Vec::new(),
            touched: Vec::new(),
            tries: false,
            returns: false,
            forbidden: Vec::new(),
            waits,
            loops: 0,
            labels: Vec::new(),
            inner: 0,
        };
        survey.visit_expr(body);
        survey
    }

    /// What cannot stand in a stage; asked for last.
    pub(super) fn forbidden(self) -> Vec<Forbidden> {
        self.forbidden
    }

    /// The variables used that nothing inside binds.
    pub(super) fn captured(&mut self) -> Vec<Ident> {
        let mut seen = BTreeSet::new();
        let known = &self.known;
        for name in self
            .assigned
            .drain(..)
            .filter(|name| !known.contains(&name.to_string()))
        {
            self.forbidden.push(Forbidden {
                span: name.span(),
                message: format!("a stage cannot assign to `{name}`, which lives outside the job"),
                help: "stages run on several workers at once: aggregate instead, for example with \
                       `count every 1s`, or use an atomic"
                    .to_owned(),
            });
        }
        std::mem::take(&mut self.used)
            .into_iter()
            .filter(|name| !known.contains(&name.to_string()))
            .filter(|name| seen.insert(name.to_string()))
            .collect()
    }

    /// The variables that nothing inside binds, and on which a method is called that may change
    /// them: each once, where it is called.
    pub(super) fn touched(&mut self) -> Vec<Ident> {
        let mut seen = BTreeSet::new();
        let known = &self.known;
        std::mem::take(&mut self.touched)
            .into_iter()
            .filter(|name| !known.contains(&name.to_string()))
            .filter(|name| seen.insert(name.to_string()))
            .collect()
    }

    fn leave(&mut self, word: &str, label: Option<&syn::Lifetime>, span: Span) {
        if self.inner > 0 {
            return;
        }
        let own = match label {
            Some(label) => self.labels.contains(&label.ident.to_string()),
            None => self.loops > 0,
        };
        if !own {
            self.forbidden.push(Forbidden {
                span,
                message: format!("`{word}` cannot leave the stage"),
                help: "to leave an item out, use `filter(|item| …)`, or `filter_map` and give \
                       `None`"
                    .to_owned(),
            });
        }
    }

    fn in_loop(&mut self, label: Option<&syn::Label>, visit: impl FnOnce(&mut Self)) {
        self.loops += 1;
        self.labels
            .extend(label.map(|label| label.name.ident.to_string()));
        visit(self);
        self.loops -= 1;
    }

    fn assigns_to(&mut self, place: &Expr) {
        let mut base = place;
        loop {
            base = match base {
                Expr::Field(field) => &field.base,
                Expr::Index(index) => &index.expr,
                Expr::Paren(paren) => &paren.expr,
                _ => break,
            };
        }
        if let Expr::Path(path) = base
            && let Some(name) = path.path.get_ident()
        {
            self.assigned.push(name.clone());
        }
    }
}

impl<'ast> Visit<'ast> for Survey {
    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        self.known.insert(pattern.ident.to_string());
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        if let Some(name) = path.path.get_ident()
            && is_variable(name)
        {
            self.used.push(name.clone());
        }
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        // A function's name is no variable; taking its value could leave a type open.
        if !matches!(&*call.func, Expr::Path(path) if path.path.get_ident().is_some()) {
            self.visit_expr(&call.func);
        }
        for argument in &call.args {
            self.visit_expr(argument);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if let Expr::Path(path) = &*call.receiver
            && let Some(name) = path.path.get_ident()
            && is_variable(name)
            && CHANGING_METHODS.iter().any(|method| call.method == method)
        {
            self.touched.push(name.clone());
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_assign(&mut self, assign: &'ast syn::ExprAssign) {
        self.assigns_to(&assign.left);
        visit::visit_expr_assign(self, assign);
    }

    fn visit_expr_binary(&mut self, binary: &'ast syn::ExprBinary) {
        use syn::BinOp;
        if matches!(
            binary.op,
            BinOp::AddAssign(_)
                | BinOp::SubAssign(_)
                | BinOp::MulAssign(_)
                | BinOp::DivAssign(_)
                | BinOp::RemAssign(_)
                | BinOp::BitAndAssign(_)
                | BinOp::BitOrAssign(_)
                | BinOp::BitXorAssign(_)
                | BinOp::ShlAssign(_)
                | BinOp::ShrAssign(_)
        ) {
            self.assigns_to(&binary.left);
        }
        visit::visit_expr_binary(self, binary);
    }

    fn visit_expr_try(&mut self, tried: &'ast syn::ExprTry) {
        self.tries |= self.inner == 0;
        visit::visit_expr_try(self, tried);
    }

    fn visit_expr_return(&mut self, returned: &'ast syn::ExprReturn) {
        self.returns |= self.inner == 0;
        visit::visit_expr_return(self, returned);
    }

    fn visit_expr_break(&mut self, left: &'ast syn::ExprBreak) {
        self.leave("break", left.label.as_ref(), left.break_token.span);
        visit::visit_expr_break(self, left);
    }

    fn visit_expr_continue(&mut self, left: &'ast syn::ExprContinue) {
        self.leave("continue", left.label.as_ref(), left.continue_token.span);
    }

    fn visit_expr_await(&mut self, awaited: &'ast syn::ExprAwait) {
        let (message, help) = match self.waits {
            Waits::Here => ("", ""),
            Waits::InItsFuture => (
                "`.await` stands outside of the future that this closure gives",
                "put `async` in front of the closure: `async |item| …`",
            ),
            Waits::Never => (
                "`.await` cannot stand in a stage: the loop does not wait",
                "wait in a stage of its own, `map_async(async |item| …)` or `lookup(async |key| …)`; \
                 or look values up before the job starts, and name what holds them in the closure",
            ),
        };
        if self.inner == 0 && self.waits != Waits::Here {
            self.forbidden.push(Forbidden {
                span: awaited.await_token.span,
                message: message.to_owned(),
                help: help.to_owned(),
            });
        }
        visit::visit_expr_await(self, awaited);
    }

    fn visit_expr_loop(&mut self, own: &'ast syn::ExprLoop) {
        self.in_loop(own.label.as_ref(), |survey| {
            visit::visit_expr_loop(survey, own);
        });
    }

    fn visit_expr_while(&mut self, own: &'ast syn::ExprWhile) {
        self.in_loop(own.label.as_ref(), |survey| {
            visit::visit_expr_while(survey, own);
        });
    }

    fn visit_expr_for_loop(&mut self, own: &'ast syn::ExprForLoop) {
        self.in_loop(own.label.as_ref(), |survey| {
            visit::visit_expr_for_loop(survey, own);
        });
    }

    fn visit_expr_block(&mut self, own: &'ast syn::ExprBlock) {
        self.labels
            .extend(own.label.as_ref().map(|label| label.name.ident.to_string()));
        visit::visit_expr_block(self, own);
    }

    fn visit_expr_closure(&mut self, own: &'ast ExprClosure) {
        self.inner += 1;
        visit::visit_expr_closure(self, own);
        self.inner -= 1;
    }

    fn visit_expr_async(&mut self, own: &'ast syn::ExprAsync) {
        self.inner += 1;
        visit::visit_expr_async(self, own);
        self.inner -= 1;
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        self.touched.extend(written_to(called));
        if self.inner == 0 {
            self.returns |= !is_harmless(called);
            self.tries |= has_question_mark(&called.tokens);
        }
    }

    /// A function inside the body has control flow of its own; its name is no variable outside.
    fn visit_item(&mut self, item: &'ast syn::Item) {
        match item {
            syn::Item::Fn(function) => self.known.insert(function.sig.ident.to_string()),
            syn::Item::Static(one) => self.known.insert(one.ident.to_string()),
            _ => false,
        };
    }
}

/// Whether a name is one of a variable, as far as its letters tell.
fn is_variable(name: &Ident) -> bool {
    let text = name.to_string();
    text.starts_with(|c: char| c.is_lowercase() || c == '_') && text != "self"
}

/// `writeln!(out, …)`: `out`.
fn written_to(called: &syn::Macro) -> Option<Ident> {
    let name = called.path.get_ident()?;
    if name != "write" && name != "writeln" {
        return None;
    }
    let mut tokens = called.tokens.clone().into_iter();
    match (tokens.next()?, tokens.next()) {
        (TokenTree::Ident(out), Some(TokenTree::Punct(comma))) if comma.as_char() == ',' => {
            is_variable(&out).then_some(out)
        }
        _ => None,
    }
}

fn has_question_mark(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Punct(punct) => punct.as_char() == '?',
        TokenTree::Group(group) => has_question_mark(&group.stream()),
        TokenTree::Ident(_) | TokenTree::Literal(_) => false,
    })
}
