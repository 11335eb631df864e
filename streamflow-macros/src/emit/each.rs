//! Writes the operators that put one function to work on each item.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::context::{Context, Item, rt, variable};
use super::record::{consume, one, pair};
use crate::closure::{Closure, Function, Leaves};
use crate::model::Each;
use crate::plan::Stage;

/// Writes the stage, and everything behind it inside.
pub(super) fn stage(
    ctx: Context<'_, '_>,
    number: usize,
    stage: &Stage<'_>,
    each: Each,
    function: &Function,
    item: Item,
) -> TokenStream {
    let writer = Writer { ctx, number, stage, span: stage.span() };
    match each {
        Each::Map => writer.map(function, item),
        Each::Filter => writer.filter(function, item),
        Each::FilterMap => writer.filter_map(function, item),
        Each::FlatMap => writer.flat_map(function, item),
        Each::Inspect => writer.inspect(function, item),
        Each::TryMap => writer.try_map(function, item),
        Each::MapValues => writer.map_values(function, item),
        Each::KeyBy => writer.key_by(function, item),
        Each::ForEach => writer.for_each(function, item),
    }
}

struct Writer<'a, 'p, 'm> {
    ctx: Context<'p, 'm>,
    number: usize,
    stage: &'a Stage<'m>,
    span: Span,
}

impl Writer<'_, '_, '_> {
    fn rest(&self, item: Item) -> TokenStream {
        consume(self.ctx, &self.stage.consumers, item, self.span)
    }

    fn next(&self) -> Ident {
        variable("item", self.number, self.span)
    }

    /// What calls a function that is not a closure.
    fn callee(&self, function: &Function) -> TokenStream {
        callee(function, "function", self.number, self.span)
    }

    fn map(&self, function: &Function, item: Item) -> TokenStream {
        let (made, item) = one(item, self.span);
        let next = self.next();
        let rest = self.rest(Item::One(next.clone()));
        let mapped = self.value(function, &item, &next, &rest);
        quote!(#made #mapped)
    }

    /// `let next = f(item); rest`, in the shape that the function's control flow asks for.
    fn value(&self, function: &Function, item: &Ident, next: &Ident, rest: &TokenStream) -> TokenStream {
        let span = self.span;
        let Function::Closure(closure) = function else {
            let callee = self.callee(function);
            return quote_spanned!(span=> let #next = #callee(#item); #rest);
        };
        let pattern = &closure.pattern;
        if closure.leaves == Leaves::ByTry {
            return self.tried(closure, &quote_spanned!(span=> let #pattern = #item;), next, rest);
        }
        let body = body(closure, span);
        let ascribed = ascribed(closure, span);
        if self.stage.scoped {
            quote_spanned!(span=> let #next #ascribed = { let #pattern = #item; #body }; #rest)
        } else {
            quote_spanned!(span=> let #pattern = #item; let #next #ascribed = #body; #rest)
        }
    }

    /// A body with `?`: its value goes on, its failure meets the stage's policy.
    fn tried(
        &self,
        closure: &Closure,
        bind: &TokenStream,
        next: &Ident,
        rest: &TokenStream,
    ) -> TokenStream {
        let span = self.span;
        let rt = rt(span);
        let body = closure.body_with_tries(&rt, &Ident::new("fine", span));
        let refuse = self.ctx.refuse(self.number, span);
        let (before, attempt) = if self.stage.scoped {
            (TokenStream::new(), quote_spanned!(span=> { #bind #rt::attempt(|| #rt::fine(#body)) }))
        } else {
            (bind.clone(), quote_spanned!(span=> #rt::attempt(|| #rt::fine(#body))))
        };
        quote_spanned! {span=>
            #before
            match #attempt {
                ::core::result::Result::Ok(#next) => { #rest }
                #refuse
            }
        }
    }

    fn filter(&self, function: &Function, item: Item) -> TokenStream {
        let span = self.span;
        let (made, item) = one(item, span);
        let rest = self.rest(Item::One(item.clone()));
        let filtered = match function {
            Function::Closure(closure) if closure.leaves == Leaves::ByTry => {
                let pattern = &closure.pattern;
                let keep = Ident::new("keep", span);
                let bind = quote_spanned!(span=> let #pattern = &#item;);
                let rest = quote_spanned!(span=> if #keep { #rest });
                let tried = self.tried(closure, &bind, &keep, &rest);
                quote_spanned!(span=> { #tried })
            }
            Function::Closure(closure) => {
                let pattern = &closure.pattern;
                let body = body(closure, span);
                let keep = Ident::new("keep", span);
                quote_spanned! {span=>
                    let #keep: bool = { let #pattern = &#item; #body };
                    if #keep { #rest }
                }
            }
            Function::Path(_) | Function::Value(_) => {
                let callee = self.callee(function);
                quote_spanned!(span=> if #callee(&#item) { #rest })
            }
        };
        quote!(#made #filtered)
    }

    /// `?` leaves the item out here, as it gives `None` in any closure that gives an `Option`.
    fn filter_map(&self, function: &Function, item: Item) -> TokenStream {
        let span = self.span;
        let (made, item) = one(item, span);
        let next = self.next();
        let rest = self.rest(Item::One(next.clone()));
        let Function::Closure(closure) = function else {
            let callee = self.callee(function);
            return quote_spanned! {span=>
                #made
                if let ::core::option::Option::Some(#next) = #callee(#item) { #rest }
            };
        };
        let pattern = &closure.pattern;
        let body = own_body(closure, span);
        let option = Ident::new("option", span);
        let ascribed = ascribed(closure, span);
        let (before, value) = self.in_scope(&quote_spanned!(span=> let #pattern = #item;), &body);
        quote_spanned! {span=>
            #made
            #before
            let #option #ascribed = #value;
            if let ::core::option::Option::Some(#next) = #option { #rest }
        }
    }

    /// The binding and the value, apart or in one block.
    fn in_scope(&self, bind: &TokenStream, value: &TokenStream) -> (TokenStream, TokenStream) {
        let span = self.span;
        if self.stage.scoped {
            (TokenStream::new(), quote_spanned!(span=> { #bind #value }))
        } else {
            (bind.clone(), value.clone())
        }
    }

    fn flat_map(&self, function: &Function, item: Item) -> TokenStream {
        let span = self.span;
        let (made, item) = one(item, span);
        let next = self.next();
        let rest = self.rest(Item::One(next.clone()));
        let many = variable("many", self.number, span);
        let rest = quote_spanned!(span=> for #next in #many { #rest });
        let mapped = self.value(function, &item, &many, &rest);
        quote!(#made #mapped)
    }

    fn inspect(&self, function: &Function, item: Item) -> TokenStream {
        let span = self.span;
        let (made, item) = one(item, span);
        let seen = self.effect(function, &quote_spanned!(span=> &#item));
        let rest = self.rest(Item::One(item));
        quote!(#made #seen #rest)
    }

    fn for_each(&self, function: &Function, item: Item) -> TokenStream {
        let span = self.span;
        let (made, item) = one(item, span);
        let done = self.effect(function, &quote_spanned!(span=> #item));
        quote!(#made #done)
    }

    /// A function that gives nothing.
    fn effect(&self, function: &Function, argument: &TokenStream) -> TokenStream {
        let span = self.span;
        match function {
            Function::Closure(closure) => {
                let pattern = &closure.pattern;
                let bind = quote_spanned!(span=> let #pattern = #argument;);
                if closure.leaves == Leaves::ByTry {
                    let next = Ident::new("nothing", span);
                    let rest = quote_spanned!(span=> let () = #next;);
                    let tried = self.tried(closure, &bind, &next, &rest);
                    return quote_spanned!(span=> { #tried });
                }
                let body = body(closure, span);
                let nothing = Ident::new("nothing", span);
                quote_spanned!(span=> { #bind let #nothing: () = #body; #nothing })
            }
            Function::Path(_) | Function::Value(_) => {
                let callee = self.callee(function);
                let nothing = Ident::new("nothing", span);
                quote_spanned!(span=> { let #nothing: () = #callee(#argument); #nothing })
            }
        }
    }

    fn try_map(&self, function: &Function, item: Item) -> TokenStream {
        let span = self.span;
        let rt = rt(span);
        let (made, item) = one(item, span);
        let next = self.next();
        let rest = self.rest(Item::One(next.clone()));
        let refuse = self.ctx.refuse(self.number, span);
        let (before, attempt) = match function {
            Function::Closure(closure) => {
                let pattern = &closure.pattern;
                let bind = quote_spanned!(span=> let #pattern = #item;);
                let attempt = if closure.output.is_some() || closure.leaves == Leaves::Never {
                    let body = own_body(closure, span);
                    quote_spanned!(span=> #rt::tried(#body))
                } else {
                    let body = closure.body_with_tries(&rt, &Ident::new("tried", span));
                    quote_spanned!(span=> #rt::attempt(|| #rt::tried(#body)))
                };
                self.in_scope(&bind, &attempt)
            }
            Function::Path(_) | Function::Value(_) => {
                let callee = self.callee(function);
                (TokenStream::new(), quote_spanned!(span=> #rt::tried(#callee(#item))))
            }
        };
        quote_spanned! {span=>
            #made
            #before
            match #attempt {
                ::core::result::Result::Ok(#next) => { #rest }
                #refuse
            }
        }
    }

    fn map_values(&self, function: &Function, item: Item) -> TokenStream {
        let (made, key, value) = pair(item, self.number, self.span);
        let next = variable("mapped", self.number, self.span);
        let rest = self.rest(Item::Pair(key, next.clone()));
        let mapped = self.value(function, &value, &next, &rest);
        quote!(#made #mapped)
    }

    /// The key stays a variable of its own, so that it may borrow from the item.
    fn key_by(&self, function: &Function, item: Item) -> TokenStream {
        let span = self.span;
        let (made, item) = one(item, span);
        let key = variable("key", self.number, span);
        let rest = self.rest(Item::Pair(key.clone(), item.clone()));
        let keyed = match function {
            Function::Closure(closure) if closure.leaves == Leaves::ByTry => {
                let pattern = &closure.pattern;
                let bind = quote_spanned!(span=> let #pattern = &#item;);
                self.tried(closure, &bind, &key, &rest)
            }
            Function::Closure(closure) => {
                let pattern = &closure.pattern;
                let body = body(closure, span);
                let ascribed = ascribed(closure, span);
                quote_spanned! {span=>
                    let #key #ascribed = { let #pattern = &#item; #body };
                    #rest
                }
            }
            Function::Path(_) | Function::Value(_) => {
                let callee = self.callee(function);
                quote_spanned!(span=> let #key = #callee(&#item); #rest)
            }
        };
        quote!(#made #keyed)
    }
}

/// What calls a function that is not a closure put in place.
pub(super) fn callee(function: &Function, what: &str, number: usize, span: Span) -> TokenStream {
    match function {
        Function::Path(path) => quote!(#path),
        Function::Value(_) => {
            let variable = variable(what, number, span);
            quote!(#variable)
        }
        Function::Closure(closure) => {
            let (pattern, body) = (&closure.pattern, &closure.body);
            quote_spanned!(span=> (|#pattern| #body))
        }
    }
}

/// The body as a value; a `return` in it is caught.
pub(super) fn body(closure: &Closure, span: Span) -> TokenStream {
    let body = &closure.body;
    match closure.leaves {
        Leaves::Never => quote!(#body),
        Leaves::ByReturn | Leaves::ByTry => own_body(closure, span),
    }
}

/// The body as that of an ordinary closure: `?` and `return` give its value.
fn own_body(closure: &Closure, span: Span) -> TokenStream {
    let rt = rt(span);
    let body = &closure.body;
    match (&closure.output, closure.leaves) {
        (None, Leaves::Never) => quote!(#body),
        (Some(output), Leaves::Never) => {
            let value = Ident::new("value", span);
            quote_spanned!(span=> { let #value: #output = #body; #value })
        }
        (Some(output), _) => quote_spanned!(span=> #rt::once(|| -> #output { #body })),
        (None, _) => quote_spanned!(span=> #rt::once(|| #body)),
    }
}

/// The type that the user wrote for the closure's result.
fn ascribed(closure: &Closure, span: Span) -> TokenStream {
    match &closure.output {
        Some(output) => quote_spanned!(span=> : #output),
        None => TokenStream::new(),
    }
}
