//! Rewrites a body that `?` or `return` may leave, so that it gives `Result<_, Failure>`.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, ExprClosure, Stmt, StmtMacro, Token};

use super::Closure;
use super::survey::is_harmless;

/// The body of a closure whose result is the value itself: `?` is the only way to fail.
pub(crate) fn value_or_failure(closure: &Closure, rt: &TokenStream, span: Span) -> TokenStream {
    let body = caught(closure, Gives::Value, rt);
    if let Some(output) = &closure.output {
        quote_spanned!(span=> #rt::fine::<#output>(#body))
    } else {
        quote_spanned!(span=> #rt::fine(#body))
    }
}

/// The body of a closure whose result is an `Option` or a `Result`.
pub(crate) fn outcome_or_failure(closure: &Closure, rt: &TokenStream, span: Span) -> TokenStream {
    let body = caught(closure, Gives::Outcome, rt);
    outcome(body, rt, span).into_token_stream()
}

/// Whether a body ends in `Ok(…)` or `Err(…)`, in one of its branches at least: it gives a `Result` then,
/// whose other half may have no type of its own.
pub(crate) fn gives_outcome(body: &Expr) -> bool {
    let of_block = |block: &syn::Block| match block.stmts.last() {
        Some(Stmt::Expr(last, None)) => gives_outcome(last),
        _ => false,
    };
    match body {
        Expr::Block(block) => of_block(&block.block),
        Expr::If(choice) => {
            of_block(&choice.then_branch)
                || (choice.else_branch.as_ref()).is_some_and(|(_, other)| gives_outcome(other))
        }
        Expr::Match(choice) => choice.arms.iter().any(|arm| gives_outcome(&arm.body)),
        Expr::Paren(paren) => gives_outcome(&paren.expr),
        Expr::Call(call) => is_fine(call) || is_failure(body),
        _ => false,
    }
}

/// What the result of a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gives {
    Value,
    Outcome,
}

/// The body with every `?` made to work on `Option` and `Result` alike, and every `return` made
/// to give what the end of the body does.
fn caught(closure: &Closure, gives: Gives, rt: &TokenStream) -> Expr {
    let mut body = closure.body.clone();
    Catch { rt, gives }.visit_expr_mut(&mut body);
    body
}

struct Catch<'a> {
    rt: &'a TokenStream,
    gives: Gives,
}

impl VisitMut for Catch<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        visit_mut::visit_expr_mut(self, expr);
        let rt = self.rt;
        if let Expr::Try(tried) = expr {
            let inner = &tried.expr;
            let span = Span::mixed_site().located_at(tried.question_token.spans[0]);
            if is_failure(inner) {
                *tried.expr = Expr::Verbatim(quote_spanned! {span=>
                    #rt::Tried::tried(#inner).map_err(#rt::ShownError::into_failure)
                });
                return;
            }
            // A `?` would let the compiler take `!` for a type that nothing says: `text.parse()?`.
            *expr = Expr::Verbatim(quote_spanned! {span=>
                match #rt::Tried::tried(#inner).map_err(#rt::ShownError::into_failure) {
                    ::core::result::Result::Ok(value) => value,
                    #[allow(unreachable_code)]
                    ::core::result::Result::Err(failure) => {
                        #rt::never(return ::core::result::Result::Err(failure))
                    }
                }
            });
        } else if let Expr::Return(returned) = expr {
            let span = Span::mixed_site().located_at(returned.return_token.span);
            let value = returned.expr.take().map(|value| *value);
            let value = match (self.gives, value) {
                (Gives::Value, Some(value)) => {
                    Expr::Verbatim(quote_spanned!(span=> #rt::fine(#value)))
                }
                (Gives::Value, None) => Expr::Verbatim(quote_spanned!(span=> #rt::fine(()))),
                (Gives::Outcome, Some(value)) => outcome(value, rt, span),
                (Gives::Outcome, None) => {
                    Expr::Verbatim(option_or_result(&quote_spanned!(span=> ()), rt, span))
                }
            };
            returned.expr = Some(Box::new(value));
        }
    }

    /// `format!("{}", text.parse::<u64>()?)`: the arguments of well-known macros are expressions.
    fn visit_macro_mut(&mut self, called: &mut syn::Macro) {
        let arguments = Punctuated::<Expr, Token![,]>::parse_terminated;
        if is_harmless(called)
            && let Ok(mut arguments) = arguments.parse2(called.tokens.clone())
        {
            for argument in &mut arguments {
                self.visit_expr_mut(argument);
            }
            called.tokens = arguments.into_token_stream();
        }
    }

    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}

    fn visit_expr_async_mut(&mut self, _: &mut syn::ExprAsync) {}

    fn visit_item_mut(&mut self, _: &mut syn::Item) {}
}

/// Makes `Result<_, Failure>` of an expression that gives an `Option` or a `Result`.
///
/// It goes down to where the body ends: `Ok(value)` alone leaves the type of the error open, and
/// what diverges has no type that could be asked.
fn outcome(expr: Expr, rt: &TokenStream, span: Span) -> Expr {
    match expr {
        Expr::Block(mut block) if block.label.is_none() => {
            end_of(&mut block.block, rt, span);
            Expr::Block(block)
        }
        Expr::If(mut choice) => match choice.else_branch.take() {
            Some((token, otherwise)) => {
                end_of(&mut choice.then_branch, rt, span);
                choice.else_branch = Some((token, Box::new(outcome(*otherwise, rt, span))));
                Expr::If(choice)
            }
            None => tried(&Expr::If(choice), rt, span),
        },
        Expr::Match(mut choice) => {
            for arm in &mut choice.arms {
                let body = std::mem::replace(&mut *arm.body, Expr::Verbatim(TokenStream::new()));
                *arm.body = outcome(body, rt, span);
            }
            Expr::Match(choice)
        }
        Expr::Paren(paren) => outcome(*paren.expr, rt, span),
        Expr::Call(call) if is_fine(&call) => {
            let value = &call.args;
            Expr::Verbatim(quote_spanned!(span=> #rt::fine(#value)))
        }
        Expr::Macro(called) if diverges(&called.mac) => Expr::Macro(called),
        Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) => expr,
        other => tried(&other, rt, span),
    }
}

fn end_of(block: &mut syn::Block, rt: &TokenStream, span: Span) {
    match block.stmts.pop() {
        Some(Stmt::Expr(last, None)) => {
            block.stmts.push(Stmt::Expr(outcome(last, rt, span), None));
        }
        Some(Stmt::Macro(StmtMacro {
            attrs,
            mac,
            semi_token: None,
        })) => {
            let last = Expr::Macro(syn::ExprMacro { attrs, mac });
            block.stmts.push(Stmt::Expr(outcome(last, rt, span), None));
        }
        // A block without a value diverges, or is a mistake for the Rust compiler to report.
        last => block.stmts.extend(last),
    }
}

fn tried(expr: &Expr, rt: &TokenStream, span: Span) -> Expr {
    Expr::Verbatim(option_or_result(expr, rt, span))
}

/// Makes `Result<_, Failure>` of what `try_map` takes.
pub(crate) fn option_or_result(given: &impl ToTokens, rt: &TokenStream, span: Span) -> TokenStream {
    quote_spanned! {span=>
        #rt::OptionOrResult::value_or_error(#given).map_err(#rt::ShownError::into_failure)
    }
}

/// `None` or `Err(…)`: nothing says of what they would have been, and nothing needs to.
fn is_failure(expr: &Expr) -> bool {
    match expr {
        Expr::Path(path) => path.path.is_ident("None"),
        Expr::Call(call) => matches!(&*call.func, Expr::Path(path) if path.path.is_ident("Err")),
        _ => false,
    }
}

fn is_fine(call: &syn::ExprCall) -> bool {
    call.args.len() == 1 && matches!(&*call.func, Expr::Path(path) if path.path.is_ident("Ok"))
}

fn diverges(called: &syn::Macro) -> bool {
    ["panic", "todo", "unimplemented", "unreachable", "bail"]
        .iter()
        .any(|name| {
            called
                .path
                .segments
                .last()
                .is_some_and(|last| last.ident == name)
        })
}
