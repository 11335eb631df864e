//! `#[derive(Key)]`: a type of the user's as a key.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

/// The two impls that make a type a key which is kept as it is.
pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    if let Some(parameter) = input.generics.params.first() {
        return syn::Error::new_spanned(
            parameter,
            "`Key` can be derived only for types without parameters\n\
             help: a key that borrows is a tuple of `&str`s and numbers: `key_by(|item| (item.user, item.day))`",
        )
        .into_compile_error();
    }
    let name = &input.ident;
    quote! {
        #[automatically_derived]
        impl ::streamflow::__private::Key for #name {
            type Kept = Self;
            fn hash_into<H: ::core::hash::Hasher>(&self, hasher: &mut H) {
                ::core::hash::Hash::hash(self, hasher);
            }
            fn is(&self, kept: &Self) -> bool {
                self == kept
            }
            fn keep(self) -> Self {
                self
            }
        }
        #[automatically_derived]
        impl ::streamflow::__private::KeptKey for #name {
            type Lent<'a> = &'a Self;
            fn lend(&self) -> &Self {
                self
            }
        }
    }
}
