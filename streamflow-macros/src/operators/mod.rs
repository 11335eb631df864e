//! The words of the language: one row per operator, source and sink.
//!
//! Did-you-mean, the checks, the tests and the page of the book are all driven by these rows.

mod connectors;
mod elsewhere;
mod table;

pub(crate) use connectors::{Connector, Promise, SINKS, SOURCES, sink, source};
#[cfg(test)]
pub(crate) use elsewhere::NO_TWIN;
pub(crate) use elsewhere::{Elsewhere, INTERVAL, from_elsewhere, of_clause};
pub(crate) use table::OPERATORS;

/// One operator.
#[derive(Debug)]
pub(crate) struct Operator {
    /// The word in the language.
    pub(crate) name: &'static str,
    pub(crate) group: Group,
    /// What stands in its parentheses or braces.
    pub(crate) arguments: Arguments,
    /// What it asks of the stream in front of it.
    pub(crate) needs: Needs,
    /// What it keeps from one item to the next.
    pub(crate) keeps: Keeps,
    /// The words that may follow its arguments.
    pub(crate) clauses: &'static [&'static str],
    /// A use of it that is right, to be quoted in messages.
    pub(crate) example: &'static str,
    /// What it does, in one line.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "read by the test that writes the book's page")
    )]
    pub(crate) doc: &'static str,
    /// What it is called in other systems.
    pub(crate) elsewhere: &'static [&'static str],
}

/// Where an operator stands in the documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    Stateless,
    Routing,
    PerKey,
    OverAll,
    State,
    Time,
    Join,
    Async,
    Sink,
}

/// What stands in an operator's parentheses or braces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arguments {
    /// Nothing.
    None,
    /// A closure or function of one item.
    Function,
    /// A closure or function that combines or takes several values: how many.
    Combiner(usize),
    /// `+`, `*`, … or a closure of two values.
    Reducer,
    /// `init, add, merge`.
    Aggregate,
    /// `init, f`, where `f` takes this many values.
    Init(usize),
    /// A whole number.
    Count,
    /// A whole number, or nothing.
    MaybeCount,
    /// A share, as `1%`.
    Percent,
    /// A rate, as `100/s`.
    Rate,
    /// A number between 0 and 1, and a function of the item, or the number alone.
    Quantile,
    /// A stream or a table: its name, or a chain.
    Stream,
    /// A block in braces.
    Block,
}

/// What an operator asks of the stream in front of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Any item.
    Items,
    /// `(key, value)` pairs.
    Pairs,
    /// A table.
    Table,
}

/// What an operator keeps from one item to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeps {
    /// Nothing.
    Nothing,
    /// Rows, where an interval is given.
    Rows,
    /// What its interval or window has brought so far.
    Period,
    /// Something for each key, until a bound that must be given.
    PerKey,
    /// The records of both sides, as long as they can still meet others.
    BothSides,
}

/// The operator of this name.
pub(crate) fn operator(name: &str) -> Option<&'static Operator> {
    OPERATORS.iter().find(|operator| operator.name == name)
}

/// Whether a stage can begin with this word.
pub(crate) fn is_known(word: &str) -> bool {
    operator(word).is_some() || matches!(word, "to" | "tee" | "union" | "from")
}

impl Operator {
    /// Whether its parentheses hold code that the user writes.
    pub(crate) fn takes_function(&self) -> bool {
        matches!(
            self.arguments,
            Arguments::Function
                | Arguments::Combiner(_)
                | Arguments::Reducer
                | Arguments::Aggregate
                | Arguments::Init(_)
        )
    }

    /// Whether it gathers items until an interval or a window ends.
    pub(crate) fn is_aggregate(&self) -> bool {
        self.keeps == Keeps::Period
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_has_one_row() {
        for (at, operator) in OPERATORS.iter().enumerate() {
            assert!(
                OPERATORS
                    .iter()
                    .skip(at + 1)
                    .all(|other| other.name != operator.name),
                "`{}` stands twice",
                operator.name
            );
            assert!(
                operator.example.starts_with(operator.name),
                "{}",
                operator.example
            );
            assert!(operator.doc.ends_with('.'), "{}", operator.doc);
        }
    }

    #[test]
    fn words_of_other_systems_lead_to_ours() {
        let Some(Elsewhere::Operator(found)) = from_elsewhere("reduceByKey") else {
            panic!("`reduceByKey` is known from Spark");
        };
        assert_eq!(found.name, "reduce_by_key");
        assert!(matches!(
            from_elsewhere("window"),
            Some(Elsewhere::Answer(_))
        ));
        assert!(from_elsewhere("reduce_by_key").is_none());
    }
}
