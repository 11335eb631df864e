//! Finds slips in what the closures of `process` do with `state` and `out`: the Rust compiler would
//! report them about types that nobody has written.

use proc_macro2::{Ident, Span};
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{
    BinOp, Expr, ExprAssign, ExprBinary, ExprClosure, ExprLit, ExprMethodCall, Lit, Pat, UnOp,
};

use super::process::OTHER_METHODS;
use crate::diagnostics::Diagnostics;
use crate::model::Field;
use crate::suggest;
use crate::units;

/// What other systems call on what stands for `out`, and what is called here.
const ELSEWHERE: [(&str, &str); 20] = [
    ("collect", "emit"),
    ("forward", "emit"),
    ("output", "emit"),
    ("push", "emit"),
    ("send", "emit"),
    ("write", "emit"),
    ("yield_", "emit"),
    ("clear", "forget"),
    ("delete_timer", "cancel"),
    ("delete_event_time_timer", "cancel"),
    ("deleteEventTimeTimer", "cancel"),
    ("register_timer", "at"),
    ("registerTimer", "at"),
    ("register_event_time_timer", "at"),
    ("registerEventTimeTimer", "at"),
    ("registerProcessingTimeTimer", "at"),
    ("schedule", "after"),
    ("current_watermark", "watermark"),
    ("currentWatermark", "watermark"),
    ("timestamp", "time"),
];

/// Whether the closure, which takes four values, does with them what can be done; reports what it cannot.
pub(super) fn are_right(function: &Expr, fields: &[Field], diagnostics: &mut Diagnostics) -> bool {
    let Expr::Closure(closure) = function else {
        return true;
    };
    let mut rebound = Rebound(Vec::new());
    rebound.visit_expr(&closure.body);
    let named = |at| {
        let name = name_of(closure, at)?;
        // What has the name further down may be something else.
        (!rebound.0.contains(&name)).then_some(name)
    };
    let mut slips = Slips {
        state: named(2),
        out: named(3),
        fields,
        found: Vec::new(),
    };
    slips.visit_expr(&closure.body);
    let is_right = slips.found.is_empty();
    for Slip {
        span,
        message,
        help,
    } in slips.found
    {
        diagnostics.error(span, message).help(help);
    }
    is_right
}

/// The name of the parameter at a place, where it has one.
fn name_of(closure: &ExprClosure, at: usize) -> Option<String> {
    match closure.inputs.iter().nth(at)? {
        Pat::Ident(name) => Some(name.ident.to_string()),
        Pat::Type(typed) => match &*typed.pat {
            Pat::Ident(name) => Some(name.ident.to_string()),
            _ => None,
        },
        _ => None,
    }
}

/// The names that the body binds.
struct Rebound(Vec<String>);

impl<'ast> Visit<'ast> for Rebound {
    fn visit_pat_ident(&mut self, bound: &'ast syn::PatIdent) {
        self.0.push(bound.ident.to_string());
        visit::visit_pat_ident(self, bound);
    }
}

struct Slip {
    span: Span,
    message: String,
    help: String,
}

struct Slips<'f> {
    state: Option<String>,
    out: Option<String>,
    fields: &'f [Field],
    found: Vec<Slip>,
}

impl<'ast> Visit<'ast> for Slips<'_> {
    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        if is_named(&call.receiver, self.out.as_ref()) {
            let slip = match call.args.first() {
                Some(wait) if call.method == "after" => no_duration(call, wait),
                _ => no_method(call),
            };
            self.found.extend(slip);
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_binary(&mut self, binary: &'ast ExprBinary) {
        if is_assignment(&binary.op) {
            self.assigned(&binary.left, &binary.op);
        }
        visit::visit_expr_binary(self, binary);
    }

    fn visit_expr_assign(&mut self, assign: &'ast ExprAssign) {
        self.assigned(&assign.left, &assign.eq_token);
        visit::visit_expr_assign(self, assign);
    }

    fn visit_item(&mut self, _: &'ast syn::Item) {}
}

impl Slips<'_> {
    /// `state += 1`: a field is meant.
    fn assigned(&mut self, place: &Expr, sign: &impl ToTokens) {
        let (whole, name) = match place {
            Expr::Unary(unary) if matches!(unary.op, UnOp::Deref(_)) => (place, &*unary.expr),
            other => (other, other),
        };
        let (Some(state), true) = (&self.state, is_named(name, self.state.as_ref())) else {
            return;
        };
        let sign = text(sign);
        let help = match self.fields {
            [] => "name a field in front of the closures: `count: u64 = 0`".to_owned(),
            [only] => format!("write `{state}.{} {sign} …`", only.name),
            [first, ..] => format!("name the field, as in `{state}.{} {sign} …`", first.name),
        };
        self.found.push(Slip {
            span: first_span(whole),
            message: format!("`{state}` has the fields of the key, and is no value by itself"),
            help,
        });
    }
}

/// A wait that is a number.
fn no_duration(call: &ExprMethodCall, wait: &Expr) -> Option<Slip> {
    let Expr::Lit(ExprLit { lit, .. }) = wait else {
        return None;
    };
    let Lit::Int(number) = lit else { return None };
    let out = text(&call.receiver);
    let help = match (number.suffix(), units::duration_ms(lit)) {
        ("", _) => format!(
            "write `{out}.after(std::time::Duration::from_millis({number}))`, or \
             `{out}.at({out}.time() + {number})`"
        ),
        (_, Ok(ms)) if ms % 1_000 == 0 => format!(
            "write `{out}.after(std::time::Duration::from_secs({}))`",
            ms / 1_000
        ),
        (_, Ok(ms)) => {
            format!("write `{out}.after(std::time::Duration::from_millis({ms}))`")
        }
        (_, Err(_)) => return None,
    };
    Some(Slip {
        span: number.span(),
        message: "`after` takes a `Duration`, and this is a number".to_owned(),
        help,
    })
}

/// A method that is not there, where it is known what is meant.
fn no_method(call: &ExprMethodCall) -> Option<Slip> {
    let method = call.method.to_string();
    let known = || OTHER_METHODS.into_iter().chain(["emit"]);
    if known().any(|it| it == method) {
        return None;
    }
    let elsewhere = ELSEWHERE.iter().find(|(other, _)| *other == method);
    let meant = match elsewhere {
        Some((_, here)) => *here,
        None => suggest::nearest(&method, known())?,
    };
    let out = text(&call.receiver);
    let arguments = if call.args.is_empty() { "" } else { "…" };
    Some(Slip {
        span: call.method.span(),
        message: format!("`{out}` has no `{method}`"),
        help: format!("write `{out}.{meant}({arguments})`"),
    })
}

fn is_named(expr: &Expr, name: Option<&String>) -> bool {
    let is_name = |ident: &Ident| name.is_some_and(|name| ident == name);
    match expr {
        Expr::Path(path) => path.path.get_ident().is_some_and(is_name),
        Expr::Paren(paren) => is_named(&paren.expr, name),
        _ => false,
    }
}

fn is_assignment(op: &BinOp) -> bool {
    matches!(
        op,
        BinOp::AddAssign(_)
            | BinOp::SubAssign(_)
            | BinOp::MulAssign(_)
            | BinOp::DivAssign(_)
            | BinOp::RemAssign(_)
            | BinOp::BitXorAssign(_)
            | BinOp::BitAndAssign(_)
            | BinOp::BitOrAssign(_)
            | BinOp::ShlAssign(_)
            | BinOp::ShrAssign(_)
    )
}

fn first_span(tokens: &impl ToTokens) -> Span {
    let first = tokens.to_token_stream().into_iter().next();
    first.map_or_else(Span::call_site, |token| token.span())
}

fn text(tokens: &impl ToTokens) -> String {
    crate::text::of(&tokens.to_token_stream())
}
