//! Writes a chain as a block: `let items = …;` for each stage, and the stream at its end.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

use super::arguments;
use super::process;
use super::shape::{Operation, Statement, is_punct, split_at};
use super::{block, ops, ours, rt};
use crate::operators::{self, Arguments, Elsewhere, Group, Operator};
use crate::suggest;
use crate::support::{self, What};

/// How often each stream is still to be read: its last reader gets the items themselves.
pub(super) struct Streams(BTreeMap<String, usize>);

impl Streams {
    /// Counts the names that chains begin with.
    pub(super) fn of(statements: &[Statement<'_>]) -> Self {
        let mut readers = BTreeMap::new();
        for statement in statements {
            count(statement.chain(), &mut readers);
        }
        Streams(readers)
    }

    /// Takes one reader off.
    fn read(&mut self, name: &Ident) -> Reader {
        let left = self.0.entry(name.to_string()).or_default();
        *left = left.saturating_sub(1);
        if *left == 0 {
            Reader::Last
        } else {
            Reader::OneOfMany
        }
    }
}

fn count(chain: &[TokenTree], readers: &mut BTreeMap<String, usize>) {
    let mut segments = split_at(chain, '|');
    match segments.next() {
        Some([TokenTree::Ident(name)]) => *readers.entry(name.to_string()).or_default() += 1,
        Some([TokenTree::Ident(word), TokenTree::Group(group), ..]) if word == "union" => {
            let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
            split_at(&tokens, ',').for_each(|chain| count(chain, readers));
        }
        _ => {}
    }
    for operation in segments.filter_map(Operation::read) {
        if let (true, Some(args)) = (takes_stream(operation.word), operation.args) {
            let tokens: Vec<TokenTree> = args.stream().into_iter().collect();
            count(&tokens, readers);
        }
    }
}

/// Whether another stream stands in the operator's parentheses.
fn takes_stream(word: &Ident) -> bool {
    supported(&word.to_string()).is_some_and(|known| known.arguments == Arguments::Stream)
}

/// The variable that every stage takes its items from, and leaves its own in.
fn items() -> Ident {
    Ident::new("items", ours())
}

/// A chain with its head, as an expression.
pub(super) fn whole(chain: &[TokenTree], streams: &mut Streams) -> TokenStream {
    let mut segments = split_at(chain, '|');
    let head = head(segments.next().unwrap_or_default(), streams);
    stages(&head, segments, streams)
}

fn stages<'a>(
    head: &TokenStream,
    segments: impl Iterator<Item = &'a [TokenTree]>,
    streams: &mut Streams,
) -> TokenStream {
    let items = items();
    let mut segments = segments.peekable();
    let mut written = quote_spanned!(ours()=> let #items = #head;);
    while let Some(segment) = segments.next() {
        let last = if segments.peek().is_none() {
            Reader::Last
        } else {
            Reader::OneOfMany
        };
        let stage = stage(segment, last, streams);
        written.extend(quote_spanned!(ours()=> let #items = #stage;));
    }
    block(&quote_spanned!(ours()=> #written #items))
}

fn head(tokens: &[TokenTree], streams: &mut Streams) -> TokenStream {
    let (ops, rt) = (ops(), rt());
    match tokens {
        [] => reader(&quote_spanned!(ours()=> #rt::unknown()), Reader::Last),
        [TokenTree::Ident(from), rest @ ..] if from == "from" => source(from, rest),
        [TokenTree::Ident(word), TokenTree::Group(group), ..]
            if word == "union" && group.delimiter() == Delimiter::Parenthesis =>
        {
            let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
            let mut chains = split_at(&tokens, ',')
                .filter(|chain| !chain.is_empty())
                .map(|chain| whole(chain, streams));
            // Streams that do not fit together are for the Rust compiler to report: it knows where.
            let first = chains.next();
            let others: TokenStream = chains
                .map(|chain| quote_spanned!(ours()=> let _ = #chain;))
                .collect();
            let items = items();
            block(&quote_spanned!(ours()=> let #items = #ops::#word([#first]); #others #items))
        }
        [TokenTree::Ident(name), ..] => reader(&quote!(#name), streams.read(name)),
        _ => quote_spanned!(ours()=> #rt::unknown()),
    }
}

/// Which of a stream's readers one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    /// It gets copies or references.
    OneOfMany,
    /// It gets the items themselves.
    Last,
}

/// A stream as its reader gets it.
fn reader(stream: &TokenStream, reader: Reader) -> TokenStream {
    let rt = rt();
    // Names of one length: whether there are more readers must not move what stands behind.
    let call = match reader {
        Reader::OneOfMany => quote_spanned!(ours()=> share),
        Reader::Last => quote_spanned!(ours()=> whole),
    };
    block(&quote_spanned! {ours()=>
        use #rt::{SharedByCopy as _, SharedByReference as _};
        (&&#stream).#call()
    })
}

/// `from kafka("topic") as Text`.
fn source(from: &Ident, tokens: &[TokenTree]) -> TokenStream {
    let (ops, rt) = (ops(), rt());
    let source = Ident::new("source", ours());
    let Some(operation) = Operation::read(tokens) else {
        let unknown = quote_spanned!(ours()=> #rt::unknown());
        return block(&quote_spanned!(ours()=> let #source = #ops::#from::; #unknown));
    };
    let word = operation.word;
    let args = arguments::of_source(&operation);
    let read = |format: TokenStream| quote_spanned!(ours()=> #rt::read::<#format, _>(#source));
    let refused = operation.refused();
    let refused = quote_spanned!(ours()=> #(#refused = #rt::records();)*);
    let read = match operation.clause("as") {
        Some(format) => arguments::in_format(format, read),
        None => read(quote_spanned!(ours()=> #rt::formats::Text)),
    };
    block(&quote_spanned!(ours()=> let #source = #ops::#from::#word(#args); #refused #read))
}

/// A stage, as an expression that gives the stream behind it. `last` is what the last branch of a
/// `tee` is here: something stands behind it, or nothing.
fn stage(tokens: &[TokenTree], last: Reader, streams: &mut Streams) -> TokenStream {
    let refused = refused_by(tokens);
    let stage = taking(tokens, last, streams);
    if refused.is_empty() {
        return stage;
    }
    let items = items();
    block(&quote_spanned!(ours()=> #(#refused = #items;)* #stage))
}

/// The names of what a stage does not take.
fn refused_by(tokens: &[TokenTree]) -> Vec<Ident> {
    let operation = match tokens {
        [TokenTree::Ident(word), rest @ ..] if word == "to" || word == "from" => rest,
        all => all,
    };
    Operation::read(operation).map_or_else(Vec::new, |operation| operation.refused())
}

/// The names of what the stages of a chain do not take: they are there behind it.
pub(super) fn refused(chain: &[TokenTree]) -> Vec<Ident> {
    let mut names = Vec::new();
    for segment in split_at(chain, '|') {
        names.extend(refused_by(segment));
        let Some(operation) = Operation::read(segment) else {
            continue;
        };
        let (inside, mark) = match (operation.word.to_string().as_str(), &operation) {
            (
                "tee",
                Operation {
                    body: Some(body), ..
                },
            ) => (body.stream(), ';'),
            (
                "union",
                Operation {
                    args: Some(args), ..
                },
            ) => (args.stream(), ','),
            _ => continue,
        };
        let tokens: Vec<TokenTree> = inside.into_iter().collect();
        names.extend(split_at(&tokens, mark).flat_map(refused));
    }
    names
}

/// The stage as it takes its items.
fn taking(tokens: &[TokenTree], last: Reader, streams: &mut Streams) -> TokenStream {
    let (ops, items) = (ops(), items());
    match tokens {
        [] => block(&quote_spanned!(ours()=> #ops::; #items)),
        [TokenTree::Ident(to), rest @ ..] if to == "to" => sink(to, rest),
        _ => match Operation::read(tokens) {
            Some(operation) if operation.word == "tee" => tee(&operation, last, streams),
            Some(operation) if operation.word == "split" => split(&operation),
            Some(operation) if takes_stream(operation.word) => join(&operation, streams),
            Some(operation) if operation.word == "with_window" => with_window(&operation),
            Some(operation) if operation.word == "process" => process::stage(&operation, &items),
            Some(operation) => operator(&operation),
            None => quote!(#items),
        },
    }
}

fn sink(to: &Ident, tokens: &[TokenTree]) -> TokenStream {
    let (ops, items) = (ops(), items());
    let Some(operation) = Operation::read(tokens) else {
        return block(&quote_spanned!(ours()=> #ops::#to::; #items));
    };
    let word = operation.word;
    let (args, behind) = arguments::of_sink(&operation, &items);
    block(&quote_spanned!(ours()=> #ops::#to::#word(#items, #args); #behind #items))
}

fn tee(operation: &Operation<'_>, last: Reader, streams: &mut Streams) -> TokenStream {
    let (ops, items) = (ops(), items());
    let word = operation.word;
    let tokens: Vec<TokenTree> = operation
        .body
        .map(|body| body.stream().into_iter().collect())
        .unwrap_or_default();
    let stream = quote!(#items);
    let branches: Vec<&[TokenTree]> = split_at(&tokens, ';').collect();
    // An empty branch is a place where one can begin; behind the last `;` it is none.
    let last_branch = branches.iter().rposition(|branch| !branch.is_empty());
    let mut written = TokenStream::new();
    for (at, branch) in branches.into_iter().enumerate() {
        let which = if last_branch == Some(at) {
            last
        } else {
            Reader::OneOfMany
        };
        let branch = stages(&reader(&stream, which), split_at(branch, '|'), streams);
        written.extend(quote_spanned!(ours()=> #branch;));
    }
    block(&quote_spanned!(ours()=> #ops::#word(#items); #written #items))
}

/// `split { name: predicate, rest }`: the items as every arm gets them.
fn split(operation: &Operation<'_>) -> TokenStream {
    let (ops, items) = (ops(), items());
    let word = operation.word;
    let predicates = arms(operation).into_iter().filter_map(|(_, predicate)| {
        let predicate = arguments::given_or_missing(&predicate?);
        Some(quote_spanned!(ours()=> let _ = #ops::filter(#items, #predicate);))
    });
    let predicates: TokenStream = predicates.collect();
    block(&quote_spanned!(ours()=> #ops::#word(#items); #predicates #items))
}

/// The names of the arms of a `split`, each with its predicate.
fn arms(operation: &Operation<'_>) -> Vec<(Ident, Option<Vec<TokenTree>>)> {
    let tokens: Vec<TokenTree> = operation
        .body
        .map(|body| body.stream().into_iter().collect())
        .unwrap_or_default();
    split_at(&tokens, ',')
        .filter_map(|arm| match arm {
            [TokenTree::Ident(name), colon, predicate @ ..] if is_punct(colon, ':') => {
                Some((name.clone(), Some(predicate.to_vec())))
            }
            [
                TokenTree::Ident(_),
                TokenTree::Ident(_),
                TokenTree::Ident(name),
            ]
            | [TokenTree::Ident(name)] => Some((name.clone(), None)),
            _ => None,
        })
        .collect()
}

/// The names that the `split` at the end of a chain gives to streams.
pub(super) fn names_at_the_end(chain: &[TokenTree]) -> Vec<Ident> {
    let Some(operation) = split_at(chain, '|').last().and_then(Operation::read) else {
        return Vec::new();
    };
    if operation.word != "split" {
        return Vec::new();
    }
    arms(&operation).into_iter().map(|(name, _)| name).collect()
}

/// `join(payments) every 1s`: the other stream is a chain of its own.
fn join(operation: &Operation<'_>, streams: &mut Streams) -> TokenStream {
    let (ops, items) = (ops(), items());
    let word = operation.word;
    let tokens: Vec<TokenTree> = operation
        .args
        .map(|args| args.stream().into_iter().collect())
        .unwrap_or_default();
    let other = whole(&tokens, streams);
    block(&quote_spanned!(ours()=> #ops::#word(#items, #other)))
}

/// `with_window`: whether results are pairs is found out by their type.
fn with_window(operation: &Operation<'_>) -> TokenStream {
    let (ops, rt, items) = (ops(), rt(), items());
    let word = operation.word;
    let args = arguments::of_unknown(operation);
    block(&quote_spanned! {ours()=>
        #args
        use #rt::{LentPairsOfWindows as _, PairsOfWindows as _, ResultsOfWindows as _};
        #ops::#word((&&&#items).of_windows())
    })
}

/// `map(|item| …)`. A word that is none of the language stands first, so that it can be completed;
/// then what it was probably meant to be, so that the stages behind have types.
fn operator(operation: &Operation<'_>) -> TokenStream {
    let (ops, items) = (ops(), items());
    let word = operation.word;
    if let Some(known) = supported(&word.to_string()) {
        let (args, behind) = arguments::of_operator(operation, known);
        let call = quote_spanned!(ours()=> #ops::#word(#items, #args));
        return if known.group == Group::Async {
            block(&settled(&call))
        } else if behind.is_empty() && !is_sink(word) {
            block(&call)
        } else {
            block(&quote_spanned!(ours()=> #call; #behind #items))
        };
    }
    let unknown = quote_spanned!(ours()=> #ops::#word(#items););
    let meant = if let Some(meant) = meant_by(&word.to_string()) {
        let (args, behind) = arguments::of_operator(operation, meant);
        let meant = Ident::new(meant.name, ours());
        quote_spanned!(ours()=> #behind #ops::#meant(#items, #args))
    } else {
        let args = arguments::of_unknown(operation);
        quote_spanned!(ours()=> #args #items)
    };
    block(&quote_spanned!(ours()=> #unknown #meant))
}

/// The stream of what goes on of answers.
fn settled(answers: &TokenStream) -> TokenStream {
    let (rt, items) = (rt(), items());
    quote_spanned! {ours()=>
        let #items = #answers;
        use #rt::{SettlesAsIs as _, SettlesMaybe as _, SettlesMaybeOrFails as _, SettlesOrFails as _};
        (&&&&#items).settled()
    }
}

/// Whether nothing may follow the operator, which is not for an editor to say.
fn is_sink(word: &Ident) -> bool {
    word == "print" || word == "for_each"
}

fn supported(word: &str) -> Option<&'static Operator> {
    operators::operator(word)
        .filter(|operator| support::is_supported(What::Operator, operator.name))
}

fn meant_by(word: &str) -> Option<&'static Operator> {
    if let Some(Elsewhere::Operator(operator)) = operators::from_elsewhere(word) {
        return supported(operator.name);
    }
    let names = operators::OPERATORS.iter().map(|operator| operator.name);
    supported(suggest::nearest(word, names)?)
}
