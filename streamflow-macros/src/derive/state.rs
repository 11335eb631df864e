//! `#[derive(State)]`: the layout of a type of the user's, known to the compiler.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Fields, Type};

use crate::shape::{Body, names_of_enum, names_of_struct};

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
    let mut writing = Writing::default();
    let names = match &input.data {
        Data::Struct(data) => {
            writing.body(&name.unraw().to_string(), &data.fields, name)?;
            names_of_struct(&name.unraw().to_string(), &body(&data.fields))
        }
        Data::Enum(data) => {
            writing.text(&format!("enum {} {{ ", name.unraw()));
            for (at, variant) in data.variants.iter().enumerate() {
                writing.text(if at == 0 { "" } else { ", " });
                writing.body(&variant.ident.unraw().to_string(), &variant.fields, name)?;
            }
            writing.text(" }");
            let variants: Vec<_> = data
                .variants
                .iter()
                .map(|variant| (variant.ident.unraw().to_string(), body(&variant.fields)))
                .collect();
            names_of_enum(&name.unraw().to_string(), &variants)
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
    let shapes = parts.iter().map(|part| {
        let span = Span::mixed_site().located_at(part.span());
        quote_spanned!(span=> <#part as ::streamflow::__private::Layout>::Shape)
    });
    // A part without a layout is then one error, here; the body takes these bounds as given.
    let bounds = parts.iter().map(|part| {
        let span = Span::mixed_site().located_at(part.span());
        quote_spanned!(span=> #part: ::streamflow::__private::Layout,)
    });
    let out = out();
    Ok(quote! {
        #[automatically_derived]
        impl ::streamflow::__private::Layout for #name
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

fn body(fields: &Fields) -> Body {
    match fields {
        Fields::Named(fields) => Body::Named(
            fields
                .named
                .iter()
                .filter_map(|field| Some(field.ident.as_ref()?.unraw().to_string()))
                .collect(),
        ),
        Fields::Unnamed(fields) => Body::Unnamed(fields.unnamed.len()),
        Fields::Unit => Body::Unnamed(0),
    }
}

/// The statements that write a layout, and the types that they ask for theirs.
#[derive(Default)]
struct Writing<'i> {
    statements: Vec<TokenStream>,
    parts: Vec<&'i Type>,
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

    fn part(&mut self, part: &'i Type, own: &Ident) -> syn::Result<()> {
        if mentions(part, own) {
            return Err(syn::Error::new_spanned(
                part,
                format!(
                    "`{own}` holds itself, and its layout has no end\n\
                     help: state of such a type cannot be locked: leave `State` out"
                ),
            ));
        }
        self.flush();
        let span = Span::mixed_site().located_at(part.span());
        self.statements
            .push(quote_spanned!(span=> <#part as ::streamflow::__private::Layout>::layout(text);));
        self.parts.push(part);
        Ok(())
    }

    /// A struct or a variant: `Buy(f64)`, `Totals { visits: u64 }`, `Click`.
    fn body(&mut self, name: &str, fields: &'i Fields, own: &Ident) -> syn::Result<()> {
        self.text(name);
        match fields {
            Fields::Named(fields) if fields.named.is_empty() => self.text(" {}"),
            Fields::Named(fields) => {
                self.text(" { ");
                for (at, field) in fields.named.iter().enumerate() {
                    let name = field.ident.as_ref().map(Ident::unraw);
                    let name = name.map_or_else(String::new, |name| name.to_string());
                    let comma = if at == 0 { "" } else { ", " };
                    self.text(&format!("{comma}{name}: "));
                    self.part(&field.ty, own)?;
                }
                self.text(" }");
            }
            Fields::Unnamed(fields) if fields.unnamed.is_empty() => {}
            Fields::Unnamed(fields) => {
                self.text("(");
                for (at, field) in fields.unnamed.iter().enumerate() {
                    self.text(if at == 0 { "" } else { ", " });
                    self.part(&field.ty, own)?;
                }
                self.text(")");
            }
            Fields::Unit => {}
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
