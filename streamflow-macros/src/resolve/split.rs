//! Resolves `split { name: predicate, rest }`: each arm becomes a stream with a name.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::Expr;

use super::builder::{Builder, NewStage};
use super::clauses::{self, Takes};
use super::{arguments, foreign};
use crate::closure::Function;
use crate::diagnostics::Diagnostics;
use crate::model::{Health, Kind, NodeId};
use crate::operators::{Keeps, Operator};
use crate::syntax::Operation;

/// One arm as written.
struct Arm {
    name: Ident,
    /// None for `rest`.
    predicate: Option<Function>,
}

/// Adds the split and its arms, and binds their names.
pub(super) fn stage(
    operation: &Operation,
    operator: &Operator,
    input: NodeId,
    builder: &mut Builder,
    diagnostics: &mut Diagnostics,
) -> NodeId {
    let word = &operation.word;
    let Some(body) = operation.body.as_ref() else {
        diagnostics
            .error(word.span(), "the arms of `split` stand in braces")
            .help(format!("write `{}`", operator.example));
        return builder.hole(Some(input));
    };
    let read = clauses::read(
        operation,
        Takes {
            clauses: operator.clauses,
            format: false,
            keeps: Keeps::Nothing,
        },
        diagnostics,
    );
    let tokens: Vec<TokenTree> = body.stream().into_iter().collect();
    let mut arms = Vec::new();
    let mut misread = Vec::new();
    let mut sound = !read.unusable;
    let semicolon = tokens
        .iter()
        .find(|token| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ';'));
    if let Some(semicolon) = semicolon {
        diagnostics
            .error(semicolon.span(), "the arms of `split` are set apart by `,`")
            .help("write a `,` here");
    }
    let is_border = |token: &TokenTree| matches!(token, TokenTree::Punct(mark) if matches!(mark.as_char(), ',' | ';'));
    for entry in tokens.split(is_border) {
        if entry.is_empty() {
            continue;
        }
        match arm(entry, word, diagnostics) {
            Ok(arm) => arms.push(arm),
            Err(name) => {
                sound = false;
                misread.extend(name);
            }
        }
    }
    sound = sound && in_order(&arms, word, body.span_close(), diagnostics);
    // Their names are known even where the split is not: a use of them is no second mistake.
    let (predicates, names): (Vec<Option<Function>>, Vec<Ident>) = arms
        .into_iter()
        .map(|arm| (arm.predicate, arm.name))
        .unzip();
    if !sound {
        let hole = builder.hole(Some(input));
        for name in names.iter().chain(&misread) {
            builder.bind(name, hole, diagnostics);
        }
        builder.end(hole);
        return hole;
    }
    let split = builder.add(
        NewStage {
            policy: read.policy,
            nondet: read.nondet,
            health: if read.mended {
                Health::Mended
            } else {
                Health::Sound
            },
            ..NewStage::plain(
                word,
                &operation.text,
                Kind::Split {
                    predicates: predicates.into_iter().flatten().collect(),
                },
            )
        },
        vec![input],
    );
    for name in &names {
        let text = name.to_string();
        let node = builder.add(NewStage::plain(name, &text, Kind::Arm), vec![split]);
        builder.bind(name, node, diagnostics);
    }
    builder.bind_refused(split, diagnostics);
    split
}

/// One arm; where it is wrong, which is then reported, the name it was to have.
fn arm(
    entry: &[TokenTree],
    word: &Ident,
    diagnostics: &mut Diagnostics,
) -> Result<Arm, Option<Ident>> {
    match entry {
        [TokenTree::Ident(rest)] if rest == "rest" => Ok(Arm {
            name: rest.clone(),
            predicate: None,
        }),
        [
            TokenTree::Ident(rest),
            TokenTree::Ident(as_word),
            TokenTree::Ident(name),
        ] if rest == "rest" && as_word == "as" => Ok(Arm {
            name: name.clone(),
            predicate: None,
        }),
        [TokenTree::Ident(name), TokenTree::Punct(sign), value @ ..]
            if is_sign(sign.as_char(), value) =>
        {
            if sign.as_char() == '=' && diagnostics.first_time("arm = predicate") {
                diagnostics
                    .error(sign.span(), "an arm takes a `:`, not a `=`")
                    .help(format!(
                        "write `{name}: {}`",
                        crate::text::of(&value.iter().cloned().collect())
                    ));
            }
            let value_end = value.last().map(TokenTree::span);
            let value: TokenStream = value.iter().cloned().collect();
            let predicate = match syn::parse2::<Expr>(value.clone()) {
                Ok(value) => arguments::one_function(value, word, diagnostics),
                Err(error) => {
                    let end = value_end.unwrap_or_else(|| name.span());
                    foreign::report(&value, &error, end, diagnostics);
                    None
                }
            };
            match predicate {
                Some(predicate) => Ok(Arm {
                    name: name.clone(),
                    predicate: Some(predicate),
                }),
                None => Err(Some(name.clone())),
            }
        }
        // `predicate => name`
        [
            ..,
            TokenTree::Punct(half),
            TokenTree::Punct(angle),
            TokenTree::Ident(name),
        ] if half.as_char() == '=' && angle.as_char() == '>' => {
            if diagnostics.first_time("predicate => arm") {
                let predicate: TokenStream = entry[..entry.len() - 3].iter().cloned().collect();
                diagnostics
                    .error(half.span(), "an arm begins with its name")
                    .help(format!(
                        "write `{name}: {}`, and `rest` for everything else",
                        crate::text::of(&predicate)
                    ));
            }
            Err(Some(name.clone()))
        }
        [TokenTree::Ident(name)] if is_rest_elsewhere(name) => {
            diagnostics
                .error(name.span(), "the arm for everything else is named `rest`")
                .help(if name == "_" || name == "else" {
                    "write `rest`".to_owned()
                } else {
                    format!("write `rest`, or `rest as {name}`")
                });
            Err(Some(if name == "_" || name == "else" {
                Ident::new("rest", name.span())
            } else {
                name.clone()
            }))
        }
        [first, ..] => {
            diagnostics
                .error(first.span(), "expected an arm, `name: predicate`")
                .help("write `big: |item| item.size > 10`, and `rest` for everything else");
            match first {
                TokenTree::Ident(name) => Err(Some(name.clone())),
                _ => Err(None),
            }
        }
        [] => Err(None),
    }
}

/// Whether `:`, or `=` in its place, stands between a name and a value.
fn is_sign(sign: char, behind: &[TokenTree]) -> bool {
    let is_arrow = matches!(behind.first(), Some(TokenTree::Punct(next)) if next.as_char() == '>');
    !behind.is_empty() && (sign == ':' || (sign == '=' && !is_arrow))
}

/// What other languages call the arm for everything else.
fn is_rest_elsewhere(name: &Ident) -> bool {
    ["default", "other", "others", "otherwise", "_", "else"]
        .iter()
        .any(|word| name == word)
}

/// `rest` is there, once, and last; or the last predicate is true of everything.
fn in_order(arms: &[Arm], word: &Ident, end: Span, diagnostics: &mut Diagnostics) -> bool {
    if arms.is_empty() {
        diagnostics
            .error(word.span(), "`split` has no arms")
            .help("write `split { big: |item| item.size > 10, rest }`");
        return false;
    }
    let rest = arms.iter().position(|arm| arm.predicate.is_none());
    match rest {
        Some(at) if at + 1 < arms.len() => {
            let behind = &arms[at + 1].name;
            diagnostics
                .error(
                    behind.span(),
                    format!("no item reaches `{behind}`: `rest` in front of it takes what is left"),
                )
                .help("put `rest` last");
            false
        }
        Some(_) => true,
        None if arms
            .last()
            .and_then(|arm| arm.predicate.as_ref())
            .is_some_and(is_always_true) =>
        {
            true
        }
        None => {
            diagnostics
                .error(
                    end,
                    "`split` does not say where items go that meet no predicate",
                )
                .help("write `rest` as the last arm, and `rest | to null` if they can be left out");
            false
        }
    }
}

fn is_always_true(predicate: &Function) -> bool {
    match predicate {
        Function::Closure(closure) => {
            matches!(&closure.body, Expr::Lit(literal)
                if matches!(&literal.lit, syn::Lit::Bool(value) if value.value))
        }
        Function::Path(_) | Function::Value(_) => false,
    }
}
