//! Writes windows that end with an item: those of a key's last rows, and those of the time in front of
//! each item. The loop over records sends an item to the worker that owns its key, and the round
//! section adds it to what came in front of it.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::context::{Context, Item, Names, Section, rt, variable};
use super::record::{ignored, one, pair_kept};
use super::setup::combines_by_closure;
use super::{bounds, event, session};
use crate::model::Aggregate;
use crate::plan::{Stage, State, Steps};

/// A table of the same keys and values: what is said of those is found out by looking at it.
pub(super) fn like(state: &Ident, span: Span) -> TokenStream {
    let rt = rt(span);
    quote_spanned!(span=> #rt::like_table(&#state))
}

/// The type of what is kept.
pub(super) fn windows(kept: &State, keyed: bool, value: &TokenStream, span: Span) -> TokenStream {
    let rt = rt(span);
    let key = if keyed {
        quote_spanned!(span=> _)
    } else {
        quote_spanned!(span=> ())
    };
    let windows = if let Some(Steps::Sliding) = kept.steps {
        quote_spanned!(span=> SlidingWindows)
    } else {
        quote_spanned!(span=> RowWindows)
    };
    quote_spanned!(span=> #rt::#windows<#key, #value>)
}

/// What is done with it before anything comes.
pub(super) fn begun(kept: &State, number: usize, span: Span) -> TokenStream {
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    let name = |what: &str| variable(what, number, span);
    let (state, lane) = (name("state"), name("lane"));
    let begun = matches!(kept.steps, Some(Steps::Sliding))
        .then(|| quote_spanned!(span=> #rt::begin_sliding(#worker, #number, &mut #state);));
    quote_spanned!(span=> let mut #lane = #rt::lane(); #begun)
}

/// Sends an item to the owner of its key; without keys, to one worker.
pub(super) fn send(
    ctx: Context<'_, '_>,
    number: usize,
    aggregate: &Aggregate,
    (item, span): (Item, Span),
) -> TokenStream {
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    let lane = variable("lane", number, span);
    let send = match ctx.section {
        Section::Records => Ident::new("send_item", span),
        Section::Round => Ident::new("send_item_on", span),
    };
    let time = ctx.time_of_item(span);
    let sent = |key: TokenStream, item: TokenStream| {
        let kept = variable("kept", number, span);
        quote_spanned! {span=>
            let #kept = #rt::Key::keep(#key);
            #rt::#send(&mut #lane, #worker, (#kept, #time), {
                use #rt::{CarriesLent as _, CarriesOwned as _};
                (&&#rt::Carry::new(#item)).carry()
            });
        }
    };
    let nothing = quote_spanned!(span=> ());
    match aggregate {
        Aggregate::CountByValue | Aggregate::Distinct => {
            let (made, item) = one(item, span);
            let sent = sent(quote!(#item), nothing);
            quote!(#made #sent)
        }
        Aggregate::Count => {
            let ignored = ignored(&item, span);
            let sent = sent(nothing.clone(), nothing);
            quote!(#ignored #sent)
        }
        Aggregate::Top { .. } => {
            let (made, key, value) = pair_kept(item, number, span);
            let ranked = quote_spanned!(span=> (#rt::Key::keep(#key), #value));
            let sent = sent(nothing, ranked);
            quote!(#made #sent)
        }
        Aggregate::HeavyHitters { .. } => {
            let (made, item) = one(item, span);
            let sent = sent(nothing, quote_spanned!(span=> #rt::Key::keep(#item)));
            quote!(#made #sent)
        }
        Aggregate::CountByKey => {
            let (made, key, value) = pair_kept(item, number, span);
            let sent = sent(quote!(#key), nothing);
            quote_spanned!(span=> #made let _ = &#value; #sent)
        }
        aggregate if aggregate.is_keyed() => {
            let (made, key, value) = pair_kept(item, number, span);
            let sent = sent(quote!(#key), quote!(#value));
            quote!(#made #sent)
        }
        _ => {
            let (made, item) = one(item, span);
            let sent = sent(nothing, quote!(#item));
            quote!(#made #sent)
        }
    }
}

/// What happens in every round: the owners of the keys work on what has come.
pub(super) fn fire(
    ctx: Context<'_, '_>,
    stage: &Stage<'_>,
    number: usize,
    aggregate: &Aggregate,
    kept: &State,
) -> TokenStream {
    let span = stage.span();
    let rt = rt(span);
    let Names { worker, round, .. } = Names::new(span);
    let name = |what: &str| variable(what, number, span);
    let (state, lane, exchange, homes) =
        (name("state"), name("lane"), name("exchange"), name("homes"));
    let (sent, kept_key, carried) = (name("sent"), name("kept"), name("carried"));
    let (key, value, time, row) = (name("key"), name("value"), name("time"), name("row"));
    let is_sliding = matches!(kept.steps, Some(Steps::Sliding));
    let home = if is_sliding {
        Ident::new("sliding_home", span)
    } else {
        Ident::new("rows_home", span)
    };
    let added = add(ctx, number, aggregate, span);
    let worked = Working {
        ctx: if kept.event.is_some() || !is_sliding {
            ctx.at_time_of(number)
        } else {
            ctx
        },
        number,
        aggregate,
        span,
    };
    let (taken, after) = worked.on(kept);
    quote_spanned! {span=>
        #rt::#home(#worker, (&#round, #number), &#homes, &mut #state)?;
        for #sent in #rt::arrivals(#worker, &#exchange, &mut #lane)? {
            #rt::arrived(#worker, &#sent);
            let #rt::Sent { key: #kept_key, item: mut #carried, time_ms: #time, .. } = #sent;
            let #key = #rt::lend(&#kept_key);
            let _ = (&#time, &#key);
            if let ::core::option::Option::Some(#value) = #rt::give(&mut #carried) {
                let mut #row = ::core::option::Option::None;
                #added
                if let ::core::option::Option::Some(#row) = #row {
                    #taken
                }
            }
        }
        #rt::all_arrived(#worker);
        #after
    }
}

/// Makes the value of a row by itself.
fn add(ctx: Context<'_, '_>, number: usize, aggregate: &Aggregate, span: Span) -> TokenStream {
    let rt = rt(span);
    let name = |what: &str| variable(what, number, span);
    let (key, value, row) = (name("key"), name("value"), name("row"));
    let (made, item) = match aggregate {
        Aggregate::CountByValue | Aggregate::Distinct => {
            (quote_spanned!(span=> let _ = #value;), Item::One(key))
        }
        Aggregate::Top { .. } => {
            let ranked = name("ranked");
            let made = quote_spanned! {span=>
                let (#ranked, #value) = #value;
                let #key = #rt::lend(&#ranked);
            };
            (made, Item::Pair(key, value))
        }
        Aggregate::HeavyHitters { .. } => {
            let made = quote_spanned!(span=> let #key = #rt::lend(&#value););
            (made, Item::One(key))
        }
        aggregate if aggregate.is_keyed() => (TokenStream::new(), Item::Pair(key, value)),
        _ => (TokenStream::new(), Item::One(value)),
    };
    let slot = |key: &TokenStream| quote_spanned!(span=> { let _ = &#key; &mut #row });
    let added = session::add_in(ctx, number, aggregate, slot, (item, span));
    quote!(#made #added)
}

/// What is done with rows.
struct Working<'c, 'p, 'm> {
    ctx: Context<'p, 'm>,
    number: usize,
    aggregate: &'c Aggregate,
    span: Span,
}

impl Working<'_, '_, '_> {
    /// What is done with each, and what when all have come.
    fn on(&self, kept: &State) -> (TokenStream, TokenStream) {
        let span = self.span;
        let rt = rt(span);
        let Names { worker, round, .. } = Names::new(span);
        let number = self.number;
        let name = |what: &str| variable(what, number, span);
        let (state, time, row, kept_key) = (name("state"), name("time"), name("row"), name("kept"));
        match (kept.steps, &kept.event) {
            (Some(Steps::Sliding), Some(_)) => {
                let later = |name: &Ident, function: TokenStream| {
                    quote_spanned! {span=>
                        #rt::#name(
                            #worker, #number, &mut #state, (&#kept_key, #row), #time, #function,
                        )
                    }
                };
                let later = event::combined(self.aggregate, "slide_later", (number, span), later);
                let taken = if combines_by_closure(self.aggregate) {
                    quote_spanned!(span=> #later;)
                } else {
                    self.ctx
                        .try_or_refuse(number, &later, &TokenStream::new(), span)
                };
                (taken, self.slid())
            }
            (Some(Steps::Sliding), None) => {
                let now = |name: &Ident, function: TokenStream| {
                    let time = quote_spanned!(span=> #rt::time_of_round(&#round));
                    quote_spanned! {span=>
                        #rt::InWindowsOfItems::#name(&mut #state, (&#kept_key, #row), #time, #function)
                    }
                };
                let now = event::combined(self.aggregate, "slide_now", (number, span), now);
                let after = quote_spanned!(span=> #rt::slide_on(&mut #state, &#round););
                let time = quote_spanned!(span=> #rt::time_of_round(&#round));
                let window = bounds::up_to(self.ctx, number, &time, span);
                (self.at_once(&now, window.as_ref()), after)
            }
            (steps, _) => {
                let (size, step) = match steps {
                    Some(Steps::Rows { size, step }) => (size, step),
                    _ => (1, 1),
                };
                let literal =
                    |rows: u64| Literal::i64_unsuffixed(rows.try_into().unwrap_or(i64::MAX));
                let (long, wide) = (literal(size), literal(step));
                let (which, of) = if size == step {
                    ("rows_together", None)
                } else {
                    (
                        "rows_moving",
                        Some(quote_spanned!(span=> InWindowsOfItems::)),
                    )
                };
                let add = |name: &Ident, function: TokenStream| {
                    quote_spanned! {span=>
                        #rt::#of #name(&mut #state, (&#kept_key, #row), (#long, #wide), #function)
                    }
                };
                let add = event::combined(self.aggregate, which, (number, span), add);
                (self.at_once(&add, None), TokenStream::new())
            }
        }
    }

    /// Sends on what a call gives at once, if it gives anything.
    fn at_once(&self, call: &TokenStream, window: Option<&TokenStream>) -> TokenStream {
        let span = self.span;
        let rest = self.result();
        let value = variable("value", self.number, span);
        let some = quote_spanned!(span=> ::core::option::Option::Some(#value));
        if combines_by_closure(self.aggregate) {
            return quote_spanned!(span=> if let #some = #call { #window #rest });
        }
        let refuse = self.ctx.refuse(self.number, span);
        quote_spanned! {span=>
            match #call {
                ::core::result::Result::Ok(#some) => { #window #rest }
                ::core::result::Result::Ok(::core::option::Option::None) => {}
                #refuse
            }
        }
    }

    /// Sends on the results of the items that the watermark has passed.
    fn slid(&self) -> TokenStream {
        let (span, number) = (self.span, self.number);
        let rt = rt(span);
        let Names { worker, .. } = Names::new(span);
        let name = |what: &str| variable(what, number, span);
        let (state, time, kept_key, value) =
            (name("state"), name("time"), name("kept"), name("value"));
        let slid = |name: &Ident, function: TokenStream| {
            quote_spanned! {span=>
                #rt::InWindowsOfItems::#name(#worker, #number, &mut #state, #function)?
            }
        };
        let slid = event::combined(self.aggregate, "slid", (number, span), slid);
        let rest = self.result();
        let window = bounds::up_to(self.ctx, number, &quote!(#time), span);
        quote_spanned! {span=>
            for (#time, #kept_key, #value) in #slid {
                let _ = (&#time, &#kept_key);
                #window
                #rest
            }
        }
    }

    fn result(&self) -> TokenStream {
        let (number, span) = (self.number, self.span);
        let (kept_key, value) = (
            variable("kept", number, span),
            variable("value", number, span),
        );
        session::result(self.ctx, number, self.aggregate, (&kept_key, &value), span)
    }
}
