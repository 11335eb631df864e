//! Walks over tokens, and splits them where a mark stands at the top level.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};

/// A place in a list of tokens.
#[derive(Debug)]
pub(super) struct Cursor {
    tokens: Vec<TokenTree>,
    at: usize,
}

impl Cursor {
    pub(super) fn new(tokens: TokenStream) -> Self {
        Cursor {
            tokens: tokens.into_iter().collect(),
            at: 0,
        }
    }

    pub(super) fn peek(&self) -> Option<&TokenTree> {
        self.tokens.get(self.at)
    }

    pub(super) fn peek_word(&self, ahead: usize) -> Option<&Ident> {
        match self.tokens.get(self.at + ahead) {
            Some(TokenTree::Ident(word)) => Some(word),
            _ => None,
        }
    }

    pub(super) fn next(&mut self) -> Option<TokenTree> {
        let token = self.tokens.get(self.at).cloned();
        self.at += usize::from(token.is_some());
        token
    }

    pub(super) fn next_word(&mut self) -> Option<Ident> {
        let word = self.peek_word(0).cloned();
        self.at += usize::from(word.is_some());
        word
    }

    pub(super) fn next_group(&mut self, delimiter: Delimiter) -> Option<Group> {
        match self.peek() {
            Some(TokenTree::Group(group)) if group.delimiter() == delimiter => {
                let group = group.clone();
                self.at += 1;
                Some(group)
            }
            _ => None,
        }
    }

    /// What has not been read yet.
    pub(super) fn all(&self) -> &[TokenTree] {
        self.tokens.get(self.at..).unwrap_or_default()
    }

    pub(super) fn rest(self) -> Vec<TokenTree> {
        self.tokens.into_iter().skip(self.at).collect()
    }
}

pub(super) fn is_punct(token: &TokenTree, mark: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == mark)
}

/// The stretches between the marks; what stands in parentheses, brackets and braces is one token
/// and never split.
pub(crate) fn split_at(tokens: &[TokenTree], mark: char) -> Vec<&[TokenTree]> {
    tokens.split(|token| is_punct(token, mark)).collect()
}
