//! What serde's attributes make of names: a checkpoint is written by serde, and the layout of a
//! type follows it as far as single names go.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::{Attribute, LitStr, Meta};

/// The name of a type, a field or a variant: that of `#[serde(rename = "…")]`, or its own.
pub(super) fn name(own: &Ident, attributes: &[Attribute]) -> String {
    arguments(attributes)
        .find_map(|argument| renamed(&argument))
        .unwrap_or_else(|| own.unraw().to_string())
}

/// Whether a field is left out: `#[serde(skip)]`.
pub(super) fn is_skipped(attributes: &[Attribute]) -> bool {
    arguments(attributes)
        .any(|argument| matches!(argument.as_slice(), [TokenTree::Ident(word)] if word == "skip"))
}

/// What stands between the commas of `#[serde(…)]`.
fn arguments(attributes: &[Attribute]) -> impl Iterator<Item = Vec<TokenTree>> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("serde"))
        .filter_map(|attribute| match &attribute.meta {
            Meta::List(list) => Some(list.tokens.clone()),
            Meta::Path(_) | Meta::NameValue(_) => None,
        })
        .flat_map(split_at_commas)
}

fn split_at_commas(tokens: TokenStream) -> Vec<Vec<TokenTree>> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is_comma =
        |token: &TokenTree| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ',');
    tokens.split(is_comma).map(<[TokenTree]>::to_vec).collect()
}

/// The name in `rename = "name"`, if a lock can hold it.
fn renamed(argument: &[TokenTree]) -> Option<String> {
    let [
        TokenTree::Ident(word),
        TokenTree::Punct(_),
        TokenTree::Literal(literal),
    ] = argument
    else {
        return None;
    };
    if word != "rename" {
        return None;
    }
    let text: LitStr = syn::parse2(TokenTree::Literal(literal.clone()).into()).ok()?;
    let text = text.value();
    syn::parse_str::<Ident>(&text).is_ok().then_some(text)
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[test]
    fn name_is_the_one_that_serde_writes() {
        let own: Ident = parse_quote!(TotalsV1);
        let name = |attribute: Attribute| name(&own, &[attribute]);
        assert_eq!(
            name(parse_quote!(#[serde(default, rename = "Totals")])),
            "Totals"
        );
        assert_eq!(name(parse_quote!(#[serde(default)])), "TotalsV1");
        assert_eq!(name(parse_quote!(#[serde(rename = "no name")])), "TotalsV1");
        assert_eq!(name(parse_quote!(#[doc = "rename"])), "TotalsV1");
    }

    #[test]
    fn skipped_field_is_no_part_of_the_layout() {
        assert!(is_skipped(&[parse_quote!(#[serde(skip)])]));
        assert!(!is_skipped(&[
            parse_quote!(#[serde(skip_serializing_if = "f")])
        ]));
        assert!(!is_skipped(&[]));
    }
}
