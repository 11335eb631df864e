//! Writes tables, and the joins that look into them. What reaches either goes to the worker that owns its
//! key; in each round the table is brought up to date first, as it stands in front of its joins.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};

use super::context::{Context, Item, Names, Section, rt, variable};
use super::record::{consume, pair_kept};
use super::setup::option;
use super::{history, round};
use crate::model::Join;
use crate::plan::{AsOf, Operation, Plan, Stage, State};

/// What the workers share of a table: the ways to the owners of the keys.
pub(super) fn outside(number: usize, span: Span) -> TokenStream {
    let rt = rt(span);
    let (exchange, homes) = (
        variable("exchange", number, span),
        variable("homes", number, span),
    );
    quote_spanned! {span=>
        let #exchange = #rt::exchange();
        let #homes = #rt::exchange();
    }
}

/// The same of a join; where items wait, those of a checkpoint have a way of their own.
pub(super) fn look_up_outside(as_of: Option<&AsOf>, number: usize, span: Span) -> TokenStream {
    if as_of.is_some() {
        return outside(number, span);
    }
    let (rt, exchange) = (rt(span), variable("exchange", number, span));
    quote_spanned!(span=> let #exchange = #rt::exchange();)
}

/// What a worker begins a table with.
pub(super) fn state(plan: &Plan<'_>, kept: &State, number: usize, span: Span) -> TokenStream {
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    let made = history::made(plan, kept, number, span);
    let name = |what: &str| variable(what, number, span);
    let (state, lane, horizon) = (name("state"), name("lane"), name("horizon"));
    let horizon = plan
        .keeps_versions(number)
        .then(|| quote_spanned!(span=> let mut #horizon = #rt::horizon(#worker, #number);));
    let (ty, maker) = if plan.keeps_versions(number) {
        (quote_spanned!(span=> #rt::Versions<_>), "VersionsOf")
    } else {
        (quote_spanned!(span=> _), "TableOf")
    };
    let maker = Ident::new(maker, span);
    quote_spanned! {span=>
        let mut #state: #rt::OwnedByWorker<_, #ty> = #rt::#maker::#made?;
        let mut #lane = #rt::lane();
        #horizon
    }
}

/// What a worker begins a join with.
pub(super) fn look_up_state(
    plan: &Plan<'_>,
    as_of: Option<&AsOf>,
    number: usize,
    span: Span,
) -> TokenStream {
    let rt = rt(span);
    let (state, lane) = (
        variable("state", number, span),
        variable("lane", number, span),
    );
    let state = as_of.map(|as_of| {
        let made = history::made(plan, &as_of.state, number, span);
        quote_spanned!(span=> let mut #state: #rt::Waiting<_, _> = #rt::WaitingOf::#made?;)
    });
    quote_spanned! {span=>
        #state
        let mut #lane = #rt::lane();
    }
}

/// Sends an item to the owner of its key.
pub(super) fn send(ctx: Context<'_, '_>, number: usize, (item, span): (Item, Span)) -> TokenStream {
    sent(ctx, number, number, (item, span), &lent_or_owned)
}

/// The same of an item that is to meet a table. One that may wait beyond its round is owned.
pub(super) fn look_up_send(
    ctx: Context<'_, '_>,
    number: usize,
    (table, as_of): (usize, Option<&AsOf>),
    (item, span): (Item, Span),
) -> TokenStream {
    let carried: &dyn Fn(&Ident, Span) -> TokenStream = match as_of {
        None => &lent_or_owned,
        Some(_) => &owned,
    };
    sent(ctx, number, table, (item, span), carried)
}

/// Carries a value: a text that was lent becomes a copy.
fn lent_or_owned(value: &Ident, span: Span) -> TokenStream {
    let rt = rt(span);
    quote_spanned! {span=> {
        use #rt::{CarriesLent as _, CarriesOwned as _};
        (&&#rt::Carry::new(#value)).carry()
    }}
}

/// Carries a value that has to be owned.
fn owned(value: &Ident, span: Span) -> TokenStream {
    let rt = rt(span);
    quote_spanned! {span=> {
        use #rt::CarriesOwned as _;
        (&#rt::Carry::new(#value)).carry()
    }}
}

fn sent(
    ctx: Context<'_, '_>,
    number: usize,
    table: usize,
    (item, span): (Item, Span),
    carried: &dyn Fn(&Ident, Span) -> TokenStream,
) -> TokenStream {
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    let (lane, kept) = (
        variable("lane", number, span),
        variable("kept", number, span),
    );
    let table = variable("state", table, span);
    let send = match ctx.section {
        Section::Records => Ident::new("send_item", span),
        Section::Round => Ident::new("send_item_on", span),
    };
    let time = ctx.time_of_item(span);
    let (made, key, value) = pair_kept(item, number, span);
    let carried = carried(&value, span);
    quote_spanned! {span=>
        #made
        let #kept = #rt::TableKey::keep_for(&#table, #key);
        #rt::#send(&mut #lane, #worker, (#kept, #time), #carried);
    }
}

/// What happens to a table in every round: the latest values take their places.
pub(super) fn fire(
    ctx: Context<'_, '_>,
    number: usize,
    ttl_ms: Option<u64>,
    span: Span,
) -> TokenStream {
    let rt = rt(span);
    let Names { worker, round, .. } = Names::new(span);
    let name = |what: &str| variable(what, number, span);
    let (state, lane, exchange, homes) =
        (name("state"), name("lane"), name("exchange"), name("homes"));
    let (sent, kept, carried, value, time) = (
        name("sent"),
        name("kept"),
        name("carried"),
        name("value"),
        name("time"),
    );
    let forgotten = ttl_ms.map(
        |ttl_ms| quote_spanned!(span=> let _ = #rt::forgotten(&mut #state, &#round, #ttl_ms);),
    );
    let put = if ctx.plan.keeps_versions(number) {
        let horizon = name("horizon");
        quote_spanned! {span=>
            #rt::put_version(
                #worker, &mut #horizon, &mut #state, &#round, &#kept, (#time, #value),
            );
        }
    } else {
        quote_spanned!(span=> #rt::put_latest(&mut #state, &#round, &#kept, #value);)
    };
    quote_spanned! {span=>
        #rt::bring_home(#worker, &#round, #number, &#homes, &mut #state)?;
        #forgotten
        for #sent in #rt::arrivals(#worker, &#exchange, &mut #lane)? {
            #rt::arrived(#worker, &#sent);
            let #rt::Sent { key: #kept, item: mut #carried, time_ms: #time, .. } = #sent;
            let _ = &#time;
            if let ::core::option::Option::Some(#value) = #rt::give(&mut #carried) {
                let #value = {
                    use #rt::{Enters as _, EntersOrDeletes as _};
                    (&&#rt::Entry::new(#value)).value()
                };
                #put
            }
        }
        #rt::all_arrived(#worker);
    }
}

/// What happens to a join in every round: items meet what the table has.
pub(super) fn look_up(
    ctx: Context<'_, '_>,
    number: usize,
    (join, table, is_as_of): (Join, usize, bool),
    span: Span,
) -> TokenStream {
    let rt = rt(span);
    let Names { worker, round, .. } = Names::new(span);
    let name = |what: &str| variable(what, number, span);
    let (state, lane, exchange, homes) =
        (name("state"), name("lane"), name("exchange"), name("homes"));
    let (sent, kept, carried) = (name("sent"), name("kept"), name("carried"));
    let (key, value, time) = (name("key"), name("value"), name("time"));
    let ctx = ctx.at_time_of(number);
    let met = met(ctx, number, (join, table, is_as_of), span);
    let arrivals = |taken: &TokenStream| {
        quote_spanned! {span=>
            for #sent in #rt::arrivals(#worker, &#exchange, &mut #lane)? {
                #rt::arrived(#worker, &#sent);
                let #rt::Sent { key: #kept, item: mut #carried, time_ms: #time, .. } = #sent;
                if let ::core::option::Option::Some(#value) = #rt::give(&mut #carried) {
                    #taken
                }
            }
            #rt::all_arrived(#worker);
        }
    };
    if !is_as_of {
        return arrivals(&quote_spanned! {span=>
            let _ = &#time;
            let #key = #rt::lend(&#kept);
            #met
        });
    }
    let end = name("end");
    let arrivals = arrivals(&quote_spanned! {span=>
        #rt::wait(#worker, #number, &mut #state, (#time, #kept), #value);
    });
    quote_spanned! {span=>
        #rt::bring_home(#worker, &#round, #number, &#homes, &mut #state)?;
        #arrivals
        let #end = #rt::turn_comes_before(#worker, #number);
        while let ::core::option::Option::Some((#time, #kept, #value)) =
            #rt::next_turn(#worker, &mut #state, #end)
        {
            let #key = #rt::lend(&#kept);
            #met
        }
        #rt::all_arrived(#worker);
    }
}

/// One item meets what the table has for its key.
fn met(
    ctx: Context<'_, '_>,
    number: usize,
    (join, table, is_as_of): (Join, usize, bool),
    span: Span,
) -> TokenStream {
    let rt = rt(span);
    let Names { round, .. } = Names::new(span);
    let name = |what: &str| variable(what, number, span);
    let (kept, key, value, time) = (name("kept"), name("key"), name("value"), name("time"));
    let (found, next) = (name("found"), name("next"));
    let state = variable("state", table, span);
    let ttl_ms = ctx.stage(table).and_then(|table| match &table.operation {
        Operation::Table { ttl_ms, .. } => *ttl_ms,
        _ => None,
    });
    let bound = option(ttl_ms.as_ref(), span);
    let (keeper, version) = match (ctx.plan.keeps_versions(table), is_as_of) {
        (false, _) => ("LooksUp", "latest"),
        (true, false) => ("LooksUpVersions", "newest"),
        (true, true) => ("LooksUpVersions", "as_of"),
    };
    let moment = is_as_of.then(|| {
        let horizon = variable("horizon", table, span);
        quote_spanned!(span=> , #time, &#horizon)
    });
    let asked = quote_spanned!(span=> (&#state, &#kept, (&#round, #bound) #moment));
    let (keeper, has) = (
        Ident::new(keeper, span),
        format_ident!("has_{version}", span = span),
    );
    let version = Ident::new(version, span);
    let pairs = |next: &Ident| consume(ctx, number, Item::Pair(key.clone(), next.clone()), span);
    match join {
        Join::Semi | Join::Anti => {
            let rest = pairs(&value);
            let wanted = if join == Join::Semi {
                quote!()
            } else {
                quote!(!)
            };
            quote_spanned!(span=> if #wanted #rt::#has #asked { #rest })
        }
        Join::Left => {
            let rest = pairs(&next);
            quote_spanned! {span=>
                let #next = (#value, #rt::#keeper::#version #asked);
                #rest
            }
        }
        // The others have been refused: a table gives nothing by itself.
        Join::Inner | Join::Right | Join::Full | Join::Cogroup => {
            let rest = pairs(&next);
            quote_spanned! {span=>
                if let ::core::option::Option::Some(#found) = #rt::#keeper::#version #asked {
                    let #next = (#value, #found);
                    #rest
                }
            }
        }
    }
}

/// Checks that what a table keeps outlives its records, and lets it forget.
pub(super) fn keepable(plan: &Plan<'_>, stage: &Stage<'_>, number: usize) -> TokenStream {
    let span = stage.span();
    let rt = rt(span);
    let Names { worker, round, .. } = Names::new(span);
    let state = variable("state", number, span);
    let values = if plan.keeps_versions(number) {
        quote_spanned!(span=> #rt::values_of_versions(&#state))
    } else {
        quote_spanned!(span=> #rt::values_of_table(&#state))
    };
    let checked = round::checked(plan, number, &values, span);
    let followed = plan.keeps_versions(number).then(|| {
        let horizon = variable("horizon", number, span);
        quote_spanned!(span=> #rt::follow_time(#worker, &#round, &mut #horizon, &mut #state);)
    });
    quote!(#checked #followed)
}

/// Checks that the items of a join outlive their records.
pub(super) fn look_up_keepable(plan: &Plan<'_>, stage: &Stage<'_>, number: usize) -> TokenStream {
    let span = stage.span();
    let kept = if stage.operation.state().is_some() {
        let (rt, state) = (rt(span), variable("state", number, span));
        quote_spanned!(span=> #rt::values_that_wait(&#state))
    } else {
        variable("lane", number, span).to_token_stream()
    };
    round::checked(plan, number, &kept, span)
}
