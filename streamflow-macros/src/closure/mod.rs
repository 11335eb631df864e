//! What a stage's closure does with control flow and with names.
//!
//! A closure is not called: its body stands in the loop, behind a `let` for its parameter. So
//! whatever would leave the closure (`return`, `?`) must be caught around the body, and names
//! that its parameter binds must not be seen by the stages behind it.

mod giving;
mod moves;
mod names;
pub(crate) mod rewrite;
mod survey;

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span};
use quote::ToTokens;
use syn::{Block, Expr, ExprBlock, ExprClosure, Pat, ReturnType, Stmt, Type};

pub(crate) use giving::{no_call, value_of_item, value_of_two};
pub(crate) use names::{in_pattern as names_in_pattern, mentioned, of_function as names_around};
use survey::Survey;
pub(crate) use survey::first_try;

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
    /// Whether the body may wait: it is that of an `async` block.
    pub(crate) waits: bool,
    /// The names that the parameter binds.
    pub(crate) bound: BTreeSet<String>,
    /// Every name that the body mentions, in format strings too.
    pub(crate) mentioned: BTreeSet<String>,
    /// Variables of the surrounding function that the body uses.
    pub(crate) captured: Vec<Ident>,
    /// Those of them that a method is called on which may change them.
    pub(crate) touched: Vec<Ident>,
}

/// Where a closure waits for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waits {
    /// Nowhere: the loop does not wait.
    Never,
    /// In its body.
    Here,
    /// In the future that its body gives.
    InItsFuture,
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
        let future = future(&closure.body);
        let (taken, mut forbidden) = Self::taken_apart(closure, pattern, Waits::Never);
        forbidden.extend(future);
        (taken, forbidden)
    }

    /// The same for one that gives a future. An `async` block that is all of the body, or a closure
    /// that is `async`, becomes a body that waits.
    pub(crate) fn asking(mut closure: ExprClosure, pattern: Pat) -> (Self, Vec<Forbidden>) {
        let body = bare(*closure.body);
        let is_async = closure.asyncness.take().is_some();
        let (body, waits) = match body {
            Expr::Async(block) if !is_async && block.attrs.is_empty() => {
                let block = ExprBlock {
                    attrs: Vec::new(),
                    label: None,
                    block: block.block,
                };
                (Expr::Block(block), Waits::Here)
            }
            body if is_async => (body, Waits::Here),
            body => (body, Waits::InItsFuture),
        };
        closure.body = Box::new(body);
        Self::taken_apart(closure, pattern, waits)
    }

    fn taken_apart(closure: ExprClosure, pattern: Pat, waits: Waits) -> (Self, Vec<Forbidden>) {
        let bound = names_in_pattern(&pattern);
        let mut survey = Survey::of(&closure.body, &bound, waits);
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
            body: bare(*closure.body),
            leaves,
            waits: waits == Waits::Here,
            touched: survey.touched(),
            captured: survey.captured(),
            bound,
        };
        (taken, survey.forbidden())
    }
}

/// A body that is a future: nothing would ever run it.
fn future(body: &Expr) -> Option<Forbidden> {
    match body {
        Expr::Paren(paren) => future(&paren.expr),
        Expr::Async(block) => Some(Forbidden {
            span: block.async_token.span,
            message: "an `async` block cannot be what a stage gives: the loop does not wait"
                .to_owned(),
            help: "wait in a stage of its own, `map_async(async |item| …)` or `lookup(async |key| …)`; \
                   or take `async` and `.await` away, and call what needs no waiting"
                .to_owned(),
        }),
        _ => None,
    }
}

/// What a closure uses that stays a closure: one of several parameters, or of none.
#[derive(Debug)]
pub(crate) struct Use {
    /// Variables of the surrounding function.
    pub(crate) captured: Vec<Ident>,
    /// Those of them that a method is called on which may change them.
    pub(crate) touched: Vec<Ident>,
    /// The names that its parameters bind.
    pub(crate) bound: BTreeSet<String>,
    pub(crate) forbidden: Vec<Forbidden>,
}

/// What the closure uses; nothing where the expression is none.
pub(crate) fn used_by(function: &Expr) -> Use {
    let Expr::Closure(closure) = function else {
        return Use {
            captured: Vec::new(),
            touched: Vec::new(),
            bound: BTreeSet::new(),
            forbidden: Vec::new(),
        };
    };
    let bound = closure.inputs.iter().flat_map(names_in_pattern).collect();
    let mut survey = Survey::of(&closure.body, &bound, Waits::Never);
    Use {
        touched: survey.touched(),
        captured: survey.captured(),
        forbidden: survey.forbidden(),
        bound,
    }
}

/// The expression without parentheses and braces around the whole of it: where the body of a
/// closure stands behind a `let`, the compiler would advise to take them away.
pub(crate) fn bare(expr: Expr) -> Expr {
    match expr {
        Expr::Paren(paren) if paren.attrs.is_empty() => bare(*paren.expr),
        Expr::Group(group) if group.attrs.is_empty() => bare(*group.expr),
        Expr::Block(ExprBlock {
            attrs,
            label: None,
            block,
        }) if attrs.is_empty() => {
            let Block {
                brace_token,
                mut stmts,
            } = block;
            match stmts.pop() {
                Some(Stmt::Expr(only, None)) if stmts.is_empty() => bare(only),
                last => {
                    stmts.extend(last);
                    let block = Block { brace_token, stmts };
                    Expr::Block(ExprBlock {
                        attrs,
                        label: None,
                        block,
                    })
                }
            }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take_apart(text: &str) -> (Closure, Vec<String>) {
        let closure: ExprClosure = syn::parse_str(text).expect("a closure");
        let pattern = closure.inputs[0].clone();
        let (closure, forbidden) = Closure::new(closure, pattern);
        (
            closure,
            forbidden.into_iter().map(|one| one.message).collect(),
        )
    }

    #[test]
    fn question_mark_of_an_inner_closure_is_its_own() {
        let (closure, _) =
            take_apart("|line| line.split(',').map(|n| -> Option<u8> { Some(n.parse().ok()?) })");
        assert_eq!(closure.leaves, Leaves::Never);
        assert_eq!(
            take_apart("|line| line.split_once(',')?").0.leaves,
            Leaves::ByTry
        );
    }

    #[test]
    fn unknown_macro_may_hide_a_return() {
        assert_eq!(
            take_apart("|line| { bail!(line) }").0.leaves,
            Leaves::ByReturn
        );
        assert_eq!(
            take_apart("|line| format!(\"{line}\")").0.leaves,
            Leaves::Never
        );
    }

    #[test]
    fn captured_variables_are_those_nothing_inside_binds() {
        let (closure, _) = take_apart("|line| { let n = line.len(); n > min && helper(n) }");
        assert_eq!(closure.captured, ["min"]);
    }

    #[test]
    fn break_of_an_own_loop_is_fine() {
        assert!(take_apart("|n| loop { break n }").1.is_empty());
        assert_eq!(
            take_apart("|n| { if n > 1 { continue } n }").1,
            ["`continue` cannot leave the stage"]
        );
    }

    #[test]
    fn assignment_to_a_captured_variable_is_found() {
        let (_, forbidden) = take_apart("|n| { let mut own = 0; own += n; seen += 1; own }");
        assert_eq!(
            forbidden,
            ["a stage cannot assign to `seen`, which lives outside the job"]
        );
    }

    #[test]
    fn names_in_format_strings_are_mentioned() {
        let (closure, _) = take_apart("|line| format!(\"{line} {total:>5}\")");
        assert!(closure.mentioned.contains("total"));
    }
}
