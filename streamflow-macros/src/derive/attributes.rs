//! What attributes make of a layout: those of serde, as it is serde that writes checkpoints, as far
//! as single names go; and `#[state(by_name)]`.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::{Attribute, LitStr, Meta};

/// The name of a type, a field or a variant: that of `#[serde(rename = "…")]`, or its own.
pub(super) fn name(own: &Ident, attributes: &[Attribute]) -> String {
    arguments("serde", attributes)
        .find_map(|argument| renamed(&argument))
        .unwrap_or_else(|| own.unraw().to_string())
}

/// Whether a field is left out: `#[serde(skip)]`.
pub(super) fn is_skipped(attributes: &[Attribute]) -> bool {
    arguments("serde", attributes).any(|argument| is_word(&argument, "skip"))
}

/// Whether a field's type goes by its name: `#[state(by_name)]`, for types of other crates.
pub(super) fn is_by_name(attributes: &[Attribute]) -> syn::Result<bool> {
    let mut found = false;
    for argument in arguments("state", attributes) {
        if !is_word(&argument, "by_name") {
            let tokens: TokenStream = argument.into_iter().collect();
            return Err(syn::Error::new_spanned(
                tokens,
                "`state` has no such attribute\n\
                 help: a field whose type comes from another crate is told by the name of that: `#[state(by_name)]`",
            ));
        }
        found = true;
    }
    Ok(found)
}

fn is_word(argument: &[TokenTree], wanted: &str) -> bool {
    matches!(argument, [TokenTree::Ident(word)] if word == wanted)
}

/// What stands between the commas of `#[serde(…)]`.
fn arguments(path: &'static str, attributes: &[Attribute]) -> impl Iterator<Item = Vec<TokenTree>> {
    attributes
        .iter()
        .filter(move |attribute| attribute.path().is_ident(path))
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

    #[test]
    fn type_of_another_crate_goes_by_its_name() {
        let by_name = |attribute: Attribute| is_by_name(&[attribute]).ok();
        assert_eq!(by_name(parse_quote!(#[state(by_name)])), Some(true));
        assert_eq!(by_name(parse_quote!(#[serde(skip)])), Some(false));
        assert_eq!(by_name(parse_quote!(#[state(by_size)])), None);
    }
}
