//! Cuts a job at its marks: header, statements, stages, clauses. It never says that one is wrong.

use proc_macro2::{Delimiter, Group, Ident, TokenTree};

use crate::parse::CLAUSES;

/// What stands between two `;`.
pub(super) enum Statement<'a> {
    /// `let name = chain`, or as much of it as there is.
    Binding {
        name: &'a Ident,
        chain: &'a [TokenTree],
    },
    /// A chain.
    Pipeline(&'a [TokenTree]),
}

impl<'a> Statement<'a> {
    pub(super) fn chain(&self) -> &'a [TokenTree] {
        match self {
            Statement::Binding { chain, .. } | Statement::Pipeline(chain) => chain,
        }
    }
}

/// The statements behind the header. One that is empty is a place where one can begin.
pub(super) fn statements(tokens: &[TokenTree]) -> Vec<Statement<'_>> {
    split_at(behind_header(tokens), ';')
        .filter_map(|tokens| match tokens {
            [TokenTree::Ident(word), rest @ ..] if word == "let" => match rest {
                [TokenTree::Ident(name), chain @ ..] => {
                    let chain = match chain {
                        [equals, chain @ ..] if is_punct(equals, '=') => chain,
                        other => other,
                    };
                    Some(Statement::Binding { name, chain })
                }
                _ => None,
            },
            chain => Some(Statement::Pipeline(chain)),
        })
        .collect()
}

/// `pub job name(parameters) { settings }` taken off.
fn behind_header(tokens: &[TokenTree]) -> &[TokenTree] {
    let mut rest = tokens;
    if let [TokenTree::Ident(word), behind @ ..] = rest
        && word == "pub"
    {
        rest = without_group(behind, Delimiter::Parenthesis);
    }
    let [TokenTree::Ident(job), TokenTree::Ident(_), behind @ ..] = rest else {
        return tokens;
    };
    if job != "job" {
        return tokens;
    }
    let behind = without_group(behind, Delimiter::Parenthesis);
    without_group(behind, Delimiter::Brace)
}

fn without_group(tokens: &[TokenTree], delimiter: Delimiter) -> &[TokenTree] {
    match tokens {
        [TokenTree::Group(group), behind @ ..] if group.delimiter() == delimiter => behind,
        other => other,
    }
}

/// A word with what follows it.
pub(super) struct Operation<'a> {
    pub(super) word: &'a Ident,
    pub(super) args: Option<&'a Group>,
    pub(super) body: Option<&'a Group>,
    /// Everything behind.
    clauses: &'a [TokenTree],
}

impl<'a> Operation<'a> {
    /// `None` where no word begins the tokens.
    pub(super) fn read(tokens: &'a [TokenTree]) -> Option<Self> {
        let [TokenTree::Ident(word), rest @ ..] = tokens else {
            return None;
        };
        let (args, rest) = group(rest, Delimiter::Parenthesis);
        let (body, clauses) = group(rest, Delimiter::Brace);
        Some(Operation {
            word,
            args,
            body,
            clauses,
        })
    }

    /// The names that `else to(name)` gives to what the stage does not take.
    pub(super) fn refused(&self) -> Vec<Ident> {
        let names = self.clauses.windows(2).filter_map(|pair| match pair {
            [TokenTree::Ident(to), TokenTree::Group(group)]
                if to == "to" && group.delimiter() == Delimiter::Parenthesis =>
            {
                let mut inside = group.stream().into_iter();
                match (inside.next(), inside.next()) {
                    (Some(TokenTree::Ident(name)), None) => Some(name),
                    _ => None,
                }
            }
            _ => None,
        });
        names.collect()
    }

    /// What stands behind the clause's word, up to the next clause.
    pub(super) fn clause(&self, word: &str) -> Option<&'a [TokenTree]> {
        let is_word = |token: &TokenTree| matches!(token, TokenTree::Ident(found) if found == word);
        let at = self.clauses.iter().position(is_word)?;
        let value = self.clauses.get(at + 1..)?;
        let end = value.iter().position(is_clause);
        Some(end.and_then(|end| value.get(..end)).unwrap_or(value))
    }
}

fn is_clause(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Ident(word) if CLAUSES.iter().any(|clause| word == clause))
}

fn group(tokens: &[TokenTree], delimiter: Delimiter) -> (Option<&Group>, &[TokenTree]) {
    match tokens {
        [TokenTree::Group(group), behind @ ..] if group.delimiter() == delimiter => {
            (Some(group), behind)
        }
        other => (None, other),
    }
}

/// The stretches between the marks: none of them is inside a group.
pub(super) fn split_at(tokens: &[TokenTree], mark: char) -> impl Iterator<Item = &[TokenTree]> {
    tokens.split(move |token| is_punct(token, mark))
}

pub(super) fn is_punct(token: &TokenTree, mark: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == mark)
}
