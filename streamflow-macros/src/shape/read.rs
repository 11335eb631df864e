//! Reads a layout, `keyed str -> Totals { visits: u64, spent: f64 }`, and gives the type that
//! stands for it.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::quote_spanned;

use super::{Body, name_alone, names_of_enum, names_of_struct};

/// The layout of a whole state.
#[derive(Debug)]
pub(crate) enum Locked {
    Keyed {
        key: TokenStream,
        value: TokenStream,
    },
    Single {
        value: TokenStream,
    },
}

/// Reads the layout of a state; nothing if it is none.
pub(crate) fn of_state(text: &str, span: Span) -> Option<Locked> {
    if let Some(value) = text.strip_prefix("single ") {
        let value = of_type(value, span)?;
        return Some(Locked::Single { value });
    }
    let (key, value) = text.strip_prefix("keyed ")?.split_once(" -> ")?;
    Some(Locked::Keyed {
        key: of_type(key, span)?,
        value: of_type(value, span)?,
    })
}

/// The type that stands for the layout of a type.
fn of_type(text: &str, span: Span) -> Option<TokenStream> {
    let tokens: TokenStream = text.parse().ok()?;
    let mut reader = Reader {
        tokens: tokens.into_iter().collect(),
        at: 0,
        span,
    };
    let ty = reader.ty()?;
    reader.ended()?;
    Some(ty)
}

struct Reader {
    tokens: Vec<TokenTree>,
    at: usize,
    /// Where the types stand that are made here.
    span: Span,
}

impl Reader {
    fn inside(&self, tokens: TokenStream) -> Reader {
        Reader {
            tokens: tokens.into_iter().collect(),
            at: 0,
            span: self.span,
        }
    }

    fn next(&mut self) -> Option<TokenTree> {
        let token = self.tokens.get(self.at).cloned()?;
        self.at += 1;
        Some(token)
    }

    fn has_ended(&self) -> bool {
        self.at >= self.tokens.len()
    }

    fn ended(&self) -> Option<()> {
        self.has_ended().then_some(())
    }

    fn word(&mut self) -> Option<Ident> {
        match self.next()? {
            TokenTree::Ident(word) => Some(word),
            _ => None,
        }
    }

    fn mark(&mut self, mark: char) -> Option<()> {
        match self.next()? {
            TokenTree::Punct(punct) if punct.as_char() == mark => Some(()),
            _ => None,
        }
    }

    /// Passes the comma between two parts, if there is another.
    fn comma(&mut self) -> Option<()> {
        if self.has_ended() {
            return Some(());
        }
        self.mark(',')
    }

    /// The group of this kind that stands here, if one does.
    fn group(&mut self, delimiter: Delimiter) -> Option<Reader> {
        match self.tokens.get(self.at) {
            Some(TokenTree::Group(group)) if group.delimiter() == delimiter => {
                self.at += 1;
                Some(self.inside(group.stream()))
            }
            _ => None,
        }
    }

    fn ty(&mut self) -> Option<TokenStream> {
        let span = self.span;
        let rt = quote_spanned!(span=> ::streamflow::__private);
        if let Some(mut parts) = self.group(Delimiter::Parenthesis) {
            let parts = parts.types()?;
            return Some(quote_spanned!(span=> (#(#parts,)*)));
        }
        if let Some(mut inside) = self.group(Delimiter::Bracket) {
            let item = inside.ty()?;
            if inside.has_ended() {
                return Some(quote_spanned!(span=> #rt::List<#item>));
            }
            inside.mark(';')?;
            let length = inside.next()?;
            inside.ended()?;
            return Some(quote_spanned!(span=> [#item; #length]));
        }
        if let Some(mut inside) = self.group(Delimiter::Brace) {
            let key = inside.ty()?;
            inside.mark(':')?;
            let value = inside.ty()?;
            inside.ended()?;
            return Some(quote_spanned!(span=> #rt::Map<#key, #value>));
        }
        let word = self.word()?;
        match word.to_string().as_str() {
            "u8" | "u16" | "u32" | "u64" | "u128" | "i8" | "i16" | "i32" | "i64" | "i128"
            | "f32" | "f64" | "bool" | "char" => {
                let word = Ident::new(&word.to_string(), span);
                Some(quote_spanned!(span=> ::core::primitive::#word))
            }
            "str" => Some(quote_spanned!(span=> #rt::Words)),
            "Option" => {
                self.mark('<')?;
                let inside = self.ty()?;
                self.mark('>')?;
                Some(quote_spanned!(span=> #rt::Maybe<#inside>))
            }
            "enum" => {
                let name = self.word()?.to_string();
                self.group(Delimiter::Brace)?.variants(&name)
            }
            "type" => {
                let name = name_alone(&self.word()?.to_string());
                Some(quote_spanned!(span=> #rt::Named<#name, ()>))
            }
            name => match (name, self.body()?) {
                ("Mean", (Body::Unnamed(0), _)) => Some(quote_spanned!(span=> #rt::Mean)),
                (name @ ("Distinct" | "Quantiles"), (Body::Unnamed(0), _)) => {
                    let sketch = Ident::new(name, span);
                    Some(quote_spanned!(span=> #rt::#sketch))
                }
                ("Duration", (Body::Unnamed(0), _)) => {
                    Some(quote_spanned!(span=> ::core::time::Duration))
                }
                (name, (body, parts)) => {
                    let names = names_of_struct(name, &body);
                    Some(quote_spanned!(span=> #rt::Named<#names, (#(#parts,)*)>))
                }
            },
        }
    }

    fn types(&mut self) -> Option<Vec<TokenStream>> {
        let mut types = Vec::new();
        while !self.has_ended() {
            types.push(self.ty()?);
            self.comma()?;
        }
        Some(types)
    }

    /// What stands behind the name of a struct or a variant.
    fn body(&mut self) -> Option<(Body, Vec<TokenStream>)> {
        if let Some(mut fields) = self.group(Delimiter::Brace) {
            let (mut names, mut types) = (Vec::new(), Vec::new());
            while !fields.has_ended() {
                names.push(fields.word()?.to_string());
                fields.mark(':')?;
                types.push(fields.ty()?);
                fields.comma()?;
            }
            return Some((Body::Named(names), types));
        }
        if let Some(mut parts) = self.group(Delimiter::Parenthesis) {
            let types = parts.types()?;
            return Some((Body::Unnamed(types.len()), types));
        }
        Some((Body::Unnamed(0), Vec::new()))
    }

    fn variants(&mut self, name: &str) -> Option<TokenStream> {
        let span = self.span;
        let (mut variants, mut parts) = (Vec::new(), Vec::new());
        while !self.has_ended() {
            let variant = self.word()?.to_string();
            let (body, types) = self.body()?;
            variants.push((variant, body));
            parts.extend(types);
            self.comma()?;
        }
        let names = names_of_enum(name, &variants);
        Some(quote_spanned!(span=> ::streamflow::__private::Named<#names, (#(#parts,)*)>))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> Option<String> {
        let tokens = of_type(text, Span::call_site())?.to_string();
        Some(
            tokens
                .replace(' ', "")
                .replace("::streamflow::__private::", ""),
        )
    }

    fn written(text: &str) -> String {
        shape(text)
            .unwrap_or_default()
            .replace("::core::primitive::", "")
    }

    #[test]
    fn words_of_the_language_stand_for_themselves() {
        assert_eq!(written("(u8, (str,))"), "(u8,(Words,),)");
        assert_eq!(written("Option<[f64]>"), "Maybe<List<f64>>");
        assert_eq!(written("[u64; 24]"), "[u64;24]");
        assert_eq!(
            written("{str: Option<Option<bool>>}"),
            "Map<Words,Maybe<Maybe<bool>>>"
        );
        assert_eq!(written("Mean"), "Mean");
        assert_eq!(written("()"), "()");
    }

    #[test]
    fn type_of_the_user_is_a_number_for_its_names_and_what_is_in_it() {
        let totals = written("Totals { visits: u64, spent: f64 }");
        assert!(totals.ends_with(",(u64,f64,)>"), "{totals}");
        assert_ne!(totals, written("Totals { spent: u64, visits: f64 }"));
        assert_ne!(totals, written("Total { visits: u64, spent: f64 }"));
        assert_ne!(written("Pair(u64)"), written("Pair { u64: u64 }"));
        let event = written("enum Event { Click, Buy(f64), Ask { word: str } }");
        assert!(event.ends_with(",(f64,Words,)>"), "{event}");
        assert_ne!(written("type Uuid"), written("Uuid"));
        assert_ne!(
            event,
            written("enum Event { Buy(f64), Click, Ask { word: str } }")
        );
    }

    #[test]
    fn what_is_no_layout_is_not_read() {
        for text in [
            "",
            "u8 u8",
            "[",
            "Totals { visits }",
            "Option<u8",
            "(u8; u8)",
        ] {
            assert_eq!(shape(text), None, "{text}");
        }
        let span = Span::call_site();
        assert!(of_state("keyed str -> u64", span).is_some());
        assert!(of_state("single Mean", span).is_some());
        assert!(of_state("rows", span).is_none());
    }
}
