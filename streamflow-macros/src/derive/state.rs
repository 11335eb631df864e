//! `#[derive(State)]`: the layout of a type of the user's, known to the compiler.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Field, Fields, Type};

use super::attributes;
use crate::shape::{Body, name_alone, names_of_enum, names_of_struct};

/// The impl that gives a type a layout: its words, and a type that stands for them.
pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    match layout(&input) {
        Ok(tokens) => tokens,
        Err(error) => error.into_compile_error(),
    }
}

fn layout(input: &DeriveInput) -> syn::Result<TokenStream> {
    if let Some(parameter) = input.generics.params.first() {
        return Err(syn::Error::new_spanned(
            parameter,
            "`State` can be derived only for types without parameters\n\
             help: state is owned, and its layout is one: write the type out for each use",
        ));
    }
    let name = &input.ident;
    let written = attributes::name(name, &input.attrs);
    let mut writing = Writing::default();
    let names = match &input.data {
        Data::Struct(data) => {
            let inside = Inside::of(&data.fields)?;
            writing.inside(&written, &inside, name)?;
            names_of_struct(&written, &inside.body)
        }
        Data::Enum(data) => {
            writing.text(&format!("enum {written} {{ "));
            let mut variants = Vec::new();
            for variant in &data.variants {
                writing.text(if variants.is_empty() { "" } else { ", " });
                let written = attributes::name(&variant.ident, &variant.attrs);
                let inside = Inside::of(&variant.fields)?;
                writing.inside(&written, &inside, name)?;
                variants.push((written, inside.body));
            }
            writing.text(" }");
            names_of_enum(&written, &variants)
        }
        Data::Union(data) => {
            return Err(syn::Error::new_spanned(
                data.union_token,
                "`State` cannot be derived for a union",
            ));
        }
    };
    let Writing {
        statements, parts, ..
    } = writing.finished();
    let shapes = parts.iter().map(Part::shape);
    // A part without a layout is then one error, here; the body takes these bounds as given.
    let bounds = parts.iter().filter_map(|part| match part {
        Part::Known(part) => {
            let span = Span::mixed_site().located_at(part.span());
            Some(quote_spanned!(span=> #part: ::streamflow::__private::KnownLayout,))
        }
        Part::ByName(_) => None,
    });
    let out = out();
    Ok(quote! {
        #[automatically_derived]
        impl ::streamflow::__private::KnownLayout for #name
        where
            #(#bounds)*
        {
            type Shape = ::streamflow::__private::Named<#names, (#(#shapes,)*)>;
            type Shown = Self;
            fn layout(#out: &mut ::std::string::String) {
                #(#statements)*
            }
        }
    })
}

/// What the generated function writes to.
fn out() -> Ident {
    Ident::new("text", Span::mixed_site())
}

/// What a checkpoint holds of a struct or a variant.
struct Inside<'i> {
    body: Body,
    parts: Vec<Part<'i>>,
}

/// The type of a field.
#[derive(Clone)]
enum Part<'i> {
    /// Its layout is known.
    Known(&'i Type),
    /// It goes by its name.
    ByName(String),
}

impl<'i> Part<'i> {
    fn of(field: &'i Field) -> syn::Result<Self> {
        if !attributes::is_by_name(&field.attrs)? {
            return Ok(Part::Known(&field.ty));
        }
        let name = match &field.ty {
            Type::Path(path) => path.path.segments.last(),
            _ => None,
        };
        match name {
            Some(name) => Ok(Part::ByName(name.ident.to_string())),
            None => Err(syn::Error::new_spanned(
                &field.ty,
                "this type has no name\nhelp: take `#[state(by_name)]` away",
            )),
        }
    }

    fn shape(&self) -> TokenStream {
        match self {
            Part::Known(part) => {
                let span = Span::mixed_site().located_at(part.span());
                quote_spanned!(span=> <#part as ::streamflow::__private::KnownLayout>::Shape)
            }
            Part::ByName(name) => {
                let name = name_alone(name);
                quote!(::streamflow::__private::Named<#name, ()>)
            }
        }
    }
}

impl<'i> Inside<'i> {
    fn of(fields: &'i Fields) -> syn::Result<Self> {
        let kept: Vec<&Field> = fields
            .iter()
            .filter(|field| !attributes::is_skipped(&field.attrs))
            .collect();
        let names = kept.iter().filter_map(|field| {
            let own = field.ident.as_ref()?;
            Some(attributes::name(own, &field.attrs))
        });
        let body = match fields {
            Fields::Named(_) => Body::Named(names.collect()),
            Fields::Unnamed(_) | Fields::Unit => Body::Unnamed(kept.len()),
        };
        let parts: syn::Result<_> = kept.iter().map(|field| Part::of(field)).collect();
        Ok(Inside {
            body,
            parts: parts?,
        })
    }
}

/// The statements that write a layout, and the types that they ask for theirs.
#[derive(Default)]
struct Writing<'i> {
    statements: Vec<TokenStream>,
    parts: Vec<Part<'i>>,
    /// Words that are not yet part of a statement.
    pending: String,
}

impl<'i> Writing<'i> {
    fn text(&mut self, text: &str) {
        self.pending.push_str(text);
    }

    fn flush(&mut self) {
        if !self.pending.is_empty() {
            let (text, out) = (std::mem::take(&mut self.pending), out());
            self.statements.push(quote!(#out.push_str(#text);));
        }
    }

    fn finished(mut self) -> Self {
        self.flush();
        self
    }

    fn part(&mut self, part: &Part<'i>, own: &Ident) -> syn::Result<()> {
        match part {
            Part::ByName(name) => self.text(&format!("type {name}")),
            Part::Known(part) if mentions(part, own) => {
                return Err(syn::Error::new_spanned(
                    part,
                    format!(
                        "`{own}` holds itself, and its layout has no end\n\
                         help: write `#[state(by_name)]` on the field"
                    ),
                ));
            }
            Part::Known(part) => {
                self.flush();
                let (span, out) = (Span::mixed_site().located_at(part.span()), out());
                self.statements.push(quote_spanned! {span=>
                    <#part as ::streamflow::__private::KnownLayout>::layout(#out);
                });
            }
        }
        self.parts.push(part.clone());
        Ok(())
    }

    /// A struct or a variant: `Buy(f64)`, `Totals { visits: u64 }`, `Click`.
    fn inside(&mut self, name: &str, inside: &Inside<'i>, own: &Ident) -> syn::Result<()> {
        self.text(name);
        match &inside.body {
            Body::Named(names) if names.is_empty() => self.text(" {}"),
            Body::Named(names) => {
                self.text(" { ");
                for (at, (name, part)) in names.iter().zip(&inside.parts).enumerate() {
                    let comma = if at == 0 { "" } else { ", " };
                    self.text(&format!("{comma}{name}: "));
                    self.part(part, own)?;
                }
                self.text(" }");
            }
            Body::Unnamed(0) => {}
            Body::Unnamed(_) => {
                self.text("(");
                for (at, part) in inside.parts.iter().enumerate() {
                    self.text(if at == 0 { "" } else { ", " });
                    self.part(part, own)?;
                }
                self.text(")");
            }
        }
        Ok(())
    }
}

/// Whether a type mentions another one by its name alone.
fn mentions(part: &Type, own: &Ident) -> bool {
    let mut found = false;
    let mut look = Mentions {
        own,
        found: &mut found,
    };
    syn::visit::Visit::visit_type(&mut look, part);
    found
}

struct Mentions<'a> {
    own: &'a Ident,
    found: &'a mut bool,
}

impl<'ast> syn::visit::Visit<'ast> for Mentions<'_> {
    fn visit_type_path(&mut self, path: &'ast syn::TypePath) {
        *self.found |= path.path.is_ident(self.own) || path.path.is_ident("Self");
        syn::visit::visit_type_path(self, path);
    }
}
