//! Finds literals that look like secrets: they would be baked into the binary, and into `explain`.

use proc_macro2::{TokenStream, TokenTree};
use syn::LitStr;

use crate::model::Secret;

/// The literals among these tokens that look like secrets.
pub(super) fn in_tokens(tokens: &TokenStream) -> Vec<Secret> {
    let mut found = Vec::new();
    collect(tokens, &mut found);
    found
}

fn collect(tokens: &TokenStream, found: &mut Vec<Secret>) {
    for token in tokens.clone() {
        match token {
            TokenTree::Group(group) => collect(&group.stream(), found),
            TokenTree::Literal(literal) => {
                let span = literal.span();
                let text = syn::parse2::<LitStr>(TokenTree::Literal(literal).into());
                if let Some(what) = text.ok().and_then(|text| looks_like(&text.value())) {
                    found.push(Secret { span, what });
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

/// What a text seems to be; `None` where it seems harmless.
fn looks_like(text: &str) -> Option<&'static str> {
    if text.contains("-----BEGIN") && text.contains("PRIVATE KEY") {
        return Some("a private key");
    }
    if has_token(text) {
        return Some("an access key");
    }
    if has_user_and_password(text) {
        return Some("an address with a password");
    }
    let lower = text.to_lowercase();
    let named = [
        "password=",
        "passwd=",
        "pwd=",
        "secret=",
        "secret_key=",
        "token=",
        "api_key=",
        "apikey=",
    ];
    let is_given = named.iter().any(|name| {
        lower
            .split_once(name)
            .is_some_and(|(_, value)| is_value(value))
    });
    is_given.then_some("a password or a key")
}

/// Keys of well-known services, told by how they begin.
fn has_token(text: &str) -> bool {
    let tail_is = |start: &str, length: usize| {
        text.split_once(start).is_some_and(|(_, tail)| {
            tail.len() >= length
                && tail
                    .chars()
                    .take(length)
                    .all(|c| c.is_ascii_alphanumeric() || c == '_')
        })
    };
    tail_is("AKIA", 16) || tail_is("ghp_", 20) || tail_is("sk_live_", 16) || tail_is("xoxb-", 10)
}

/// `scheme://user:password@host`, where the password is written out.
fn has_user_and_password(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    authority
        .rsplit_once('@')
        .and_then(|(user, _)| user.split_once(':'))
        .is_some_and(|(_, password)| is_value(password))
}

/// A value, and not the place of one: `${PASSWORD}`, `{password}`.
fn is_value(text: &str) -> bool {
    !text.is_empty() && !text.starts_with(['$', '{', '<', '%', '*'])
}

#[cfg(test)]
mod tests {
    use super::looks_like;

    #[test]
    fn passwords_and_keys_are_found() {
        assert!(looks_like("postgres://job:hunter2@db/orders").is_some());
        assert!(looks_like("host=db user=job password=hunter2").is_some());
        assert!(looks_like("AKIAIOSFODNN7EXAMPLE").is_some());
        assert!(looks_like("-----BEGIN RSA PRIVATE KEY-----\nMII").is_some());
    }

    #[test]
    fn places_for_them_and_names_are_harmless() {
        assert_eq!(looks_like("postgres://job:${PASSWORD}@db/orders"), None);
        assert_eq!(looks_like("postgres://db/orders"), None);
        assert_eq!(looks_like("password_resets"), None);
        assert_eq!(looks_like("http://host:80/a@b"), None);
    }
}
