//! Writes the operators that put one function to work on each item.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Pat, PatTuple, PatType, Stmt, Type};

use super::context::{Context, Item, Names, rt, variable};
use super::lent;
use super::record::{consume, one, pair, share, walk};
use crate::closure::{Closure, Function, Leaves, rewrite};
use crate::model::{Each, Retry};
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
    let writer = Writer {
        ctx,
        number,
        stage,
        span: stage.span(),
    };
    match each {
        Each::Map => writer.map(function, item),
        Each::Filter => writer.filter(function, item),
        Each::FilterMap => writer.filter_map(function, item),
        Each::FlatMap => writer.flat_map(function, item),
        Each::Inspect => writer.inspect(function, item),
        Each::TryMap => writer.try_map(function, item),
        Each::MapValues => writer.map_values(function, item),
        Each::FlatMapValues => writer.flat_map_values(function, item),
        Each::KeyBy => writer.key_by(function, item),
        Each::ForEach => writer.for_each(function, item),
    }
}

pub(super) struct Writer<'a, 'p, 'm> {
    pub(super) ctx: Context<'p, 'm>,
    pub(super) number: usize,
    pub(super) stage: &'a Stage<'m>,
    pub(super) span: Span,
}

impl Writer<'_, '_, '_> {
    fn rest(&self, item: Item) -> TokenStream {
        consume(self.ctx, self.number, item, self.span)
    }

    fn next(&self) -> Ident {
        variable("item", self.number, self.span)
    }

    /// The item in one variable; of a tuple that is lent, what its parts are lent or copied as.
    fn whole(&self, function: &Function, item: Item) -> (TokenStream, Ident) {
        let (made, item) = one(item, self.span);
        if !self.is_lent() {
            return (made, item);
        }
        let (apart, item) = lent::apart(function, item, self.number);
        (quote!(#made #apart), item)
    }

    /// Whether another stage takes the items too, behind this one.
    fn is_lent(&self) -> bool {
        lent::is_lent(self.ctx.plan, self.number)
    }

    /// Binds what the closure takes.
    fn bind(&self, closure: &Closure, item: &Ident) -> TokenStream {
        if !self.is_lent() {
            return bind(&closure.pattern, &quote!(#item), self.span);
        }
        let bound = bind_as(&closure.pattern, &quote!(#item), "LentAs", self.span);
        let checked = lent::checked(closure, self.number);
        quote!(#bound #checked)
    }

    /// What calls a function that is not a closure.
    fn callee(&self, function: &Function) -> TokenStream {
        callee(function, "function", self.number, self.span)
    }

    fn map(&self, function: &Function, item: Item) -> TokenStream {
        let (made, item) = self.whole(function, item);
        let next = self.next();
        let rest = self.rest(Item::One(next.clone()));
        let mapped = self.value(function, &item, &next, &rest);
        quote!(#made #mapped)
    }

    fn flat_map(&self, function: &Function, item: Item) -> TokenStream {
        let span = self.span;
        let (made, item) = self.whole(function, item);
        let next = self.next();
        let rest = self.rest(Item::One(next.clone()));
        let many = variable("many", self.number, span);
        let rest = walk(&many, &next, &rest, span);
        let mapped = self.value(function, &item, &many, &rest);
        quote!(#made #mapped)
    }

    fn map_values(&self, function: &Function, item: Item) -> TokenStream {
        let (made, key, value) = pair(item, self.number, self.span);
        let next = variable("mapped", self.number, self.span);
        let rest = self.rest(Item::Pair(key, next.clone()));
        let mapped = self.value(function, &value, &next, &rest);
        quote!(#made #mapped)
    }

    /// The key goes with each of the values: a copy of it where it is `Copy`, a reference otherwise.
    fn flat_map_values(&self, function: &Function, item: Item) -> TokenStream {
        let span = self.span;
        let (made, key, value) = pair(item, self.number, span);
        let (many, next) = (
            variable("many", self.number, span),
            variable("mapped", self.number, span),
        );
        let shared = variable("shared", self.number, span);
        let share = share(&key, &shared, span);
        let rest = self.rest(Item::Pair(shared, next.clone()));
        let rest = walk(&many, &next, &quote!(#share #rest), span);
        let mapped = self.value(function, &value, &many, &rest);
        quote!(#made #mapped)
    }

    /// `?` leaves the item out here, as it gives `None` in any closure that gives an `Option`.
    fn filter_map(&self, function: &Function, item: Item) -> TokenStream {
        let span = self.span;
        let (made, item) = self.whole(function, item);
        let next = self.next();
        let rest = self.rest(Item::One(next.clone()));
        let option = variable("option", self.number, span);
        let rest = quote_spanned! {span=>
            if let ::core::option::Option::Some(#next) = #option { #rest }
        };
        let mapped = match function {
            Function::Closure(closure) => {
                // The type is said here, so that a body of another type is where it is reported.
                let ascribed = if closure.output.is_some() {
                    ascribed(closure, span)
                } else {
                    quote_spanned!(span=> : ::core::option::Option<_>)
                };
                self.bound(closure, &item, &option, &ascribed, &rest)
            }
            Function::Path(_) | Function::Value(_) => self.value(function, &item, &option, &rest),
        };
        quote!(#made #mapped)
    }

    /// `let next = f(item); rest`, in the shape that the function's control flow asks for.
    fn value(
        &self,
        function: &Function,
        item: &Ident,
        next: &Ident,
        rest: &TokenStream,
    ) -> TokenStream {
        let span = self.span;
        match function {
            Function::Closure(closure)
                if closure.leaves == Leaves::ByTry && self.stage.retry.is_some() =>
            {
                let attempt = inside(closure, &self.given(item), &attempt(closure, span), span);
                self.met(&attempt, next, rest)
            }
            Function::Closure(closure) if closure.leaves == Leaves::ByTry => {
                let bind = self.bind(closure, item);
                let (before, attempt) = self.in_scope(bind, attempt(closure, span));
                let met = self.met(&attempt, next, rest);
                quote!(#before #met)
            }
            Function::Closure(closure) => {
                self.bound(closure, item, next, &ascribed(closure, self.span), rest)
            }
            Function::Path(_) | Function::Value(_) => {
                let callee = self.callee(function);
                quote_spanned!(span=> let #next = #callee(#item); #rest)
            }
        }
    }

    /// The closure's value, where nothing but the value can come of it.
    fn bound(
        &self,
        closure: &Closure,
        item: &Ident,
        next: &Ident,
        ascribed: &TokenStream,
        rest: &TokenStream,
    ) -> TokenStream {
        let span = self.span;
        let bind = self.bind(closure, item);
        let (before, value) = self.in_scope(bind, body(closure, span));
        quote_spanned!(span=> #before let #next #ascribed = #value; #rest)
    }

    /// The binding and the value: apart, so that later stages may borrow from what is bound; or
    /// in one block, where its names must not be seen by them.
    fn in_scope(&self, bind: TokenStream, value: TokenStream) -> (TokenStream, TokenStream) {
        if self.stage.scoped {
            (
                TokenStream::new(),
                quote_spanned!(self.span=> { #bind #value }),
            )
        } else {
            (bind, value)
        }
    }

    /// The value of an attempt goes on; its failure meets the stage's policy.
    fn met(&self, attempt: &TokenStream, next: &Ident, rest: &TokenStream) -> TokenStream {
        let span = self.span;
        let attempt = &self.tried(attempt);
        let outcome = variable("outcome", self.number, span);
        let refuse = self.ctx.refuse(self.number, span);
        if let Some(default) = self.stage.default {
            let error = Ident::new("error", span);
            let refused = self.ctx.refused(self.number, &error, span);
            return quote_spanned! {span=>
                let #outcome = #attempt;
                let #next = match #outcome {
                    ::core::result::Result::Ok(#next) => #next,
                    ::core::result::Result::Err(#error) => { #refused #default }
                };
                #rest
            };
        }
        quote_spanned! {span=>
            let #outcome = #attempt;
            match #outcome {
                ::core::result::Result::Ok(#next) => { #rest }
                #refuse
            }
        }
    }

    /// The attempt, which is made again as often as the stage's policy says.
    fn tried(&self, attempt: &TokenStream) -> TokenStream {
        let Some(Retry {
            times,
            from_ms,
            to_ms,
            ..
        }) = self.stage.retry
        else {
            return attempt.clone();
        };
        let (span, number) = (self.span, self.number);
        let rt = rt(span);
        let Names { worker, .. } = Names::new(span);
        let (retries, tried) = (
            variable("retries", number, span),
            variable("tried", number, span),
        );
        let error = Ident::new("error", span);
        quote_spanned! {span=>
            {
                let mut #retries = #rt::retries(#times, #from_ms, #to_ms);
                loop {
                    let #tried = #attempt;
                    match &#tried {
                        ::core::result::Result::Err(#error)
                            if #rt::tries_again(#worker, #number, &mut #retries, #error)? => {}
                        _ => break #tried,
                    }
                }
            }
        }
    }

    /// What a function gets that takes the item: where it may be tried again, one that is like it.
    fn given(&self, item: &Ident) -> TokenStream {
        if self.stage.retry.is_none() {
            return item.to_token_stream();
        }
        let (rt, span) = (rt(self.span), self.span);
        quote_spanned!(span=> #rt::Again::again(&#item))
    }

    fn try_map(&self, function: &Function, item: Item) -> TokenStream {
        let span = self.span;
        let rt = rt(span);
        let (made, item) = self.whole(function, item);
        let next = self.next();
        let rest = self.rest(Item::One(next.clone()));
        let (before, outcome) = match function {
            Function::Closure(closure) if self.stage.retry.is_some() => {
                let outcome = inside(closure, &self.given(&item), &outcome(closure, span), span);
                (TokenStream::new(), outcome)
            }
            Function::Closure(closure) => {
                let bind = self.bind(closure, &item);
                self.in_scope(bind, outcome(closure, span))
            }
            Function::Path(_) | Function::Value(_) => {
                let (callee, item) = (self.callee(function), self.given(&item));
                let given = quote_spanned!(span=> #callee(#item));
                (
                    TokenStream::new(),
                    rewrite::option_or_result(&given, &rt, span),
                )
            }
        };
        let met = self.met(&outcome, &next, &rest);
        quote!(#made #before #met)
    }

    fn filter(&self, function: &Function, item: Item) -> TokenStream {
        let span = self.span;
        let Seen { made, view, item } = seen(function, item, span);
        let rest = self.rest(item);
        let keep = variable("keep", self.number, span);
        let rest = quote_spanned!(span=> if #keep { #rest });
        let filtered = self.decide(function, "function", &view, &keep, &rest);
        quote!(#made #filtered)
    }

    /// `let keep = predicate(view); rest`.
    pub(super) fn decide(
        &self,
        predicate: &Function,
        what: &str,
        view: &TokenStream,
        keep: &Ident,
        rest: &TokenStream,
    ) -> TokenStream {
        let span = self.span;
        match predicate {
            Function::Closure(closure) if closure.leaves == Leaves::ByTry => self.met(
                &inside(closure, view, &attempt(closure, span), span),
                keep,
                rest,
            ),
            Function::Closure(closure) => {
                let value = inside(closure, view, &body(closure, span), span);
                quote_spanned!(span=> let #keep: bool = #value; #rest)
            }
            Function::Path(_) | Function::Value(_) => {
                let callee = callee(predicate, what, self.number, span);
                quote_spanned!(span=> let #keep: bool = #callee(#view); #rest)
            }
        }
    }

    /// The key stays a variable of its own, so that it may borrow from the item.
    fn key_by(&self, function: &Function, item: Item) -> TokenStream {
        let span = self.span;
        let (made, item) = one(item, span);
        let key = variable("key", self.number, span);
        let rest = self.rest(Item::Pair(key.clone(), item.clone()));
        let view = quote_spanned!(span=> &#item);
        let keyed = self.looked(function, "function", &view, &key, &rest);
        quote!(#made #keyed)
    }

    /// `let next = function(view); rest`, with nothing that the function binds seen behind it.
    pub(super) fn looked(
        &self,
        function: &Function,
        what: &str,
        view: &TokenStream,
        next: &Ident,
        rest: &TokenStream,
    ) -> TokenStream {
        let span = self.span;
        match function {
            Function::Closure(closure) if closure.leaves == Leaves::ByTry => self.met(
                &inside(closure, view, &attempt(closure, span), span),
                next,
                rest,
            ),
            Function::Closure(closure) => {
                let value = inside(closure, view, &body(closure, span), span);
                let ascribed = ascribed(closure, span);
                quote_spanned!(span=> let #next #ascribed = #value; #rest)
            }
            Function::Path(_) | Function::Value(_) => {
                let callee = callee(function, what, self.number, span);
                quote_spanned!(span=> let #next = #callee(#view); #rest)
            }
        }
    }

    fn inspect(&self, function: &Function, item: Item) -> TokenStream {
        let Seen { made, view, item } = seen(function, item, self.span);
        let seen = self.effect(function, &view);
        let rest = self.rest(item);
        quote!(#made #seen #rest)
    }

    fn for_each(&self, function: &Function, item: Item) -> TokenStream {
        let (made, item) = self.whole(function, item);
        let done = match function {
            Function::Closure(closure) if self.is_lent() && self.stage.retry.is_none() => self
                .effect_of(closure, |value| {
                    let bind = self.bind(closure, &item);
                    quote_spanned!(self.span=> { #bind #value })
                }),
            _ => self.effect(function, &self.given(&item)),
        };
        quote!(#made #done)
    }

    /// A function that gives nothing.
    fn effect(&self, function: &Function, argument: &TokenStream) -> TokenStream {
        let span = self.span;
        match function {
            Function::Closure(closure) => {
                self.effect_of(closure, |value| inside(closure, argument, value, span))
            }
            Function::Path(_) | Function::Value(_) => {
                let callee = self.callee(function);
                quote_spanned!(span=> let (): () = #callee(#argument);)
            }
        }
    }

    /// The same for a closure, whose value is put behind what it takes.
    fn effect_of(
        &self,
        closure: &Closure,
        inside: impl Fn(&TokenStream) -> TokenStream,
    ) -> TokenStream {
        let span = self.span;
        if closure.leaves == Leaves::ByTry {
            let nothing = Ident::new("nothing", span);
            return self.met(
                &inside(&attempt(closure, span)),
                &nothing,
                &quote_spanned!(span=> let () = #nothing;),
            );
        }
        let done = inside(&body(closure, span));
        quote_spanned!(span=> let (): () = #done;)
    }
}

/// An item as a function sees it that does not take it.
pub(super) struct Seen {
    pub(super) made: TokenStream,
    /// The expression the function gets.
    pub(super) view: TokenStream,
    /// The item, untouched.
    pub(super) item: Item,
}

/// Lends the item. A key in a variable of its own may borrow from the value; so where the closure
/// takes the pair apart anyway, the two are lent as they are, and never moved into one tuple.
pub(super) fn seen(function: &Function, item: Item, span: Span) -> Seen {
    if let (Item::Pair(key, value), Function::Closure(closure)) = (&item, function)
        && matches!(&closure.pattern, Pat::Tuple(tuple) if takes_two(tuple))
    {
        let view = quote_spanned!(span=> (&#key, &#value));
        return Seen {
            made: TokenStream::new(),
            view,
            item,
        };
    }
    let (made, whole) = one(item, span);
    Seen {
        made,
        view: quote_spanned!(span=> &#whole),
        item: Item::One(whole),
    }
}

fn takes_two(tuple: &PatTuple) -> bool {
    tuple.elems.len() == 2 && !tuple.elems.iter().any(|half| matches!(half, Pat::Rest(_)))
}

/// What calls a function that is not a closure put in place.
pub(super) fn callee(function: &Function, what: &str, number: usize, span: Span) -> TokenStream {
    match function {
        Function::Path(path) => quote!(#path),
        Function::Value(_) => variable(what, number, span).into_token_stream(),
        Function::Closure(closure) => {
            let (pattern, body) = (&closure.pattern, &closure.body);
            quote_spanned!(span=> (|#pattern| #body))
        }
    }
}

/// A function that combines two values: a closure where it stands, a function by its name, anything
/// else by its variable. What has a name is lent: it may be a variable that cannot be copied.
pub(super) fn combining(function: &Expr, what: &str, number: usize, span: Span) -> TokenStream {
    match function {
        Expr::Closure(_) => quote!(#function),
        Expr::Path(_) => quote_spanned!(span=> &#function),
        _ => {
            let variable = variable(what, number, span);
            quote_spanned!(span=> &#variable)
        }
    }
}

/// Whether the function costs nothing to name again; anything else is evaluated once, before the
/// loop.
pub(super) fn is_in_place(function: &Expr) -> bool {
    matches!(function, Expr::Closure(_) | Expr::Path(_))
}

/// The pattern bound and the value made in one block: nothing the pattern binds is seen outside.
pub(super) fn inside(
    closure: &Closure,
    argument: &TokenStream,
    value: &TokenStream,
    span: Span,
) -> TokenStream {
    let bind = bind(&closure.pattern, argument, span);
    quote_spanned!(span=> { #bind #value })
}

/// Binds what the closure's parameter does. An unused `_item` is no remark in a closure, but
/// Clippy has one for `let _item = item;`: it looks at plain names only.
fn bind(pattern: &Pat, argument: &TokenStream, span: Span) -> TokenStream {
    bind_as(pattern, argument, "ItemAs", span)
}

/// The same; that the argument is of the type that stands behind the parameter is asked of it by a trait of
/// the runtime, at the type.
fn bind_as(pattern: &Pat, argument: &TokenStream, asked: &str, span: Span) -> TokenStream {
    match pattern {
        // A reference may be of something that the item can be seen as, such as `&str`.
        Pat::Type(PatType { pat, ty, .. })
            if !matches!(&**ty, Type::Reference(_) | Type::Infer(_)) =>
        {
            let at = Span::mixed_site().located_at(ty.span());
            let (rt, asked, given) = (rt(at), Ident::new(asked, at), Ident::new("given", at));
            let bound = bind_as(pat, &given.to_token_stream(), "", span);
            // By itself: in one with the parameter, the type would be what the item is taken for. And of the type
            // alone first: of a reference, the compiler would say how to dereference it, at the type.
            quote_spanned! {at=>
                let #given = #argument;
                #rt::#asked::<#ty>::asked(#rt::edge_of(&#given));
                let #given = #rt::#asked::<#ty>::given(#given);
                #bound
            }
        }
        Pat::Ident(_) if is_unused(pattern) => {
            quote_spanned!(span=> let (#pattern,) = (#argument,);)
        }
        Pat::Type(PatType { pat, ty, .. }) if is_unused(pat) => {
            quote_spanned!(span=> let (#pat,): (#ty,) = (#argument,);)
        }
        _ => quote_spanned!(span=> let #pattern = #argument;),
    }
}

fn is_unused(pattern: &Pat) -> bool {
    matches!(pattern, Pat::Ident(name) if name.ident.to_string().starts_with('_'))
}

/// The body as the value of a block. `?` and `return` are those of an ordinary closure.
pub(super) fn body(closure: &Closure, span: Span) -> TokenStream {
    let rt = rt(span);
    let body = last(&closure.body);
    match (&closure.output, closure.leaves) {
        (_, Leaves::Never) => body,
        (Some(output), Leaves::ByReturn | Leaves::ByTry) => {
            quote_spanned!(span=> #rt::once(|| -> #output { #body }))
        }
        (None, Leaves::ByReturn | Leaves::ByTry) => quote_spanned!(span=> #rt::once(|| #body)),
    }
}

/// A body with `?`: its value, or why there is none.
pub(super) fn attempt(closure: &Closure, span: Span) -> TokenStream {
    let rt = rt(span);
    let value = rewrite::value_or_failure(closure, &rt, span);
    quote_spanned!(span=> #rt::attempt(|| #value))
}

/// A body that gives an `Option` or a `Result` of its own.
fn outcome(closure: &Closure, span: Span) -> TokenStream {
    let rt = rt(span);
    match (&closure.output, closure.leaves) {
        (Some(output), Leaves::Never) => {
            let body = &closure.body;
            let value = Ident::new("value", span);
            let outcome = rewrite::option_or_result(&value, &rt, span);
            quote_spanned!(span=> { let #value: #output = #body; #outcome })
        }
        (Some(_), Leaves::ByTry) | (_, Leaves::ByReturn) => {
            let body = body(closure, span);
            rewrite::option_or_result(&body, &rt, span)
        }
        (None, Leaves::Never) => rewrite::outcome_or_failure(closure, &rt, span),
        (None, Leaves::ByTry) => {
            let outcome = rewrite::outcome_or_failure(closure, &rt, span);
            quote_spanned!(span=> #rt::attempt(|| #outcome))
        }
    }
}

/// The expression where a block ends: `match x { … } + 1` needs parentheses there.
fn last(expr: &Expr) -> TokenStream {
    Stmt::Expr(expr.clone(), None).into_token_stream()
}

/// The type that the user wrote for the closure's result.
fn ascribed(closure: &Closure, span: Span) -> TokenStream {
    match &closure.output {
        Some(output) => quote_spanned!(span=> : #output),
        None => TokenStream::new(),
    }
}
