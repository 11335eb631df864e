//! `#[stream_test]`: a test of a job, which may let it crash at every step.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::ItemFn;

/// Writes the test.
pub(crate) fn test(arguments: TokenStream, item: &TokenStream) -> TokenStream {
    let function = match syn::parse2::<ItemFn>(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            let error = error.into_compile_error();
            return quote!(#item #error);
        }
    };
    match crashes(arguments).and_then(|crashes| {
        takes_and_gives_nothing(&function)?;
        Ok(crashes)
    }) {
        Ok(crashes) => written(&function, crashes),
        Err(error) => {
            let error = error.into_compile_error();
            quote!(#function #error)
        }
    }
}

/// Whether the job is to crash.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Crashes {
    Never,
    AtEveryStep,
}

fn crashes(arguments: TokenStream) -> syn::Result<Crashes> {
    let advice = "write `#[stream_test]`, or `#[stream_test(crash = every)]`, which runs the test \
                  once for each step at which its job can crash";
    let tokens: Vec<TokenTree> = arguments.into_iter().collect();
    let words: Vec<String> = tokens.iter().map(ToString::to_string).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => Ok(Crashes::Never),
        ["crash", "=", "every"] => Ok(Crashes::AtEveryStep),
        _ => {
            let known = ["crash", "=", "every"];
            let wrong = (0..tokens.len()).find(|at| words.get(*at) != known.get(*at));
            let span = wrong
                .and_then(|at| tokens.get(at))
                .or(tokens.last())
                .map_or_else(Span::call_site, TokenTree::span);
            Err(syn::Error::new(
                span,
                format!("`stream_test` takes `crash = every` or nothing\nhelp: {advice}"),
            ))
        }
    }
}

fn takes_and_gives_nothing(function: &ItemFn) -> syn::Result<()> {
    let signature = &function.sig;
    if let Some(parameter) = signature.inputs.first() {
        return Err(syn::Error::new_spanned(
            parameter,
            "a `stream_test` takes nothing\nhelp: make the job in it: `let mut test = job().test();`",
        ));
    }
    if let syn::ReturnType::Type(_, ty) = &signature.output {
        return Err(syn::Error::new_spanned(
            ty,
            "a `stream_test` gives nothing\nhelp: use `unwrap` where something can fail",
        ));
    }
    Ok(())
}

fn written(function: &ItemFn, crashes: Crashes) -> TokenStream {
    let ItemFn {
        attrs, sig, block, ..
    } = function;
    let span = Span::mixed_site();
    let body = match crashes {
        Crashes::Never => quote!(#block),
        Crashes::AtEveryStep => quote_spanned! {span=>
            { ::streamflow::testing::crash_everywhere(|| #block); }
        },
    };
    quote_spanned! {span=>
        #[::core::prelude::v1::test]
        #(#attrs)*
        #sig #body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(arguments: &str, item: &str) -> String {
        let tokens = |text: &str| text.parse().expect("tokens of Rust");
        test(tokens(arguments), &tokens(item)).to_string()
    }

    #[test]
    fn test_is_run_once_or_at_every_step() {
        let once = written("", "fn works() { check() }");
        assert!(
            once.contains(":: test]") && !once.contains("crash_everywhere"),
            "{once}"
        );
        let often = written("crash = every", "#[ignore] fn works() { check() }");
        assert!(
            often.contains("crash_everywhere (|| { check () })"),
            "{often}"
        );
        assert!(often.contains("# [ignore]"), "{often}");
    }

    #[test]
    fn mistakes_are_told_and_the_function_stays() {
        for (arguments, item, told) in [
            (
                "crash = often",
                "fn works() {}",
                "takes `crash = every` or nothing",
            ),
            ("crash = every", "fn works(job: Job) {}", "takes nothing"),
            ("", "fn works() -> u8 { 1 }", "gives nothing"),
            ("", "fn works() {}\nfn more() {}", "compile_error"),
        ] {
            let written = written(arguments, item);
            assert!(written.contains(told), "{written}");
            assert!(written.contains("fn works"), "{written}");
        }
    }
}
