//! Reads the other stream of a join.

use proc_macro2::TokenTree;

use super::builder::Builder;
use super::reserved;
use crate::diagnostics::Diagnostics;
use crate::model::NodeId;
use crate::operators::Operator;
use crate::parse;
use crate::syntax::Operation;

/// The other side of a join: a name, or a chain; `None` where it is wrong, which is then reported.
pub(super) fn other(
    operation: &Operation,
    operator: &Operator,
    builder: &mut Builder,
    diagnostics: &mut Diagnostics,
) -> Option<NodeId> {
    let word = &operation.word;
    let Some(group) = operation
        .args
        .as_ref()
        .filter(|group| !group.stream().is_empty())
    else {
        return reserved::wrong(operation, operator, word.span(), diagnostics);
    };
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    let comma = tokens
        .iter()
        .find(|token| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ','));
    if let Some(comma) = comma {
        diagnostics
            .error(comma.span(), format!("`{word}` takes one stream or table"))
            .help(format!(
                "streams meet by their keys, so there is no condition: `key_by(|item| …) | {}`",
                operator.example
            ));
        return None;
    }
    let chain = parse::chain(&tokens, diagnostics);
    let last = super::chain_of(&chain, None, builder, diagnostics);
    Some(super::inside(word, last, builder, diagnostics))
}
