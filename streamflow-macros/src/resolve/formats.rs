//! Resolves the format behind `as`: built-in ones are words of the language, anything else is a
//! type of the user's.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use syn::parse::Parser;
use syn::{PathArguments, PathSegment, Type, parse_quote_spanned};

use crate::diagnostics::Diagnostics;
use crate::suggest;
use crate::support::{self, Use, What};
use crate::syntax::Clause;

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

/// What is wrong with the text of a format.
pub(super) struct Slip {
    pub(super) span: Span,
    pub(super) message: String,
    pub(super) help: String,
}

/// Whether a format of the language stands here.
pub(super) fn is_written(tokens: &TokenStream) -> bool {
    matches!(tokens.clone().into_iter().next(), Some(TokenTree::Ident(word))
        if is_built_in(&word.to_string()))
}

/// Reads the type that a text begins with, and gives what stands behind it.
pub(super) fn written(clause: &Clause) -> Result<(Type, Vec<TokenTree>), Slip> {
    let tokens = &clause.value;
    let all: Vec<TokenTree> = tokens.clone().into_iter().collect();
    if let [TokenTree::Ident(word), TokenTree::Group(group), ..] = all.as_slice()
        && group.delimiter() == Delimiter::Parenthesis
    {
        return Err(in_parentheses(word, group));
    }
    let read = (|input: syn::parse::ParseStream<'_>| {
        let format: Type = input.parse()?;
        let behind: TokenStream = input.parse()?;
        Ok((format, behind))
    })
    .parse2(tokens.clone());
    match read {
        Ok((format, behind)) => Ok((format, behind.into_iter().collect())),
        Err(_) => Err(no_type(&all, clause.value_span())),
    }
}

/// `Json(Click)`.
fn in_parentheses(word: &Ident, group: &Group) -> Slip {
    let inside = crate::text::of(&group.stream());
    let help = if inside.is_empty() {
        format!("write `as {word}<T>`")
    } else {
        format!("write `as {word}<{inside}>`")
    };
    Slip {
        span: group.span_open(),
        message: format!("the type behind `{word}` stands in `<…>`"),
        help,
    }
}

fn no_type(tokens: &[TokenTree], first: Span) -> Slip {
    let is = |token: &TokenTree, mark: char| matches!(token, TokenTree::Punct(punct) if punct.as_char() == mark);
    let count = |mark| tokens.iter().filter(|token| is(token, mark)).count();
    if let Some(open) = tokens.iter().find(|token| is(token, '<'))
        && count('<') > count('>')
    {
        return Slip {
            span: open.span(),
            message: "this `<` is not closed".to_owned(),
            help: format!(
                "write `as {}>`",
                crate::text::of(&tokens.iter().cloned().collect())
            ),
        };
    }
    let fields = tokens.iter().find(
        |token| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace),
    );
    if let (Some(TokenTree::Ident(word)), Some(fields)) = (tokens.first(), fields) {
        return Slip {
            span: fields.span(),
            message: format!("`{word}` takes the name of a type"),
            help: format!(
                "write `#[derive(serde::Deserialize)] struct Click {{ … }}` in front of the job, \
                 and `as {word}<Click>` here"
            ),
        };
    }
    Slip {
        span: first,
        message: "expected a format after `as`".to_owned(),
        help: "write `as Text`, `as Bytes`, `as Record`, `as Csv<T>` or `as Json<T>`".to_owned(),
    }
}

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
        Some(format) => of_one_type(word, format.of_type, diagnostics).then(|| built_in(word)),
        None => no_near_miss(word, later, diagnostics).then_some(written),
    }
}

/// `Csv<&str, u64>` for `Csv<(&str, u64)>`, `Text<Click>` for `Text`.
fn of_one_type(word: &PathSegment, of_type: OfType, diagnostics: &mut Diagnostics) -> bool {
    let PathArguments::AngleBracketed(given) = &word.arguments else {
        return true;
    };
    let name = &word.ident;
    let inside = &given.args;
    let inside = crate::text::of(&quote::quote!(#inside));
    match of_type {
        OfType::Yes
            if given.args.len() > 1
                && !given
                    .args
                    .iter()
                    .all(|arg| matches!(arg, syn::GenericArgument::Type(_))) =>
        {
            let first = given.args.first();
            let first = crate::text::of(&quote::quote!(#first));
            diagnostics
                .error(
                    name.span(),
                    format!("`{name}` takes one type, and nothing else"),
                )
                .help(format!("write `as {name}<{first}>`"));
            false
        }
        OfType::Yes if given.args.len() > 1 => {
            diagnostics
                .error(name.span(), format!("`{name}` takes one type"))
                .help(format!("columns stand in a tuple: `as {name}<({inside})>`"));
            false
        }
        OfType::Yes => true,
        OfType::No => {
            diagnostics
                .error(name.span(), format!("`{name}` takes no type"))
                .help(format!("write `as {name}`, or `as Json<{inside}>`"));
            false
        }
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

/// Whether a word looks like a name, and like no format either.
fn is_no_type(written: &str) -> bool {
    let begins_small = written.starts_with(|first: char| first.is_lowercase());
    begins_small && suggest::nearest(written, FORMATS.iter().map(|format| format.name)).is_none()
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
    if word.arguments.is_none() && is_no_type(&written) {
        diagnostics
            .error(
                word.ident.span(),
                format!("`{written}` is no format, and does not name the stream either"),
            )
            .help(format!(
                "name a stream by `let {written} = from …;`; the formats are `as Text`, `as \
                 Json<T>` and `as Csv<T>`"
            ));
        return false;
    }
    let near = suggest::nearest(&written, FORMATS.iter().map(|format| format.name))
        .filter(|near| !written.starts_with(near));
    let Some(near) = near else { return true };
    let needs_type = FORMATS
        .iter()
        .any(|format| format.name == near && format.of_type == OfType::Yes);
    let arguments = match &word.arguments {
        PathArguments::None if needs_type => "<T>".to_owned(),
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
