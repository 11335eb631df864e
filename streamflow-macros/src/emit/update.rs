//! Writes `update_state`: what an interval brings is gathered key by key, and brings the state of every
//! key up to date.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::Expr;

use super::context::{Context, Item, Names, rt, variable};
use super::record::{consume, pair_kept};
use super::{each, history, join, round, setup};
use crate::plan::{Plan, Stage, State};

/// What the workers share.
pub(super) fn outside(function: &Expr, number: usize, span: Span) -> TokenStream {
    let (rt, exchange) = (rt(span), variable("exchange", number, span));
    let function = setup::combining_outside(function, "update", number, span);
    quote_spanned!(span=> #function let #exchange = #rt::exchange();)
}

/// What a worker begins with.
pub(super) fn state(plan: &Plan<'_>, kept: &State, number: usize, span: Span) -> TokenStream {
    let (rt, state) = (rt(span), variable("state", number, span));
    let made = history::made(plan, kept, number, span);
    quote_spanned!(span=> let mut #state: #rt::States<_, _, _> = #rt::StatesOf::#made?;)
}

/// Adds an item to those of its key.
pub(super) fn add(ctx: Context<'_, '_>, number: usize, (item, span): (Item, Span)) -> TokenStream {
    let (rt, state) = (rt(span), variable("state", number, span));
    let (made, key, value) = pair_kept(item, number, span);
    let entry = variable("entry", number, span);
    let at = join::place(ctx, span);
    quote_spanned! {span=>
        #made
        let #entry = #rt::Key::place(&mut #state.table, #key);
        #rt::add_value(#entry, #at, #value);
    }
}

/// What happens when the interval ends.
pub(super) fn fire(
    ctx: Context<'_, '_>,
    number: usize,
    function: &Expr,
    span: Span,
) -> TokenStream {
    let (rt, state) = (rt(span), variable("state", number, span));
    let Names { worker, .. } = Names::new(span);
    let exchange = variable("exchange", number, span);
    let function = each::combining(function, "update", number, span);
    let (kept, key, value) = (
        variable("kept", number, span),
        variable("key", number, span),
        variable("value", number, span),
    );
    let rest = consume(ctx, number, Item::Pair(key.clone(), value.clone()), span);
    quote_spanned! {span=>
        #rt::update(#worker, &#exchange, &mut #state, #function)?;
        for (#kept, #value) in #rt::Lasting::states(&#state) {
            let #key = #rt::lend(#kept);
            #rest
        }
    }
}

/// Checks that values outlive their records.
pub(super) fn keepable(plan: &Plan<'_>, stage: &Stage<'_>, number: usize) -> TokenStream {
    let span = stage.span();
    let (rt, state) = (rt(span), variable("state", number, span));
    let values = quote_spanned!(span=> #rt::values_of(&#state));
    round::checked(plan, number, &values, span)
}
