//! Resolves the format behind `as`: built-in ones are words of the language, anything else is a
//! type of the user's.

use proc_macro2::{Ident, Span};
use syn::{PathArguments, PathSegment, Type, parse_quote_spanned};

use crate::diagnostics::Diagnostics;
use crate::suggest;
use crate::support::{self, Use, What};

/// A format of the language.
struct Format {
    name: &'static str,
    of_type: OfType,
}

/// Whether a format is one of values of some type, as `Json<Click>` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OfType {
    No,
    Yes,
}

const FORMATS: [Format; 5] = [
    Format {
        name: "Text",
        of_type: OfType::No,
    },
    Format {
        name: "Bytes",
        of_type: OfType::No,
    },
    Format {
        name: "Record",
        of_type: OfType::No,
    },
    Format {
        name: "Csv",
        of_type: OfType::Yes,
    },
    Format {
        name: "Json",
        of_type: OfType::Yes,
    },
];

/// Formats that need a library of their own.
const OF_LIBRARIES: [&str; 2] = ["Avro", "Protobuf"];

/// Types that are taken for formats.
const OF_RUST: [&str; 12] = [
    "String", "str", "bool", "char", "u8", "u16", "u32", "u64", "i32", "i64", "f32", "f64",
];

/// The format of a source or a sink that names none.
pub(super) fn default(operation: &Ident) -> Type {
    let span = crate::span::of_stage(operation);
    parse_quote_spanned!(span=> ::streamflow::__private::formats::Text)
}

/// Whether this word alone names a format of the language.
pub(crate) fn is_built_in(word: &str) -> bool {
    FORMATS.iter().any(|format| format.name == word)
}

/// A source's format; `None` where it cannot be used, which is then reported.
pub(super) fn of_source(
    written: Type,
    later: &mut Vec<Use>,
    diagnostics: &mut Diagnostics,
) -> Option<Type> {
    let written = bare(written);
    let Some(word) = single_word(&written) else {
        return Some(written);
    };
    let name = word.ident.to_string();
    let says_nothing = word.arguments.is_none();
    match FORMATS.iter().find(|format| format.name == name) {
        Some(format) if format.of_type == OfType::Yes && says_nothing => {
            diagnostics
                .error(word.ident.span(), format!("`{name}` does not say of what"))
                .help(format!(
                    "write `as {name}<T>`, where `T` derives `serde::Deserialize`"
                ));
            None
        }
        Some(_) => Some(built_in(word)),
        None => no_near_miss(word, later, diagnostics).then_some(written),
    }
}

/// A sink's format; `None` where it cannot be used, which is then reported.
pub(super) fn of_sink(
    written: Type,
    later: &mut Vec<Use>,
    diagnostics: &mut Diagnostics,
) -> Option<Type> {
    let written = bare(written);
    let Some(word) = single_word(&written) else {
        return Some(written);
    };
    if FORMATS.iter().any(|format| word.ident == format.name) {
        return Some(built_in(word));
    }
    no_near_miss(word, later, diagnostics).then_some(written)
}

/// The type itself, where a `macro_rules!` around the job has passed it on as one.
fn bare(written: Type) -> Type {
    match written {
        Type::Group(group) => bare(*group.elem),
        other => other,
    }
}

fn single_word(written: &Type) -> Option<&PathSegment> {
    let Type::Path(path) = written else {
        return None;
    };
    let is_single =
        path.qself.is_none() && path.path.leading_colon.is_none() && path.path.segments.len() == 1;
    path.path.segments.first().filter(|_| is_single)
}

/// The format's own path, so that no import is needed.
fn built_in(word: &PathSegment) -> Type {
    let span = Span::mixed_site().located_at(word.ident.span());
    parse_quote_spanned!(span=> ::streamflow::__private::formats::#word)
}

/// Reports a slip of the finger. A word that goes on where a format's name ends, such as `Jsonl`,
/// is taken for a type of the user's.
fn no_near_miss(word: &PathSegment, later: &mut Vec<Use>, diagnostics: &mut Diagnostics) -> bool {
    let written = word.ident.to_string();
    if OF_RUST.contains(&written.as_str()) {
        diagnostics
            .error(
                word.ident.span(),
                format!("`{written}` is a type of Rust, not a format"),
            )
            .help("`as Text` is the default and gives `&str`; make the value of it in `try_map`");
        return false;
    }
    if OF_LIBRARIES.contains(&written.as_str()) {
        later.extend(support::used(What::Format, &written, word.ident.span()));
        return true;
    }
    let near = suggest::nearest(&written, FORMATS.iter().map(|format| format.name))
        .filter(|near| !written.starts_with(near));
    let Some(near) = near else { return true };
    let arguments = match &word.arguments {
        PathArguments::None => String::new(),
        arguments => crate::text::of(&quote::quote!(#arguments)),
    };
    diagnostics
        .error(word.ident.span(), format!("no format is named `{written}`"))
        .help(format!("did you mean `as {near}{arguments}`?"))
        .help(format!(
            "for a type of your own, write `as self::{written}{arguments}`"
        ));
    false
}
