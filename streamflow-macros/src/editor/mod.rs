//! Writes a job for an editor: the tokens as they stand, as calls of `streamflow::ops`.
//!
//! An editor asks about jobs that are not finished. So nothing is understood here that could be
//! misunderstood: words and arguments are passed on as they stand, with the user's spans, and the
//! types of the functions in `ops` do the rest. No closure is taken apart, and no stage is left
//! out because another one is broken.
//!
//! To complete a word, rust-analyzer expands the job twice, as it is and with one more word at the
//! cursor, and finds the place in the one by its offset in the other. So everything in front of a
//! place must be written alike in both: the user's code comes first and mistakes last, no text is
//! made of the user's tokens, and what is not there yet leaves a gap in the same surroundings.

mod arguments;
mod chain;
mod process;
mod shape;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

use chain::Streams;
use shape::Statement;

/// The statements of the job, for the body that makes it.
pub(crate) fn statements(input: TokenStream) -> TokenStream {
    let tokens: Vec<TokenTree> = input.into_iter().collect();
    let statements = shape::statements(&tokens);
    let mut streams = Streams::of(&statements);
    let mut written = TokenStream::new();
    for statement in &statements {
        let refused = chain::refused(statement.chain());
        written.extend(quote_spanned!(ours()=> #(let #refused;)*));
        let chain = chain::whole(statement.chain(), &mut streams);
        written.extend(match statement {
            Statement::Binding { name, .. } => quote_spanned!(ours()=> let #name = #chain;),
            Statement::Pipeline(tokens) => {
                let names = chain::names_at_the_end(tokens);
                if names.is_empty() {
                    quote_spanned!(ours()=> #chain;)
                } else {
                    let arms = Ident::new("arms", ours());
                    quote_spanned!(ours()=> let #arms = #chain; #(let #names = #arms;)*)
                }
            }
        });
    }
    written
}

/// The span of everything that is ours. It is not at the operator, as it is for the compiler: what
/// an editor shows for a word would be about our tokens too.
fn ours() -> Span {
    Span::mixed_site()
}

/// The path to the functions that stand for operators.
fn ops() -> TokenStream {
    quote_spanned!(ours()=> ::streamflow::ops)
}

/// The path to the rest.
fn rt() -> TokenStream {
    quote_spanned!(ours()=> ::streamflow::__private::editor)
}

/// Something in braces, as an expression.
fn block(inside: &TokenStream) -> TokenStream {
    let block = quote_spanned!(ours()=> { #inside });
    quote!(#block)
}
