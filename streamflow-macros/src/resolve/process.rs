//! Resolves the block of `process`: the fields that a key has, and the closures that work on them.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::spanned::Spanned;
use syn::visit::Visit;
use syn::{Attribute, Expr, ExprClosure, ExprLit, Lit, Pat, PatType, Token, Type, TypeReference};

use super::{arguments, process_uses};
use crate::closure;
use crate::diagnostics::Diagnostics;
use crate::model::{Field, Process};
use crate::suggest;
use crate::syntax::Operation;

/// The closures of the block.
const CLOSURES: [&str; 2] = ["on_record", "on_timer"];

/// What other systems call them.
const ELSEWHERE: [(&str, &str); 8] = [
    ("process_element", "on_record"),
    ("processElement", "on_record"),
    ("handle_input_rows", "on_record"),
    ("handleInputRows", "on_record"),
    ("process", "on_record"),
    ("handleExpiredTimer", "on_timer"),
    ("handle_expired_timer", "on_timer"),
    ("punctuate", "on_timer"),
];

/// What syn says where a comma is missing.
const NO_COMMA: &str = "expected `,`";

/// `{ count: u64 = 0, on_record: |key, value, state, out| { … } }`
pub(super) fn read(operation: &Operation, diagnostics: &mut Diagnostics) -> Option<Process> {
    let body = operation.body.as_ref()?;
    let parts = parts(body, diagnostics)?;
    let mut block = Block::default();
    let mut is_sound = true;
    for part in parts {
        is_sound &= block.take(part, operation, diagnostics).is_some();
    }
    if !is_sound {
        return None;
    }
    let Some(on_record) = block.on_record else {
        diagnostics
            .error(
                operation.word.span(),
                format!("`{}` has no `on_record`", operation.word),
            )
            .help("add `on_record: |key, value, state, out| { … }` to the block");
        return None;
    };
    if block.on_timer.is_none()
        && let Some(set) = sets_a_timer(&on_record)
    {
        diagnostics
            .error(set, "a timer is set, and nothing is done when it fires")
            .help("add `on_timer: |key, at, state, out| { … }` to the block");
        return None;
    }
    let closures = [Some(&on_record), block.on_timer.as_ref()];
    for closure in closures.into_iter().flatten() {
        is_sound &= process_uses::are_right(closure, &block.fields, diagnostics);
    }
    if !is_sound {
        return None;
    }
    let process = Process {
        fields: block.fields,
        on_record,
        on_timer: block.on_timer,
    };
    if process.closures().all(gives_nothing) {
        diagnostics
            .error(
                operation.word.span(),
                format!("`{}` gives nothing to the stages behind it", operation.word),
            )
            .help("write `out.emit(…)` in one of its closures");
        return None;
    }
    Some(process)
}

/// What stands between two commas.
struct Part {
    attributes: Vec<Attribute>,
    name: Ident,
    what: What,
}

enum What {
    Closure(Expr),
    Field(Box<(Type, Expr)>),
    /// A field of which something is missing: what is there.
    Half(Span, String),
}

#[derive(Default)]
struct Block {
    fields: Vec<Field>,
    on_record: Option<Expr>,
    on_timer: Option<Expr>,
}

fn parts(body: &Group, diagnostics: &mut Diagnostics) -> Option<Vec<Part>> {
    let read = |input: ParseStream<'_>| {
        let mut parts = Vec::new();
        while !input.is_empty() {
            parts.push(part(input)?);
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(parts)
    };
    match read.parse2(body.stream()) {
        Ok(parts) => Some(parts),
        Err(error) if error.to_string() == NO_COMMA => {
            diagnostics
                .error(error.span(), "expected a comma in front of this")
                .help(
                    "fields and closures stand behind each other: `process { count: u64 = 0, \
                     on_record: |key, value, state, out| { … } }`",
                );
            None
        }
        Err(error) => {
            diagnostics.rust_error(&error, body.span_close());
            None
        }
    }
}

fn part(input: ParseStream<'_>) -> syn::Result<Part> {
    let attributes = input.call(Attribute::parse_outer)?;
    let name = input.call(Ident::parse_any)?;
    let is_closure = CLOSURES.iter().any(|closure| name == closure);
    let what = if input.peek(Token![=]) {
        input.parse::<Token![=]>()?;
        What::Half(name.span(), whole(&name, &input.parse()?))
    } else if input.is_empty() || input.peek(Token![,]) {
        What::Half(name.span(), format!("{name}: u64 = 0"))
    } else {
        input.parse::<Token![:]>()?;
        let begins_closure = input.peek(Token![|]) || input.peek(Token![||]);
        if is_closure || begins_closure || input.peek(Token![move]) {
            What::Closure(input.parse()?)
        } else {
            field(&name, input)?
        }
    };
    Ok(Part {
        attributes,
        name,
        what,
    })
}

fn field(name: &Ident, input: ParseStream<'_>) -> syn::Result<What> {
    let ahead = input.fork();
    let is_type = ahead.parse::<Type>().is_ok_and(|ty| !is_none(&ty));
    if !is_type {
        // `count: 0`
        let init: Expr = input.parse()?;
        return Ok(What::Half(arguments::span_of(&init), whole(name, &init)));
    }
    let ty: Type = input.parse()?;
    if input.parse::<Option<Token![=]>>()?.is_none() {
        let (span, ty) = (arguments::span_of(&ty), ty.to_token_stream());
        let ty = crate::text::of(&ty);
        return Ok(What::Half(
            span,
            format!("{name}: {ty} = {}", beginning(&ty)),
        ));
    }
    Ok(What::Field(Box::new((ty, input.parse()?))))
}

fn is_none(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.is_ident("None"))
}

/// The mark of the first reference in a type.
pub(super) fn lent_in(ty: &Type) -> Option<Token![&]> {
    struct Lent(Option<Token![&]>);
    impl<'ast> Visit<'ast> for Lent {
        fn visit_type_reference(&mut self, reference: &'ast TypeReference) {
            self.0.get_or_insert(reference.and_token);
        }
    }
    let mut lent = Lent(None);
    lent.visit_type(ty);
    lent.0
}

/// A field with a type that it may have by what it begins with.
fn whole(name: &Ident, init: &Expr) -> String {
    let written = crate::text::of(&init.to_token_stream());
    let ty = match init {
        Expr::Lit(ExprLit { lit, .. }) => match lit {
            Lit::Str(_) => return format!("{name}: String = {written}.to_owned()"),
            Lit::Int(_) => "u64",
            Lit::Float(_) => "f64",
            Lit::Bool(_) => "bool",
            _ => "…",
        },
        Expr::Path(path) if path.path.is_ident("None") => "Option<…>",
        Expr::Unary(_) => "i64",
        _ => "…",
    };
    format!("{name}: {ty} = {written}")
}

/// What a field of a type may begin with.
fn beginning(ty: &str) -> &'static str {
    match ty {
        "u8" | "u16" | "u32" | "u64" | "u128" | "usize" | "i8" | "i16" | "i32" | "i64" | "i128"
        | "isize" => "0",
        "f32" | "f64" => "0.0",
        "bool" => "false",
        "String" => "String::new()",
        _ if ty.starts_with("Option") => "None",
        _ => "Default::default()",
    }
}

impl Block {
    fn take(
        &mut self,
        part: Part,
        operation: &Operation,
        diagnostics: &mut Diagnostics,
    ) -> Option<()> {
        let Part {
            attributes,
            name,
            what,
        } = part;
        if let Some(attribute) = attributes.first() {
            attribute_in(&name, attribute, diagnostics);
            return None;
        }
        match what {
            What::Closure(written) => {
                let written = checked(&name, written, operation, diagnostics)?;
                let place = if name == "on_record" {
                    &mut self.on_record
                } else {
                    &mut self.on_timer
                };
                if place.replace(written).is_some() {
                    diagnostics
                        .error(name.span(), format!("`{name}` stands here twice"))
                        .help("take one of them out");
                    return None;
                }
            }
            What::Half(span, whole) => {
                diagnostics
                    .error(
                        span,
                        format!("the field `{name}` needs a type and what it begins with"),
                    )
                    .help(format!("write `{whole}`"));
                return None;
            }
            What::Field(field) => {
                let (ty, init) = *field;
                if self.fields.iter().any(|field| field.name == name) {
                    diagnostics
                        .error(name.span(), format!("two fields are named `{name}`"))
                        .help("the closures find each by its name: give this one another");
                    return None;
                }
                if let Some(lent) = lent_in(&ty) {
                    diagnostics
                        .error(
                            lent.span(),
                            format!("the field `{name}` is kept when its record is gone, and a reference is not"),
                        )
                        .help("write an owned type: `String` for `&str`, `Vec<u8>` for `&[u8]`");
                    return None;
                }
                self.fields.push(Field { name, ty, init });
            }
        }
        Some(())
    }
}

fn attribute_in(name: &Ident, attribute: &Attribute, diagnostics: &mut Diagnostics) {
    let span = attribute.pound_token.span;
    if attribute.path().is_ident("doc") {
        diagnostics
            .error(
                span,
                format!("`{name}` cannot have a documentation comment"),
            )
            .help("write a plain comment: `// …`");
    } else {
        diagnostics
            .error(span, format!("`{name}` cannot have an attribute"))
            .help("take it out");
    }
}

fn checked(
    name: &Ident,
    written: Expr,
    operation: &Operation,
    diagnostics: &mut Diagnostics,
) -> Option<Expr> {
    let word = &operation.word;
    let shape = match name.to_string().as_str() {
        "on_record" => "|key, value, state, out|",
        "on_timer" => "|key, at, state, out|",
        other => {
            unknown(name, other, word, diagnostics);
            return None;
        }
    };
    let Expr::Closure(closure) = &written else {
        diagnostics
            .error(
                arguments::span_of(&written),
                format!("`{name}` takes a closure"),
            )
            .help(format!("write `{name}: {shape} {{ … }}`"));
        return None;
    };
    let count = closure.inputs.len();
    if count != 4 {
        let span = match closure.inputs.first() {
            Some(first) => arguments::span_of(first),
            None => arguments::span_of(closure),
        };
        diagnostics
            .error(
                span,
                format!("the closure `{name}` takes four values, and this one takes {count}"),
            )
            .help(format!("write `{shape} {{ … }}`"));
        return None;
    }
    if let Some(question_mark) = closure::first_try(&closure.body) {
        diagnostics
            .error(
                question_mark,
                format!("`?` cannot leave the closure `{name}`"),
            )
            .help("let a stage in front refuse the record: `| try_map(|item| …) |`");
        return None;
    }
    let forbidden = closure::used_by(&written).forbidden;
    let is_sound = forbidden.is_empty();
    for one in forbidden {
        diagnostics.error(one.span, one.message).help(one.help);
    }
    is_sound.then_some(written)
}

fn unknown(name: &Ident, written: &str, word: &Ident, diagnostics: &mut Diagnostics) {
    let elsewhere = ELSEWHERE.iter().find(|(other, _)| *other == written);
    let near = match elsewhere {
        Some((_, here)) => Some(*here),
        None => suggest::nearest(written, CLOSURES),
    };
    diagnostics
        .error(name.span(), format!("`{word}` has no `{name}`"))
        .help(near.map_or_else(
            || "its closures are `on_record` and `on_timer`".to_owned(),
            |near| format!("did you mean `{near}`?"),
        ));
}

/// Where a closure sets a timer, if it does so by its last parameter.
fn sets_a_timer(function: &Expr) -> Option<Span> {
    let mut uses = Vec::new();
    let (out, body) = out_and_body(function)?;
    uses_of(out, body, &mut uses);
    let set = uses.into_iter().flatten();
    let mut set = set.filter(|method| method == "at" || method == "after");
    set.next().map(|method| method.span())
}

/// Whether a closure gives no item, and hands its last parameter to nobody who could.
fn gives_nothing(function: &Expr) -> bool {
    let mut uses = Vec::new();
    match out_and_body(function) {
        Some((out, body)) => uses_of(out, body, &mut uses),
        // A parameter that is taken apart, or of which nothing is wanted.
        None => return true,
    }
    let mut uses = uses.into_iter();
    uses.all(|method| method.is_some_and(|method| OTHER_METHODS.iter().any(|it| method == it)))
}

/// What can be called on `out` beside `emit`.
pub(super) const OTHER_METHODS: [&str; 7] = [
    "at",
    "after",
    "cancel",
    "forget",
    "time",
    "now",
    "watermark",
];

fn out_and_body(function: &Expr) -> Option<(&Ident, TokenStream)> {
    let Expr::Closure(ExprClosure { inputs, body, .. }) = function else {
        return None;
    };
    let out = match inputs.last()? {
        Pat::Type(PatType { pat, .. }) => &**pat,
        other => other,
    };
    match out {
        Pat::Ident(out) => Some((&out.ident, body.to_token_stream())),
        _ => None,
    }
}

/// What is called on `out`, wherever it is mentioned; nothing where it is something else.
fn uses_of(out: &Ident, code: TokenStream, uses: &mut Vec<Option<Ident>>) {
    let tokens: Vec<TokenTree> = code.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => uses_of(out, group.stream(), uses),
            TokenTree::Ident(word) if word == out => {
                uses.push(match tokens.get(at + 1..) {
                    Some([TokenTree::Punct(dot), TokenTree::Ident(method), ..])
                        if dot.as_char() == '.' =>
                    {
                        Some(method.clone())
                    }
                    _ => None,
                });
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}
