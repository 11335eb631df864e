//! Writes how a record is read into a value of its source's format.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned;
use syn::{GenericArgument, Path, PathArguments, Type};

use super::context::rt;

/// Reads a record, with what does not fit reported where it is written: a type that `Json` or `Csv`
/// cannot be read into at the type, any other format at the format.
pub(super) fn decode(format: &Type, record: &Ident) -> TokenStream {
    let at = |written: &Type| Span::mixed_site().located_at(written.span());
    if let Some((reader, read, item)) = read_by_serde(format) {
        let at = at(item);
        let (rt, reader, read) = (rt(at), Ident::new(reader, at), Ident::new(read, at));
        return quote_spanned!(at=> #rt::decoded(<#item as #rt::#reader<'_>>::#read(#record)));
    }
    let (ours, at) = (at(format), format.span());
    let (decoded, decode) = (
        quote_spanned!(ours=> ::streamflow::__private::decoded),
        quote_spanned!(ours=> ::streamflow::__private::Decode<'_>),
    );
    // The compiler asks twice whether it is a format, once at its own span: both must be alike.
    quote_spanned!(at=> #decoded(<#format as #decode>::decode(#record)))
}

/// The type in the language's own `Json<T>` and `Csv<T>`, and what reads it.
pub(super) fn read_by_serde(format: &Type) -> Option<(&'static str, &'static str, &Type)> {
    let Type::Path(path) = format else {
        return None;
    };
    let last = path.path.segments.last();
    let last = last.filter(|_| is_of_the_language(&path.path))?;
    let (reader, read) = match last.ident.to_string().as_str() {
        "Json" => ("FromJson", "from_json"),
        "Csv" => ("FromCsv", "from_csv"),
        _ => return None,
    };
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first() {
        Some(GenericArgument::Type(item)) if arguments.args.len() == 1 => {
            Some((reader, read, item))
        }
        _ => None,
    }
}

/// Whether this is where `as` finds the formats of the language.
fn is_of_the_language(format: &Path) -> bool {
    let ours = ["streamflow", "__private", "formats"];
    format.segments.len() == ours.len() + 1
        && (format.segments.iter().zip(ours)).all(|(segment, own)| segment.ident == own)
}
