//! Names of the generated code, and where in it a stage is being written.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Lifetime;

use super::refused;
use crate::plan::{Plan, Stage};

/// The variables of the generated code that have no number.
pub(super) struct Names {
    pub(super) worker: Ident,
    pub(super) round: Ident,
    pub(super) records: Lifetime,
}

impl Names {
    pub(super) fn new(span: Span) -> Self {
        Names {
            worker: Ident::new("worker", span),
            round: Ident::new("round", span),
            records: Lifetime::new("'records", span),
        }
    }
}

/// The path to the runtime, at a stage's span.
pub(super) fn rt(span: Span) -> TokenStream {
    quote_spanned!(span=> ::streamflow::__private)
}

/// A variable that belongs to a stage: `state_3`.
pub(super) fn variable(what: &str, number: usize, span: Span) -> Ident {
    format_ident!("{}_{}", what, number, span = span)
}

/// The items on their way between two stages.
#[derive(Clone)]
pub(super) enum Item {
    /// In one variable.
    One(Ident),
    /// A pair in two variables, so that the key may borrow from the value.
    Pair(Ident, Ident),
}

impl Item {
    /// The same item, at the stage that takes it: what does not fit there is reported there.
    pub(super) fn taken_at(self, span: Span) -> Item {
        let at = |mut variable: Ident| {
            variable.set_span(span);
            variable
        };
        match self {
            Item::One(whole) => Item::One(at(whole)),
            Item::Pair(key, value) => Item::Pair(at(key), at(value)),
        }
    }
}

/// In which section of the worker's body a stage is being written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    /// In the loop over a source's records.
    Records,
    /// In a round, behind a trigger.
    Round,
}

/// What the writers of stages share.
#[derive(Clone, Copy)]
pub(super) struct Context<'p, 'm> {
    pub(super) plan: &'p Plan<'m>,
    pub(super) section: Section,
    pub(super) way: Way,
    /// By which of its inputs an item has come to the stage.
    pub(super) input: usize,
    /// The stage that gives the items the time they have here, if they have one of their own.
    pub(super) time: Option<usize>,
    /// The source whose record is at hand, as its bytes.
    pub(super) record: Option<usize>,
    /// In which form the item at hand is kept for the stream of what its stage refuses.
    pub(super) kept: Form,
}

/// In how many variables an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    One,
    Pair,
}

/// Which of its ways leads here, as what stands behind a `union` is written once for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// The one through the first stream of every `union`.
    First,
    /// Any other.
    Other,
}

/// One step of an item's way: to a stage, by one of its inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) stage: usize,
    pub(super) input: usize,
}

impl<'p, 'm> Context<'p, 'm> {
    pub(super) fn new(plan: &'p Plan<'m>, section: Section) -> Self {
        Context {
            plan,
            section,
            way: Way::First,
            input: 0,
            time: None,
            record: None,
            kept: Form::One,
        }
    }

    /// The same in the loop over the records of a source.
    pub(super) fn with_record(self, source: usize) -> Self {
        Context {
            record: Some(source),
            ..self
        }
    }

    /// The same where no single record is at hand any more.
    pub(super) fn without_record(self) -> Self {
        Context {
            record: None,
            ..self
        }
    }

    /// The same where a stage has given items a time.
    pub(super) fn at_time_of(self, number: usize) -> Self {
        Context {
            time: Some(number),
            ..self
        }
    }

    /// Whether the item at hand has a time of its own.
    pub(super) fn has_time(&self) -> bool {
        self.time.is_some()
    }

    /// The time of the item at hand.
    pub(super) fn time_of_item(&self, span: Span) -> TokenStream {
        if let Some(given_by) = self.time {
            variable("time", given_by, span).into_token_stream()
        } else {
            let rt = rt(span);
            quote_spanned!(span=> #rt::NO_TIME)
        }
    }

    /// The same behind one step of an item's way.
    pub(super) fn step(self, to: Step) -> Self {
        let way = match to.input {
            0 => self.way,
            _ => Way::Other,
        };
        Context {
            way,
            input: to.input,
            ..self
        }
    }

    /// The steps from a stage to those that take its items.
    pub(super) fn steps(&self, from: usize) -> Vec<Step> {
        let consumers = self
            .stage(from)
            .map_or([].as_slice(), |stage| &stage.consumers);
        let mut steps: Vec<Step> = Vec::new();
        for &stage in consumers {
            // A stage that takes them twice does so by two of its inputs.
            let before = steps.iter().filter(|step| step.stage == stage).count();
            let inputs = self.stage(stage).map_or([].as_slice(), |to| &to.inputs);
            let mut own = (0..inputs.len()).filter(|input| inputs.get(*input) == Some(&from));
            let input = own.nth(before).unwrap_or(0);
            steps.push(Step { stage, input });
        }
        steps
    }

    pub(super) fn stage(&self, number: usize) -> Option<&'p Stage<'m>> {
        self.plan.stages.get(number)
    }

    /// The arm that meets an error of a stage: by the stage's policy the record is left out, or
    /// the loop ends.
    pub(super) fn refuse(&self, number: usize, span: Span) -> TokenStream {
        let error = Ident::new("error", span);
        let refused = self.refused(number, &error, span);
        quote_spanned!(span=> ::core::result::Result::Err(#error) => { #refused })
    }

    /// What is done with an error of a stage, and with the item that it refuses.
    pub(super) fn refused(&self, number: usize, error: &Ident, span: Span) -> TokenStream {
        let rt = rt(span);
        let Names {
            worker, records, ..
        } = Names::new(span);
        if let Some(buried) = refused::buried(*self, number, error, span) {
            return buried;
        }
        let counted = match self.section {
            Section::Records => quote_spanned! {span=>
                if #rt::refuse(#worker, #number, #error) {
                    break #records;
                }
            },
            Section::Round => {
                quote_spanned!(span=> #rt::refuse_in_round(#worker, #number, #error)?;)
            }
        };
        let goes_on = refused::goes_on(*self, number, span);
        quote!(#counted #goes_on)
    }

    /// Runs `fallible`; goes on with `then`, or meets its error by the stage's policy.
    pub(super) fn try_or_refuse(
        &self,
        number: usize,
        fallible: &TokenStream,
        then: &TokenStream,
        span: Span,
    ) -> TokenStream {
        let refuse = self.refuse(number, span);
        quote_spanned! {span=>
            match #fallible {
                ::core::result::Result::Ok(()) => { #then }
                #refuse
            }
        }
    }
}
