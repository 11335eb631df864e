//! Finds functions that cannot give what their operator wants, as far as it can be seen without
//! types: the Rust compiler would report them at stages that come later.

use proc_macro2::Span;
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{BinOp, Expr, ExprClosure, Pat, Stmt};

use super::survey::is_harmless;
use super::{Forbidden, Function};

/// What is wrong with the function of an operator that makes something of each item.
pub(crate) fn value_of_item(word: &str, function: &Function) -> Option<Forbidden> {
    let Function::Closure(closure) = function else {
        return no_call(word, function);
    };
    if let Some(semicolon) = useless_end(&closure.body) {
        let ends_in_let = matches!(&closure.body, Expr::Block(block)
            if matches!(block.block.stmts.last(), Some(Stmt::Local(_))));
        let help = if ends_in_let {
            "write the value behind it"
        } else {
            "take this `;` away"
        };
        return Some(Forbidden {
            span: semicolon,
            message: format!("the closure of `{word}` gives nothing: its last line ends in `;`"),
            help: help.to_owned(),
        });
    }
    if let Some(last) = end(&closure.body) {
        let wrong = match word {
            "filter_map" => no_option(last),
            "map" | "map_values" | "key_by" => wrapped(last, &closure.body),
            _ => None,
        };
        if wrong.is_some() {
            return wrong;
        }
    }
    if word == "map" && is_plain_value(end(&closure.body)?) {
        return Some(Forbidden {
            span: first_none(&closure.body)?,
            message: "`map` makes an item of every item, and here is `None`".to_owned(),
            help: "to leave items out, write `filter_map`, and `Some(…)` around what is kept"
                .to_owned(),
        });
    }
    None
}

/// What `filter_map` cannot take for an `Option`.
fn no_option(last: &Expr) -> Option<Forbidden> {
    let written = text(last);
    let (what, help) = if is_condition(last) {
        ("a condition", "to keep items, write `filter`".to_owned())
    } else if is_plain_value(last) {
        (
            "no `Option`",
            format!("write `Some({written})`, or `map` where every item is kept"),
        )
    } else {
        return None;
    };
    Some(Forbidden {
        span: first_span(last),
        message: format!("`filter_map` keeps what is `Some`, and this is {what}"),
        help,
    })
}

fn is_condition(expr: &Expr) -> bool {
    match expr {
        Expr::Binary(binary) => matches!(
            binary.op,
            BinOp::Eq(_)
                | BinOp::Ne(_)
                | BinOp::Lt(_)
                | BinOp::Le(_)
                | BinOp::Gt(_)
                | BinOp::Ge(_)
                | BinOp::And(_)
                | BinOp::Or(_)
        ),
        Expr::Unary(unary) => matches!(unary.op, syn::UnOp::Not(_)),
        _ => false,
    }
}

/// `Ok(value)` at the end of a closure whose failures a `?` takes out: nothing says what the error
/// would be.
fn wrapped(last: &Expr, body: &Expr) -> Option<Forbidden> {
    let Expr::Call(call) = last else { return None };
    let Expr::Path(called) = &*call.func else {
        return None;
    };
    let name = called.path.get_ident()?;
    let value = call.args.first()?;
    if name != "Ok" || super::first_try(body).is_none() {
        return None;
    }
    Some(Forbidden {
        span: name.span(),
        message: format!("no `{name}` stands around the value: `?` takes out what fails"),
        help: format!("write `{}`", text(value)),
    })
}

/// What is wrong with the function of an operator that gives nothing.
pub(crate) fn no_call(word: &str, function: &Function) -> Option<Forbidden> {
    let Function::Value(Expr::Macro(called)) = function else {
        return None;
    };
    let written = crate::text::of(&called.to_token_stream());
    is_harmless(&called.mac).then(|| Forbidden {
        span: first_span(&called.mac.path),
        message: format!("`{word}` takes a function, and this is a call"),
        help: format!("write a closure: `|item| {written}`"),
    })
}

/// What is wrong with a closure that makes one value of two.
pub(crate) fn value_of_two(word: &str, function: &Expr) -> Option<Forbidden> {
    let Expr::Closure(closure) = function else {
        return None;
    };
    let body = super::bare((*closure.body).clone());
    let message =
        format!("the closure of `{word}` gives the new value, and this one gives nothing");
    if let Some((span, sum)) = assigned(&body) {
        let help = match sum {
            Some(sum) => format!("write `|{}| {sum}`", text(&closure.inputs)),
            None => "end it with the new value".to_owned(),
        };
        return Some(Forbidden {
            span,
            message,
            help,
        });
    }
    let Expr::Block(block) = &body else {
        return None;
    };
    let Some(Stmt::Expr(last, Some(semicolon))) = block.block.stmts.last() else {
        return None;
    };
    let place = match last {
        Expr::MethodCall(call) => Some(&*call.receiver),
        Expr::Binary(binary) if signed(&binary.op).is_some() => Some(&*binary.left),
        Expr::Assign(assign) => Some(&*assign.left),
        other if is_plain_value(other) => {
            return Some(Forbidden {
                span: semicolon.span,
                message,
                help: "take this `;` away".to_owned(),
            });
        }
        _ => return None,
    };
    let changed = place.and_then(root).or_else(|| first_name(closure));
    Some(Forbidden {
        span: semicolon.span,
        message,
        help: changed.map_or_else(
            || "end it with the new value".to_owned(),
            |name| format!("end it with the new value: `; {name}`"),
        ),
    })
}

/// The `;` behind a last line that does nothing, and would be the value of the block without it.
fn useless_end(body: &Expr) -> Option<Span> {
    let Expr::Block(block) = body else {
        return None;
    };
    match block.block.stmts.last()? {
        Stmt::Local(last) => Some(last.semi_token.span),
        Stmt::Expr(last, Some(semicolon)) if is_plain_value(last) => Some(semicolon.span),
        Stmt::Macro(last) if makes_a_value(&last.mac) => Some(last.semi_token?.span),
        _ => None,
    }
}

/// What a body ends with.
fn end(body: &Expr) -> Option<&Expr> {
    match body {
        Expr::Block(block) => match block.block.stmts.last()? {
            Stmt::Expr(last, None) => Some(last),
            _ => None,
        },
        other => Some(other),
    }
}

/// An expression that is there for its value, which is no `Option`.
fn is_plain_value(expr: &Expr) -> bool {
    match expr {
        Expr::Tuple(tuple) => !tuple.elems.is_empty(),
        Expr::Struct(_) | Expr::Lit(_) | Expr::Array(_) | Expr::Cast(_) | Expr::Reference(_) => {
            true
        }
        Expr::Binary(binary) => signed(&binary.op).is_none(),
        Expr::Macro(called) => makes_a_value(&called.mac),
        _ => false,
    }
}

fn makes_a_value(called: &syn::Macro) -> bool {
    called
        .path
        .get_ident()
        .is_some_and(|name| name == "format" || name == "vec")
}

/// The first `return None` of this body.
fn first_none(body: &Expr) -> Option<Span> {
    struct Nones(Option<Span>);
    impl<'ast> Visit<'ast> for Nones {
        fn visit_expr_return(&mut self, returned: &'ast syn::ExprReturn) {
            if let Some(Expr::Path(path)) = returned.expr.as_deref()
                && let Some(name) = path.path.get_ident()
                && name == "None"
            {
                self.0 = self.0.or(Some(name.span()));
            }
            visit::visit_expr_return(self, returned);
        }
        fn visit_expr_closure(&mut self, _: &'ast ExprClosure) {}
        fn visit_expr_async(&mut self, _: &'ast syn::ExprAsync) {}
        fn visit_item(&mut self, _: &'ast syn::Item) {}
    }
    let mut nones = Nones(None);
    nones.visit_expr(body);
    nones.0
}

/// `*sum += amount`: where it begins, and `sum + amount`.
fn assigned(body: &Expr) -> Option<(Span, Option<String>)> {
    match body {
        Expr::Binary(binary) => {
            let sign = signed(&binary.op)?;
            let sum = format!(
                "{} {sign} {}",
                text(bare_place(&binary.left)),
                text(&binary.right)
            );
            // `sum.visits += 1` changes a part of what is kept.
            let whole = matches!(bare_place(&binary.left), Expr::Path(_));
            Some((first_span(&binary.left), whole.then_some(sum)))
        }
        Expr::Assign(assign) => {
            let whole = matches!(bare_place(&assign.left), Expr::Path(_));
            Some((first_span(&assign.left), whole.then(|| text(&assign.right))))
        }
        _ => None,
    }
}

/// The sign in `+=`.
fn signed(op: &BinOp) -> Option<&'static str> {
    Some(match op {
        BinOp::AddAssign(_) => "+",
        BinOp::SubAssign(_) => "-",
        BinOp::MulAssign(_) => "*",
        BinOp::DivAssign(_) => "/",
        BinOp::RemAssign(_) => "%",
        BinOp::BitXorAssign(_) => "^",
        BinOp::BitAndAssign(_) => "&",
        BinOp::BitOrAssign(_) => "|",
        BinOp::ShlAssign(_) => "<<",
        BinOp::ShrAssign(_) => ">>",
        _ => return None,
    })
}

fn bare_place(place: &Expr) -> &Expr {
    match place {
        Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Deref(_)) => bare_place(&unary.expr),
        Expr::Paren(paren) => bare_place(&paren.expr),
        other => other,
    }
}

/// The variable that a place is in.
fn root(place: &Expr) -> Option<String> {
    match place {
        Expr::Path(path) => path.path.get_ident().map(ToString::to_string),
        Expr::Field(field) => root(&field.base),
        Expr::Index(index) => root(&index.expr),
        Expr::MethodCall(call) => root(&call.receiver),
        Expr::Paren(paren) => root(&paren.expr),
        Expr::Unary(unary) => root(&unary.expr),
        _ => None,
    }
}

/// The name of the closure's first value.
fn first_name(closure: &ExprClosure) -> Option<String> {
    match closure.inputs.first()? {
        Pat::Ident(name) => Some(name.ident.to_string()),
        _ => None,
    }
}

fn first_span(tokens: &impl ToTokens) -> Span {
    let first = tokens.to_token_stream().into_iter().next();
    first.map_or_else(Span::call_site, |token| token.span())
}

fn text(tokens: &impl ToTokens) -> String {
    crate::text::of(&tokens.to_token_stream())
}
