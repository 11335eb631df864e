//! What a stage's closure does with control flow and with names.
//!
//! A closure is not called: its body stands in the loop, behind a `let` for its parameter. So
//! whatever would leave the closure (`return`, `?`) must be caught around the body, and names
//! that its parameter binds must not be seen by the stages behind it.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, ExprClosure, Pat, ReturnType, Type};

/// What stands as an operator's function.
#[derive(Debug)]
pub(crate) enum Function {
    /// A closure, to be put in place.
    Closure(Box<Closure>),
    /// A name or path, to be called.
    Path(Expr),
    /// Any other expression that gives a function: evaluated once, before the loop.
    Value(Expr),
}

/// A closure of one parameter, taken apart.
#[derive(Debug)]
pub(crate) struct Closure {
    pub(crate) pattern: Pat,
    pub(crate) output: Option<Type>,
    pub(crate) body: Expr,
    pub(crate) leaves: Leaves,
    /// The names that the parameter binds.
    pub(crate) bound: BTreeSet<String>,
    /// Every name that the body mentions, in format strings too.
    pub(crate) mentioned: BTreeSet<String>,
    /// Variables of the surrounding function that the body uses.
    pub(crate) captured: Vec<Ident>,
}

/// How control may leave the body before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaves {
    /// Never: the body can stand in the loop as it is.
    Never,
    /// By `return`, or by a macro that may hide one.
    ByReturn,
    /// By `?`.
    ByTry,
}

/// A construct that a stage's closure cannot have.
#[derive(Debug)]
pub(crate) struct Forbidden {
    pub(crate) span: Span,
    pub(crate) message: String,
    pub(crate) help: String,
}

impl Closure {
    /// Takes a closure of one parameter apart.
    pub(crate) fn new(closure: ExprClosure, pattern: Pat) -> (Self, Vec<Forbidden>) {
        let bound = names_in_pattern(&pattern);
        let mut survey = Survey::new(&bound);
        survey.visit_expr(&closure.body);
        let leaves = match (survey.tries, survey.returns) {
            (true, _) => Leaves::ByTry,
            (false, true) => Leaves::ByReturn,
            (false, false) => Leaves::Never,
        };
        let output = match closure.output {
            ReturnType::Default => None,
            ReturnType::Type(_, ty) => Some(*ty),
        };
        let taken = Closure {
            pattern,
            output,
            mentioned: mentioned(&closure.body.to_token_stream()),
            body: *closure.body,
            leaves,
            captured: survey.captured(),
            bound,
        };
        (taken, survey.forbidden)
    }

    /// The body with every `?` made to work on `Option` and `Result` alike, and every `return`
    /// passed through `returned` (`fine` or `tried`).
    pub(crate) fn body_with_tries(&self, rt: &TokenStream, returned: &Ident) -> Expr {
        let mut body = self.body.clone();
        CatchTries { rt, returned }.visit_expr_mut(&mut body);
        body
    }
}

/// The names that a pattern binds.
pub(crate) fn names_in_pattern(pattern: &Pat) -> BTreeSet<String> {
    struct Names(BTreeSet<String>);
    impl<'ast> Visit<'ast> for Names {
        fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
            self.0.insert(pattern.ident.to_string());
            visit::visit_pat_ident(self, pattern);
        }
    }
    let mut names = Names(BTreeSet::new());
    names.visit_pat(pattern);
    names.0
}

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

/// Every identifier in the tokens, and every `{name` in their strings.
pub(crate) fn mentioned(tokens: &TokenStream) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    collect_names(tokens, &mut names);
    names
}

fn collect_names(tokens: &TokenStream, names: &mut BTreeSet<String>) {
    for token in tokens.clone() {
        match token {
            TokenTree::Ident(word) => {
                names.insert(word.to_string());
            }
            TokenTree::Group(group) => collect_names(&group.stream(), names),
            TokenTree::Literal(literal) => {
                for piece in literal.to_string().split('{').skip(1) {
                    let end = piece
                        .find(|c: char| !c.is_alphanumeric() && c != '_')
                        .unwrap_or(piece.len());
                    names.extend(piece.get(..end).filter(|name| !name.is_empty()).map(str::to_owned));
                }
            }
            TokenTree::Punct(_) => {}
        }
    }
}

/// Macros of the standard library that never return from the function around them.
const HARMLESS_MACROS: [&str; 19] = [
    "format", "format_args", "print", "println", "eprint", "eprintln", "write", "writeln", "vec",
    "assert", "assert_eq", "assert_ne", "debug_assert", "panic", "matches", "concat", "stringify",
    "dbg", "unreachable",
];

/// Finds what a body does.
struct Survey {
    /// The names bound inside, the parameter's among them.
    known: BTreeSet<String>,
    used: Vec<Ident>,
    assigned: Vec<Ident>,
    tries: bool,
    returns: bool,
    forbidden: Vec<Forbidden>,
    /// Loops of the body's own around the place.
    loops: usize,
    labels: Vec<String>,
    /// Closures and async blocks of the body's own around the place.
    inner: usize,
}

impl Survey {
    fn new(bound: &BTreeSet<String>) -> Self {
        Survey {
            known: bound.clone(),
            used: Vec::new(),
            assigned: Vec::new(),
            tries: false,
            returns: false,
            forbidden: Vec::new(),
            loops: 0,
            labels: Vec::new(),
            inner: 0,
        }
    }

    fn captured(&mut self) -> Vec<Ident> {
        let mut seen = BTreeSet::new();
        let known = &self.known;
        for name in self.assigned.drain(..).filter(|name| !known.contains(&name.to_string())) {
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
        self.labels.extend(label.map(|label| label.name.ident.to_string()));
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
            && name.to_string().starts_with(|c: char| c.is_lowercase() || c == '_')
            && name != "self"
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
        if self.inner == 0 {
            self.forbidden.push(Forbidden {
                span: awaited.await_token.span,
                message: "`.await` cannot stand in a stage: the loop does not wait".to_owned(),
                help: "`map_async` will do this, and is not supported yet; until then, look values \
                       up before the job starts"
                    .to_owned(),
            });
        }
        visit::visit_expr_await(self, awaited);
    }

    fn visit_expr_loop(&mut self, own: &'ast syn::ExprLoop) {
        self.in_loop(own.label.as_ref(), |survey| visit::visit_expr_loop(survey, own));
    }

    fn visit_expr_while(&mut self, own: &'ast syn::ExprWhile) {
        self.in_loop(own.label.as_ref(), |survey| visit::visit_expr_while(survey, own));
    }

    fn visit_expr_for_loop(&mut self, own: &'ast syn::ExprForLoop) {
        self.in_loop(own.label.as_ref(), |survey| visit::visit_expr_for_loop(survey, own));
    }

    fn visit_expr_block(&mut self, own: &'ast syn::ExprBlock) {
        self.labels.extend(own.label.as_ref().map(|label| label.name.ident.to_string()));
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
        let harmless = called
            .path
            .segments
            .last()
            .is_some_and(|name| HARMLESS_MACROS.iter().any(|harmless| name.ident == harmless));
        if self.inner == 0 {
            self.returns |= !harmless;
            self.tries |= has_question_mark(&called.tokens);
        }
    }

    fn visit_item(&mut self, _: &'ast syn::Item) {
        // A function inside the body has control flow of its own.
    }
}

fn has_question_mark(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Punct(punct) => punct.as_char() == '?',
        TokenTree::Group(group) => has_question_mark(&group.stream()),
        TokenTree::Ident(_) | TokenTree::Literal(_) => false,
    })
}

/// Rewrites `?` and `return` for a body that stands in `attempt(|| …)`.
struct CatchTries<'a> {
    rt: &'a TokenStream,
    returned: &'a Ident,
}

impl VisitMut for CatchTries<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        visit_mut::visit_expr_mut(self, expr);
        let rt = self.rt;
        match expr {
            Expr::Try(tried) => {
                let inner = &tried.expr;
                let span = Span::mixed_site().located_at(tried.question_token.spans[0]);
                let wrapped = quote_spanned!(span=> #rt::tried(#inner));
                tried.expr = Box::new(Expr::Verbatim(wrapped));
            }
            Expr::Return(returned) => {
                let span = Span::mixed_site().located_at(returned.return_token.span);
                let function = self.returned;
                let value = match &returned.expr {
                    Some(value) => quote_spanned!(span=> #rt::#function(#value)),
                    None => quote_spanned!(span=> #rt::#function(())),
                };
                returned.expr = Some(Box::new(Expr::Verbatim(value)));
            }
            _ => {}
        }
    }

    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}

    fn visit_expr_async_mut(&mut self, _: &mut syn::ExprAsync) {}

    fn visit_item_mut(&mut self, _: &mut syn::Item) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take_apart(text: &str) -> (Closure, Vec<String>) {
        let closure: ExprClosure = syn::parse_str(text).expect("a closure");
        let pattern = closure.inputs[0].clone();
        let (closure, forbidden) = Closure::new(closure, pattern);
        (closure, forbidden.into_iter().map(|one| one.message).collect())
    }

    #[test]
    fn question_mark_of_an_inner_closure_is_its_own() {
        let (closure, _) = take_apart("|line| line.split(',').map(|n| -> Option<u8> { Some(n.parse().ok()?) })");
        assert_eq!(closure.leaves, Leaves::Never);
        assert_eq!(take_apart("|line| line.split_once(',')?").0.leaves, Leaves::ByTry);
    }

    #[test]
    fn unknown_macro_may_hide_a_return() {
        assert_eq!(take_apart("|line| { bail!(line) }").0.leaves, Leaves::ByReturn);
        assert_eq!(take_apart("|line| format!(\"{line}\")").0.leaves, Leaves::Never);
    }

    #[test]
    fn captured_variables_are_those_nothing_inside_binds() {
        let (closure, _) = take_apart("|line| { let n = line.len(); n > min && helper(n) }");
        assert_eq!(closure.captured, ["min"]);
    }

    #[test]
    fn break_of_an_own_loop_is_fine() {
        assert!(take_apart("|n| loop { break n }").1.is_empty());
        assert_eq!(take_apart("|n| { if n > 1 { continue } n }").1, ["`continue` cannot leave the stage"]);
    }

    #[test]
    fn assignment_to_a_captured_variable_is_found() {
        let (_, forbidden) = take_apart("|n| { let mut own = 0; own += n; seen += 1; own }");
        assert_eq!(forbidden, ["a stage cannot assign to `seen`, which lives outside the job"]);
    }

    #[test]
    fn names_in_format_strings_are_mentioned() {
        let (closure, _) = take_apart("|line| format!(\"{line} {total:>5}\")");
        assert!(closure.mentioned.contains("total"));
    }
}
