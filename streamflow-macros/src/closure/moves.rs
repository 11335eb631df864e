//! Finds the fields that a closure moves out of what it takes, as far as it can be seen without types.

use std::collections::BTreeSet;

use syn::visit::{self, Visit};
use syn::{BinOp, Expr, ExprClosure, Member, Pat, Stmt};

use super::Closure;

/// Methods of the standard library that take what they are called on.
const TAKING: [&str; 13] = [
    "expect",
    "into_boxed_slice",
    "into_boxed_str",
    "into_bytes",
    "into_inner",
    "into_iter",
    "into_keys",
    "into_string",
    "into_values",
    "unwrap",
    "unwrap_or",
    "unwrap_or_default",
    "unwrap_or_else",
];

impl Closure {
    /// The fields of its parameters that the body uses as values: `item.user` in `(item.user, 1)`. Whether
    /// they can be copied, only their types tell.
    pub(crate) fn fields_as_values(&self) -> Vec<Expr> {
        let mut rebound = Rebound(BTreeSet::new());
        rebound.visit_expr(&self.body);
        let mut fields = Fields {
            parameters: self.bound.difference(&rebound.0).cloned().collect(),
            found: Vec::new(),
        };
        fields.value(&self.body);
        fields.found
    }
}

/// The names that the body binds: what is called so there may be something else.
struct Rebound(BTreeSet<String>);

impl<'ast> Visit<'ast> for Rebound {
    fn visit_pat_ident(&mut self, bound: &'ast syn::PatIdent) {
        self.0.insert(bound.ident.to_string());
        visit::visit_pat_ident(self, bound);
    }
}

struct Fields {
    parameters: BTreeSet<String>,
    found: Vec<Expr>,
}

impl Fields {
    /// An expression whose value goes somewhere.
    fn value(&mut self, expr: &Expr) {
        match expr {
            Expr::Field(_) if self.is_of_parameter(expr) => self.found.push(expr.clone()),
            Expr::Paren(inner) => self.value(&inner.expr),
            Expr::Group(inner) => self.value(&inner.expr),
            Expr::Tuple(tuple) => tuple.elems.iter().for_each(|part| self.value(part)),
            Expr::Array(array) => array.elems.iter().for_each(|part| self.value(part)),
            Expr::Struct(made) => made.fields.iter().for_each(|field| self.value(&field.expr)),
            Expr::Call(call) => {
                self.visit_expr(&call.func);
                call.args.iter().for_each(|argument| self.value(argument));
            }
            Expr::Block(block) => self.block(&block.block),
            Expr::If(branch) => {
                self.visit_expr(&branch.cond);
                self.block(&branch.then_branch);
                if let Some((_, other)) = &branch.else_branch {
                    self.value(other);
                }
            }
            Expr::Match(arms) => {
                self.visit_expr(&arms.expr);
                for arm in &arms.arms {
                    self.value(&arm.body);
                }
            }
            Expr::Binary(binary) if !is_comparison(&binary.op) => {
                self.value(&binary.left);
                self.value(&binary.right);
            }
            Expr::Return(returned) => {
                if let Some(value) = &returned.expr {
                    self.value(value);
                }
            }
            Expr::Try(tried) => self.value(&tried.expr),
            other => self.visit_expr(other),
        }
    }

    fn block(&mut self, block: &syn::Block) {
        for stmt in &block.stmts {
            match stmt {
                Stmt::Expr(value, None) => self.value(value),
                other => self.visit_stmt(other),
            }
        }
    }

    /// Whether this is a field, or a field of a field, of a parameter.
    fn is_of_parameter(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Field(field) => {
                matches!(field.member, Member::Named(_) | Member::Unnamed(_))
                    && self.is_of_parameter(&field.base)
            }
            Expr::Path(path) => {
                let name = path.path.get_ident();
                name.is_some_and(|name| self.parameters.contains(&name.to_string()))
            }
            _ => false,
        }
    }
}

impl<'ast> Visit<'ast> for Fields {
    fn visit_expr(&mut self, expr: &'ast Expr) {
        match expr {
            // What is called is only looked at, as far as anybody knows; what it is given is not.
            Expr::MethodCall(call) => {
                if TAKING.iter().any(|method| call.method == method) {
                    self.value(&call.receiver);
                } else {
                    self.visit_expr(&call.receiver);
                }
                call.args.iter().for_each(|argument| self.value(argument));
            }
            Expr::Call(_)
            | Expr::Tuple(_)
            | Expr::Array(_)
            | Expr::Struct(_)
            | Expr::Block(_)
            | Expr::If(_)
            | Expr::Match(_)
            | Expr::Return(_)
            | Expr::Try(_) => self.value(expr),
            other => visit::visit_expr(self, other),
        }
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        let Some(init) = &local.init else { return };
        let takes_it = match &local.pat {
            Pat::Ident(name) => name.by_ref.is_none(),
            Pat::Type(typed) => matches!(&*typed.pat, Pat::Ident(name) if name.by_ref.is_none()),
            _ => false,
        };
        if takes_it {
            self.value(&init.expr);
        } else {
            self.visit_expr(&init.expr);
        }
    }

    // A closure inside may be called never, or by somebody who has the item.
    fn visit_expr_closure(&mut self, _: &'ast ExprClosure) {}
    fn visit_expr_async(&mut self, _: &'ast syn::ExprAsync) {}
    fn visit_item(&mut self, _: &'ast syn::Item) {}
}

/// Whether both sides are only looked at.
fn is_comparison(op: &BinOp) -> bool {
    matches!(
        op,
        BinOp::Eq(_) | BinOp::Ne(_) | BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_)
    )
}

#[cfg(test)]
mod tests {
    use quote::ToTokens;
    use syn::ExprClosure;

    use crate::closure::Closure;

    fn moved(text: &str) -> Vec<String> {
        let closure: ExprClosure = syn::parse_str(text).expect("a closure");
        let pattern = closure.inputs[0].clone();
        let (closure, _) = Closure::new(closure, pattern);
        let fields = closure.fields_as_values();
        fields
            .iter()
            .map(|field| crate::text::of(&field.to_token_stream()))
            .collect()
    }

    #[test]
    fn fields_that_go_somewhere_are_moved() {
        assert_eq!(moved("|order| (order.user, 1)"), ["order.user"]);
        assert_eq!(
            moved("|(order, n)| take(order.by.name, n)"),
            ["order.by.name"]
        );
        assert_eq!(
            moved("|o| { let user = o.user; Some(if o.n > 1 { user } else { o.other }) }"),
            ["o.user", "o.other"]
        );
        assert_eq!(moved("|o| o.items.push(o.item)"), ["o.item"]);
        assert_eq!(
            moved("|o| o.coupon.unwrap_or_default().len()"),
            ["o.coupon"]
        );
    }

    #[test]
    fn fields_that_are_looked_at_are_not() {
        assert!(moved("|order| order.user.len()").is_empty());
        assert!(moved("|order| (&order.user, order.n == 1)").is_empty());
        assert!(moved("|order| format!(\"{}\", order.user)").is_empty());
        assert!(moved("|order| match order.user { User { id, .. } => id }").is_empty());
    }

    #[test]
    fn fields_of_something_else_are_not_looked_at() {
        assert!(moved("|order| { let order = own(); order.user }").is_empty());
        assert!(moved("|order| (prices.of, order)").is_empty());
    }
}
