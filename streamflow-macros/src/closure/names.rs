//! Which names code binds and mentions.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{Expr, Pat};

/// The names that a pattern binds.
pub(crate) fn in_pattern(pattern: &Pat) -> BTreeSet<String> {
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

/// Every name in the tokens that may be a variable's, and every `{name` in their strings.
pub(crate) fn mentioned(tokens: &TokenStream) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    collect(tokens, &mut names);
    names
}

/// The names that a function mentions and does not bind as its parameters.
pub(crate) fn of_function(function: &Expr) -> BTreeSet<String> {
    let Expr::Closure(closure) = function else {
        return mentioned(&function.to_token_stream());
    };
    let bound: BTreeSet<String> = closure.inputs.iter().flat_map(in_pattern).collect();
    mentioned(&closure.body.to_token_stream())
        .difference(&bound)
        .cloned()
        .collect()
}

fn collect(tokens: &TokenStream, names: &mut BTreeSet<String>) {
    let mut marks = String::new();
    for token in tokens.clone() {
        match token {
            TokenTree::Ident(word) => {
                if !is_member(&marks) {
                    names.insert(word.to_string());
                }
            }
            TokenTree::Group(group) => collect(&group.stream(), names),
            TokenTree::Literal(literal) => {
                names.extend(in_format(&literal.to_string()).map(str::to_owned));
            }
            TokenTree::Punct(punct) => {
                marks.push(punct.as_char());
                continue;
            }
        }
        marks.clear();
    }
}

/// Whether what stands behind these marks is a field, a method or a part of a path.
fn is_member(marks: &str) -> bool {
    (marks.ends_with('.') && !marks.ends_with("..")) || marks.ends_with("::")
}

fn in_format(literal: &str) -> impl Iterator<Item = &str> {
    literal.split('{').skip(1).filter_map(|piece| {
        let end = piece
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(piece.len());
        piece.get(..end).filter(|name| !name.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::mentioned;

    fn names(text: &str) -> Vec<String> {
        mentioned(&text.parse().expect("tokens"))
            .into_iter()
            .collect()
    }

    #[test]
    fn fields_and_methods_are_no_variables() {
        assert_eq!(names("click.user.trim()"), ["click"]);
        assert_eq!(names("fmt::user(a)"), ["a", "fmt"]);
    }

    #[test]
    fn ends_of_ranges_are_variables() {
        assert_eq!(names("0..n"), ["n"]);
        assert_eq!(names("a..=b"), ["a", "b"]);
    }
}
