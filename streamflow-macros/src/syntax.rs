//! A job as written: every token and span kept, no meaning yet.

use proc_macro2::{Group, Ident, LineColumn, Span, TokenStream};

/// Everything inside `stream_job! { … }`.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) header: Option<Header>,
    pub(crate) statements: Vec<Statement>,
}

/// `pub job name(parameters) { settings }`.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) visibility: TokenStream,
    pub(crate) name: Ident,
    pub(crate) parameters: Option<Group>,
    pub(crate) settings: Vec<Setting>,
}

impl Header {
    /// Whether the job is written as an item: a function that makes the job, and a module of
    /// constants.
    pub(crate) fn is_item(&self) -> bool {
        self.parameters.is_some() || !self.visibility.is_empty()
    }
}

/// `checkpoint: "dir" every 10s`.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) name: Ident,
    pub(crate) value: TokenStream,
}

/// What stands between two semicolons.
#[derive(Debug)]
pub(crate) enum Statement {
    /// `let name = chain`.
    Binding { name: Ident, chain: Chain },
    /// A chain that ends in a sink.
    Pipeline(Chain),
    /// Something about state that former versions of the job have kept.
    Change(Change),
}

/// What becomes of former state.
#[derive(Debug)]
pub(crate) enum Change {
    /// `state counts migrate v1 -> v2 (|old: u64| …)`.
    Migrate {
        name: Ident,
        from: Version,
        to: Version,
        function: Group,
    },
    /// `drop state counts`.
    Drop { name: Ident },
}

/// A version of a state: `v2`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Version {
    pub(crate) number: u32,
    pub(crate) span: Span,
}

/// A head and the stages behind it.
#[derive(Debug)]
pub(crate) struct Chain {
    pub(crate) head: Head,
    pub(crate) stages: Vec<Stage>,
}

/// Where the items of a chain come from.
#[derive(Debug)]
pub(crate) enum Head {
    /// `from kafka("topic") as Text else skip`.
    From(Operation),
    /// A name given by `let`.
    Name(Ident),
    /// `union(chain, chain)`.
    Union { word: Ident, chains: Vec<Chain> },
    /// The stream that a `tee` hands to its branches.
    Branch,
    /// A head that could not be read; the mistake is reported.
    Broken,
}

/// One stage between two `|`.
#[derive(Debug)]
pub(crate) enum Stage {
    /// An operator: `map(f)`.
    Operator(Operation),
    /// A sink behind `to`: `to files("dir")`.
    To { word: Ident, operation: Operation },
    /// `tee { chain; chain }`.
    Tee { word: Ident, branches: Vec<Chain> },
    /// A stage that could not be read; the mistake is reported.
    Broken,
}

/// A word with its arguments and clauses.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    pub(crate) word: Ident,
    /// The arguments in parentheses.
    pub(crate) args: Option<Group>,
    /// The block in braces.
    pub(crate) body: Option<Group>,
    pub(crate) clauses: Vec<Clause>,
    /// The operation as written, on one line.
    pub(crate) text: String,
    pub(crate) remainder: Remainder,
}

impl Operation {
    /// From its word to its end in the source.
    pub(crate) fn extent(&self) -> (LineColumn, LineColumn) {
        let groups = self.args.iter().chain(&self.body);
        let clauses = self.clauses.iter().map(Clause::end);
        let end = groups
            .map(|group| group.span_close().end())
            .chain(clauses)
            .max()
            .unwrap_or_else(|| self.word.span().end());
        (self.word.span().start(), end)
    }
}

/// What stands behind an operation's last clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remainder {
    Nothing,
    /// Something that no clause is made of. It is reported, and what it was to say is unknown: so
    /// nothing is said to be missing.
    Stray,
}

/// What follows an operation's arguments.
#[derive(Debug, Clone)]
pub(crate) struct Clause {
    pub(crate) word: Ident,
    /// Everything up to the next clause.
    pub(crate) value: TokenStream,
}

impl Clause {
    /// Where it ends in the source.
    fn end(&self) -> LineColumn {
        let last = self.value.clone().into_iter().last();
        last.map_or_else(|| self.word.span(), |token| token.span())
            .end()
    }

    /// The first token of the value; the clause's own word where it has none.
    pub(crate) fn value_span(&self) -> Span {
        self.value
            .clone()
            .into_iter()
            .next()
            .map_or_else(|| self.word.span(), |token| token.span())
    }
}
