//! Writes stages that ask something about each item: items wait until a round, and go on in it when
//! the answers have come.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Expr;

use super::context::{Context, Item, Names, Section, rt, variable};
use super::each::{self, callee, inside};
use super::passing::{Outliving, outliving};
use super::record::{consume, pair};
use super::refused;
use super::round::checked as checked_to_outlive;
use super::setup::{function_outside, option};
use crate::closure::{Closure, Function, Leaves, rewrite};
use crate::model::{About, Answers, Asking, Retry};
use crate::plan::Stage;

/// How many answers are waited for at a time, where nothing is said.
const CONCURRENCY: u64 = 64;

/// How long an answer is waited for, where nothing is said.
const TIMEOUT_MS: u64 = 10_000;

/// What is made once per job: a function that is no closure.
pub(super) fn outside(asking: &Asking, number: usize, span: Span) -> TokenStream {
    function_outside(&asking.function, "function", number, span)
}

/// What each worker begins with: no items wait, and nothing is remembered.
pub(super) fn state(
    (asking, answers, ttl_ms): (&Asking, Answers, Option<u64>),
    number: usize,
    span: Span,
) -> TokenStream {
    let rt = rt(span);
    let waiting = variable("waiting", number, span);
    let cache = (asking.about == About::Key).then(|| {
        let cache = variable("cache", number, span);
        let (size, ttl_ms) = (
            option(answers.cache.as_ref(), span),
            option(ttl_ms.as_ref(), span),
        );
        quote_spanned!(span=> let mut #cache: #rt::Cache<_, _> = #rt::CacheOf::make(#size, #ttl_ms);)
    });
    quote_spanned!(span=> let mut #waiting = #rt::waiting(); #cache)
}

/// Refuses to wait where the runtime cannot.
pub(super) fn checked(number: usize, span: Span) -> TokenStream {
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    quote_spanned!(span=> #rt::check_can_wait(#worker, #number)?;)
}

/// Lets an item wait for the round.
pub(super) fn send(
    ctx: Context<'_, '_>,
    number: usize,
    asking: &Asking,
    (item, span): (Item, Span),
) -> TokenStream {
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    let waiting = variable("waiting", number, span);
    let time = ctx.time_of_item(span);
    let in_round = ctx.section == Section::Round;
    let (paired, item) = match asking.about {
        About::Item => (TokenStream::new(), item),
        About::Key => {
            let (made, key, value) = pair(item, number, span);
            (made, Item::Pair(key, value))
        }
    };
    let Outliving { made, whole, way } = outliving(item, number, span);
    quote_spanned! {span=>
        #paired
        #made
        #rt::wait_for_round(&mut #waiting, (#worker, #time, #in_round), #whole, #way);
    }
}

/// What is done at the end of a batch.
pub(super) fn after_batch(number: usize, span: Span) -> TokenStream {
    let rt = rt(span);
    let Names { worker, .. } = Names::new(span);
    let waiting = variable("waiting", number, span);
    quote_spanned!(span=> #rt::after_turns(#worker, &mut #waiting);)
}

/// What happens in every round: answers are waited for, and items go on with them.
pub(super) fn fire(
    ctx: Context<'_, '_>,
    number: usize,
    stage: &Stage<'_>,
    (asking, answers): (&Asking, Answers),
) -> TokenStream {
    let span = stage.span();
    let writer = Writer {
        ctx: ctx.at_time_of(number),
        number,
        stage,
        span,
    };
    let asks = writer.asks(answers);
    match asking.about {
        About::Item => writer.about_items(&asking.function, &asks),
        About::Key => writer.about_keys(&asking.function, &asks),
    }
}

struct Writer<'a, 'p, 'm> {
    ctx: Context<'p, 'm>,
    number: usize,
    stage: &'a Stage<'m>,
    span: Span,
}

impl Writer<'_, '_, '_> {
    fn name(&self, what: &str) -> Ident {
        variable(what, self.number, self.span)
    }

    /// How answers are waited for.
    fn asks(&self, answers: Answers) -> TokenStream {
        let (rt, span, number) = (rt(self.span), self.span, self.number);
        let concurrency = answers.concurrency.unwrap_or(CONCURRENCY);
        let timeout_ms = answers.timeout_ms.unwrap_or(TIMEOUT_MS);
        let is_ordered = answers.unordered.is_none();
        let retries = self.stage.retry.map(|retry| {
            let Retry {
                times,
                from_ms,
                to_ms,
                ..
            } = retry;
            quote_spanned!(span=> #rt::retries(#times, #from_ms, #to_ms))
        });
        let retries = option(retries.as_ref(), span);
        quote_spanned! {span=>
            &#rt::Asks {
                stage: #number,
                concurrency: #concurrency,
                timeout_ms: #timeout_ms,
                is_ordered: #is_ordered,
                retries: #retries,
            }
        }
    }

    /// The items that have waited.
    fn taken(&self) -> TokenStream {
        let (rt, span) = (rt(self.span), self.span);
        let Names { worker, .. } = Names::new(span);
        let (waiting, apart) = (self.name("waiting"), self.name("apart"));
        // What waits outlives its record.
        let outlives = checked_to_outlive(self.ctx.plan, self.number, &quote!(#waiting), span);
        quote_spanned! {span=>
            #outlives
            let mut #apart = #rt::waited(#worker, &mut #waiting);
        }
    }

    /// `map_async`: the answer takes the place of the item.
    fn about_items(&self, function: &Function, asks: &TokenStream) -> TokenStream {
        let (rt, span) = (rt(self.span), self.span);
        let Names { worker, .. } = Names::new(span);
        let taken = self.taken();
        let (apart, item, kept) = (
            self.name("apart"),
            self.name("item"),
            self.name("unanswered"),
        );
        // As what it goes on where there is no answer.
        let keeps = self.stage.failed.keeps_them();
        let before = if keeps {
            quote_spanned!(span=> |#item| #rt::Again::again(#item))
        } else {
            quote_spanned!(span=> |_| ())
        };
        // A function that is tried again gets an item that is like it.
        let asked = if self.stage.retry.is_some() {
            quote_spanned!(span=> #rt::ask_again)
        } else {
            quote_spanned!(span=> #rt::ask)
        };
        let given = if self.stage.retry.is_some() {
            quote_spanned!(span=> let #item = #rt::Again::again(#item);)
        } else {
            TokenStream::new()
        };
        let future = self.future(function, &item, About::Item);
        let rest = consume(self.ctx, self.number, Item::One(item.clone()), span);
        let unanswered = keeps.then(|| Item::One(kept.clone()));
        let met = self.met(&item, unanswered.as_ref(), &rest);
        let handed = self.handed();
        let (outcome, at) = (self.name("outcome"), self.name("at"));
        let time = self.name("time");
        quote_spanned! {span=>
            #taken
            for (#kept, #outcome, (#at, #time)) in #asked(
                #worker,
                #asks,
                #rt::handed_on(&mut #apart),
                #before,
                |#item| { #given #future },
            )? {
                let _ = &#kept;
                #handed
                #met
            }
            #rt::all_arrived(#worker);
        }
    }

    /// `lookup`: the answer stands beside the value of its key.
    fn about_keys(&self, function: &Function, asks: &TokenStream) -> TokenStream {
        let (rt, span) = (rt(self.span), self.span);
        let Names { worker, .. } = Names::new(span);
        let taken = self.taken();
        let (apart, cache) = (self.name("apart"), self.name("cache"));
        let (questions, answers) = (self.name("questions"), self.name("answers"));
        let (kept, key, value) = (self.name("kept"), self.name("key"), self.name("value"));
        let found = self.name("found");
        let future = self.future(function, &key, About::Key);
        let item = Item::Pair(key.clone(), value.clone());
        let rest = consume(self.ctx, self.number, item.clone(), span);
        let rest = quote_spanned!(span=> let #value = (#value, #found); #rest);
        let met = self.met(&found, Some(&item), &rest);
        let handed = self.handed();
        let (outcome, at) = (self.name("outcome"), self.name("at"));
        let time = self.name("time");
        quote_spanned! {span=>
            #taken
            let #questions = #rt::questions(#rt::handed_on(&mut #apart));
            let #answers = #rt::ask_for_keys(
                #worker,
                #asks,
                &mut #cache,
                &#questions,
                |#key| { #future },
            )?;
            for (#kept, #value, #outcome, (#at, #time)) in #rt::answered(#questions, #answers) {
                let #key = #rt::lend(&#kept);
                #handed
                #met
            }
            #rt::all_arrived(#worker);
        }
    }

    /// Says which item is at hand.
    fn handed(&self) -> TokenStream {
        let (rt, span) = (rt(self.span), self.span);
        let Names { worker, .. } = Names::new(span);
        let (at, time) = (self.name("at"), self.name("time"));
        quote_spanned! {span=>
            let _ = &#time;
            #rt::handed(#worker, #at);
        }
    }

    /// The answer goes on; where there is none, the stage's policy decides.
    fn met(&self, next: &Ident, unanswered: Option<&Item>, rest: &TokenStream) -> TokenStream {
        let span = self.span;
        let (outcome, error) = (self.name("outcome"), Ident::new("error", span));
        let (kept, ctx) = match unanswered {
            Some(item) => refused::kept(self.ctx, self.number, item, span),
            None => (TokenStream::new(), self.ctx),
        };
        let refused = ctx.refused(self.number, &error, span);
        if let Some(default) = self.stage.default {
            return quote_spanned! {span=>
                let #next = match #outcome {
                    ::core::result::Result::Ok(#next) => #next,
                    ::core::result::Result::Err(#error) => { #kept #refused #default }
                };
                #rest
            };
        }
        quote_spanned! {span=>
            match #outcome {
                ::core::result::Result::Ok(#next) => { #rest }
                ::core::result::Result::Err(#error) => { #kept #refused }
            }
        }
    }

    /// The future of what an answer about an item, or about its key, comes to.
    fn future(&self, function: &Function, item: &Ident, about: About) -> TokenStream {
        let (rt, span) = (rt(self.span), self.span);
        let way = match about {
            About::Item => Ident::new("outcome", span),
            About::Key => Ident::new("found", span),
        };
        let value = self.name("answer");
        let settled = quote_spanned! {span=>
            {
                use #rt::{AnswersAsIs as _, AnswersMaybe as _, AnswersOrFails as _, AnswersMaybeOrFails as _};
                (&&&&#rt::Answered(&#value)).#way().settled(#value)
                    .map_err(#rt::ShownError::into_failure)
            }
        };
        match function {
            Function::Closure(closure) if closure.waits => {
                self.waiting_body(closure, (about, item), &value, &settled)
            }
            Function::Closure(closure) => {
                let future = self.name("future");
                let settles = self.settles(&future, &value, &settled);
                if closure.leaves == Leaves::ByTry {
                    let attempt =
                        inside(closure, &quote!(#item), &each::attempt(closure, span), span);
                    return quote_spanned! {span=>
                        match #attempt {
                            ::core::result::Result::Ok(#future) =>
                                ::core::result::Result::Ok(#settles),
                            ::core::result::Result::Err(failure) =>
                                ::core::result::Result::Err(failure),
                        }
                    };
                }
                let body = inside(closure, &quote!(#item), &each::body(closure, span), span);
                quote_spanned! {span=>
                    let #future = #body;
                    ::core::result::Result::Ok(#settles)
                }
            }
            Function::Path(_) | Function::Value(_) => {
                let future = self.name("future");
                let settles = self.settles(&future, &value, &settled);
                let callee = callee(function, "function", self.number, span);
                quote_spanned! {span=>
                    let #future = #callee(#item);
                    ::core::result::Result::Ok(#settles)
                }
            }
        }
    }

    /// Waits for a future that the user's code has made.
    fn settles(&self, future: &Ident, value: &Ident, settled: &TokenStream) -> TokenStream {
        let (rt, span) = (rt(self.span), self.span);
        quote_spanned! {span=>
            async move {
                let #value = #rt::FutureOfAnswer::future(#future).await;
                #settled
            }
        }
    }

    /// A body that waits by itself. It takes the item along, and only looks at the variables around the
    /// job: they are there as long as it is.
    fn waiting_body(
        &self,
        closure: &Closure,
        (about, item): (About, &Ident),
        value: &Ident,
        settled: &TokenStream,
    ) -> TokenStream {
        let (rt, span) = (rt(self.span), self.span);
        let taken = quote_spanned!(span=> #rt::Question::taken(#item));
        let given = |value: TokenStream| inside(closure, &taken, &value, span);
        let made = quote_spanned!(span=> let #item = #rt::Question(#item););
        let output = closure.output.as_ref();
        let is_outcome = rewrite::gives_outcome(&closure.body);
        if closure.leaves == Leaves::ByTry || is_outcome {
            let value_or_failure = if is_outcome {
                rewrite::outcome_or_failure(closure, &rt, span)
            } else {
                rewrite::value_or_failure(closure, &rt, span)
            };
            let body = given(value_or_failure);
            // A `Result` has been taken apart where it was made; what was found may still be nothing.
            let settled = if is_outcome && about == About::Item {
                quote_spanned!(span=> #rt::fine(#value))
            } else {
                settled.clone()
            };
            let attempt = self.name("attempt");
            return quote_spanned! {span=>
                #made
                ::core::result::Result::Ok(async {
                    let #attempt = async { #body };
                    match #attempt.await {
                        ::core::result::Result::Ok(#value) => #settled,
                        ::core::result::Result::Err(failure) =>
                            ::core::result::Result::Err(failure),
                    }
                })
            };
        }
        let body: &Expr = &closure.body;
        let body = given(quote!(#body));
        let ascribed = output.map(|output| quote_spanned!(span=> : #output));
        quote_spanned! {span=>
            #made
            ::core::result::Result::Ok(async {
                let #value #ascribed = async { #body }.await;
                #settled
            })
        }
    }
}
