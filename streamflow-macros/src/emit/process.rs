//! Writes `process`: a type with the fields of a key, and the turns of records and timers.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Type;
use syn::ext::IdentExt as _;

use super::context::{Context, Item, Names, rt, variable};
use super::history;
use super::ordered;
use super::record::consume;
use super::setup::{combining_outside, option};
use crate::model::{Bound, Field, Process};
use crate::plan::{EventWindow, Plan, Stage, State};
use crate::shape::{self, Body};

/// The module of the type: the type itself has a name that users can meet in messages.
fn module(number: usize, span: Span) -> Ident {
    variable("process", number, span)
}

/// The type, and the checks of what the closures capture.
pub(super) fn outside(process: &Process, number: usize, span: Span) -> TokenStream {
    let rt = rt(span);
    let module = module(number, span);
    let captured: TokenStream = process
        .closures()
        .map(|closure| combining_outside(closure, "function", number, span))
        .collect();
    let names: Vec<&Ident> = process.fields.iter().map(|field| &field.name).collect();
    let types = (0..names.len()).map(|at| format_ident!("Field{}", at, span = span));
    let types: Vec<Ident> = types.collect();
    let plain: Vec<String> = names.iter().map(|name| name.unraw().to_string()).collect();
    let in_front = plain.iter().enumerate().map(|(at, name)| match at {
        0 => format!("{name}: "),
        _ => format!(", {name}: "),
    });
    let (begin, end) = match plain.len() {
        0 => ("State {", "}"),
        _ => ("State { ", " }"),
    };
    let shape = shape::names_of_struct("State", &Body::Named(plain.clone()));
    quote_spanned! {span=>
        mod #module {
            #[derive(::core::fmt::Debug, #rt::serde::Serialize, #rt::serde::Deserialize)]
            #[serde(crate = "::streamflow::__private::serde")]
            pub(super) struct State<#(#types),*> {
                #(pub(super) #names: #types,)*
            }

            #[automatically_derived]
            impl<#(#types: #rt::KnownLayout),*> #rt::KnownLayout for State<#(#types),*> {
                type Shape = #rt::Named<#shape, (#(#types::Shape,)*)>;
                type Shown = Self;

                fn layout(text: &mut ::std::string::String) {
                    text.push_str(#begin);
                    #(
                        text.push_str(#in_front);
                        <#types as #rt::KnownLayout>::layout(text);
                    )*
                    text.push_str(#end);
                }
            }

            /// What a migration gives: the fields in their order.
            #[automatically_derived]
            impl<#(#types),*> #rt::Becomes<State<#(#types),*>> for (#(#types,)*) {
                fn become_it(self) -> State<#(#types),*> {
                    let (#(#names,)*) = self;
                    State { #(#names),* }
                }
            }
        }
        #captured
    }
}

/// The types of the fields.
fn types(process: &Process) -> impl Iterator<Item = &Type> {
    process.fields.iter().map(|field| &field.ty)
}

/// What a worker begins with.
pub(super) fn state(
    plan: &Plan<'_>,
    process: &Process,
    (kept, cap): (&State, Option<u64>),
    (number, span): (usize, Span),
) -> TokenStream {
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    let name = |what: &str| variable(what, number, span);
    let (state, lane, clock) = (name("state"), name("lane"), name("clock"));
    let module = module(number, span);
    let types = types(process);
    let made = history::made(plan, kept, number, span);
    let (kind, time) = match &kept.event {
        None => (
            quote_spanned!(span=> OnTheClock),
            quote_spanned!(span=> clock_of_timers()),
        ),
        Some(EventWindow {
            times, behind_ms, ..
        }) => (
            quote_spanned!(span=> InEventTime),
            quote_spanned!(span=> event_time_of_timers(#worker, &[#(#times),*], #behind_ms)),
        ),
    };
    let (mutable, capped) = ordered::capped(cap, &quote_spanned!(span=> ProcessesOf), number, span);
    let way = ordered::way(cap, span);
    quote_spanned! {span=>
        let #mutable #state: #rt::Processes<_, #module::State<#(#types),*>, #rt::#kind> =
            #rt::ProcessesOf::#made?;
        #capped
        let mut #lane = #rt::#way();
        let mut #clock = #rt::#time;
    }
}

/// What happens in every round: the owners of the keys work on what has come, and on the timers that
/// are due.
pub(super) fn fire(
    ctx: Context<'_, '_>,
    stage: &Stage<'_>,
    number: usize,
    process: &Process,
    Bound { ttl_ms, cap, .. }: Bound,
) -> TokenStream {
    let span = stage.span();
    let rt = rt(span);
    let Names { worker, round, .. } = Names::new(span);
    let name = |what: &str| variable(what, number, span);
    let (state, lane, clock) = (name("state"), name("lane"), name("clock"));
    let (exchange, homes, turns) = (name("exchange"), name("homes"), name("turns"));
    let (kept, time, carried) = (name("kept"), name("time"), name("carried"));
    let (key, value, fields) = (name("key"), name("value"), name("fields"));
    let (out, item) = (name("answer"), name("item"));
    let begun = begun(process, number, span);
    let on_record = &process.on_record;
    let on_timer = process.on_timer.as_ref().map_or_else(
        || quote_spanned!(span=> |_, _, _, _| ()),
        ToTokens::to_token_stream,
    );
    let ctx = ctx.at_time_of(number);
    let rest = consume(ctx, number, Item::One(item.clone()), span);
    let bound = option(ttl_ms.as_ref(), span);
    let room = cap
        .map(|_| quote_spanned!(span=> #rt::make_room_for(#worker, &#turns, &mut #state, &#kept);));
    quote_spanned! {span=>
        #rt::bring_home(#worker, &#round, #number, &#homes, &mut #state)?;
        let mut #turns = #rt::process_turns(
            #worker, &#exchange, &mut #lane, (&mut #clock, &#round), (#number, #bound),
        )?;
        while let ::core::option::Option::Some(#rt::Turn {
            key: #kept,
            time_ms: #time,
            item: mut #carried,
        }) = #rt::next_process_turn(#worker, &mut #turns, &mut #state) {
            #room
            let #key = #rt::lend(&#kept);
            let mut #out = #rt::out(&#turns, #time, #carried.as_ref());
            let #fields = #rt::fields_of(
                &mut #state, &#kept, &#turns, &#out, || #begun,
            );
            if let ::core::option::Option::Some(#carried) = &mut #carried {
                if let ::core::option::Option::Some(#value) = #rt::give(#carried) {
                    #rt::on_record((#key, #value), #fields, &mut #out, #on_record);
                }
            } else {
                #rt::on_timer((#key, #time), #fields, &mut #out, #on_timer);
            }
            #rt::end_turn(&mut #state, &#kept, &#turns, &mut #out, || #begun);
            for #item in #rt::emitted(#out) {
                #rest
            }
        }
        #rt::end_turns(#worker, &#turns, &mut #state, &#clock);
    }
}

/// The fields of a key that is new.
fn begun(process: &Process, number: usize, span: Span) -> TokenStream {
    let module = module(number, span);
    let types = types(process);
    let fields = process
        .fields
        .iter()
        .map(|Field { name, init, .. }| quote!(#name: #init));
    quote_spanned!(span=> #module::State::<#(#types),*> { #(#fields),* })
}
