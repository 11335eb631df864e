//! Writes a chain as a block: `let items = …;` for each stage, and the stream at its end.

use std::cell::RefCell;
use std::collections::BTreeMap;

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

use super::arguments;
use super::shape::{Operation, Statement, split_at};
use super::{block, ops, ours, rt};
use crate::operators::{self, Elsewhere, Operator, Support};
use crate::suggest;

/// How often each stream is still to be read: its last reader gets the items themselves.
pub(super) struct Streams(RefCell<BTreeMap<String, usize>>);

impl Streams {
    /// Counts the names that chains begin with.
    pub(super) fn of(statements: &[Statement<'_>]) -> Self {
        let mut readers = BTreeMap::new();
        for statement in statements {
            count(statement.chain(), &mut readers);
        }
        Streams(RefCell::new(readers))
    }

    fn is_last_reader(&self, name: &Ident) -> bool {
        let mut readers = self.0.borrow_mut();
        let left = readers.entry(name.to_string()).or_default();
        *left = left.saturating_sub(1);
        *left == 0
    }
}

fn count(chain: &[TokenTree], readers: &mut BTreeMap<String, usize>) {
    match split_at(chain, '|').next() {
        Some([TokenTree::Ident(name)]) => *readers.entry(name.to_string()).or_default() += 1,
        Some([TokenTree::Ident(word), TokenTree::Group(group), ..]) if word == "union" => {
            let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
            split_at(&tokens, ',').for_each(|chain| count(chain, readers));
        }
        _ => {}
    }
}

/// The variable that every stage takes its items from, and leaves its own in.
fn items() -> Ident {
    Ident::new("items", ours())
}

/// A chain with its head, as an expression.
pub(super) fn whole(chain: &[TokenTree], streams: &Streams) -> TokenStream {
    let mut segments = split_at(chain, '|');
    let head = head(segments.next().unwrap_or_default(), streams);
    stages(&head, segments, streams)
}

fn stages<'a>(
    head: &TokenStream,
    segments: impl Iterator<Item = &'a [TokenTree]>,
    streams: &Streams,
) -> TokenStream {
    let items = items();
    let mut segments = segments.peekable();
    let mut written = quote_spanned!(ours()=> let #items = #head;);
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        let stage = stage(segment, is_last, streams);
        written.extend(quote_spanned!(ours()=> let #items = #stage;));
    }
    block(&quote_spanned!(ours()=> #written #items))
}

fn head(tokens: &[TokenTree], streams: &Streams) -> TokenStream {
    let (ops, rt) = (ops(), rt());
    match tokens {
        [TokenTree::Ident(from)] if from == "from" => {
            block(&quote_spanned!(ours()=> #ops::#from::; #rt::unknown()))
        }
        [TokenTree::Ident(from), rest @ ..] if from == "from" => match Operation::read(rest) {
            Some(operation) => source(from, &operation),
            None => quote_spanned!(ours()=> #rt::unknown()),
        },
        [TokenTree::Ident(word), TokenTree::Group(group), ..]
            if word == "union" && group.delimiter() == Delimiter::Parenthesis =>
        {
            let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
            let chains = split_at(&tokens, ',')
                .filter(|chain| !chain.is_empty())
                .map(|chain| whole(chain, streams));
            quote_spanned!(ours()=> #ops::#word([#(#chains),*]))
        }
        [TokenTree::Ident(name), ..] => {
            let name = TokenStream::from(TokenTree::Ident(name.clone()));
            let last = match tokens {
                [TokenTree::Ident(name)] => streams.is_last_reader(name),
                _ => true,
            };
            reader(&name, last)
        }
        _ => quote_spanned!(ours()=> #rt::unknown()),
    }
}

/// A stream that is read: all readers but the last get copies or references.
fn reader(stream: &TokenStream, is_last: bool) -> TokenStream {
    let rt = rt();
    let call = if is_last {
        quote_spanned!(ours()=> whole)
    } else {
        quote_spanned!(ours()=> share)
    };
    block(&quote_spanned! {ours()=>
        use #rt::{SharedByCopy as _, SharedByReference as _};
        (&&#stream).#call()
    })
}

/// `from kafka("topic") as Text`.
fn source(from: &Ident, operation: &Operation<'_>) -> TokenStream {
    let (ops, rt) = (ops(), rt());
    let word = operation.word;
    let args = arguments::of_source(operation);
    let source = Ident::new("source", ours());
    let read = |format: TokenStream| quote_spanned!(ours()=> #rt::read::<#format, _>(#source));
    let read = match operation.clause("as") {
        Some(format) => arguments::in_format(format, read),
        None => read(quote_spanned!(ours()=> #rt::formats::Text)),
    };
    block(&quote_spanned!(ours()=> let #source = #ops::#from::#word(#args); #read))
}

/// A stage, as an expression that gives the stream behind it.
fn stage(tokens: &[TokenTree], is_last: bool, streams: &Streams) -> TokenStream {
    let (ops, items) = (ops(), items());
    match tokens {
        [] => block(&quote_spanned!(ours()=> #ops::; #items)),
        [TokenTree::Ident(to)] if to == "to" => {
            block(&quote_spanned!(ours()=> #ops::#to::; #items))
        }
        [TokenTree::Ident(to), rest @ ..] if to == "to" => match Operation::read(rest) {
            Some(operation) => sink(to, &operation),
            None => quote!(#items),
        },
        _ => match Operation::read(tokens) {
            Some(operation) if operation.word == "tee" => tee(&operation, is_last, streams),
            Some(operation) => operator(&operation),
            None => quote!(#items),
        },
    }
}

fn sink(to: &Ident, operation: &Operation<'_>) -> TokenStream {
    let (ops, items) = (ops(), items());
    let word = operation.word;
    let (args, behind) = arguments::of_sink(operation, &items);
    block(&quote_spanned!(ours()=> #ops::#to::#word(#items, #args); #behind #items))
}

fn tee(operation: &Operation<'_>, is_last: bool, streams: &Streams) -> TokenStream {
    let (ops, items) = (ops(), items());
    let word = operation.word;
    let tokens: Vec<TokenTree> = operation
        .body
        .map(|body| body.stream().into_iter().collect())
        .unwrap_or_default();
    let stream = quote!(#items);
    let mut branches = split_at(&tokens, ';')
        .filter(|branch| !branch.is_empty())
        .peekable();
    let mut written = TokenStream::new();
    while let Some(branch) = branches.next() {
        let head = reader(&stream, is_last && branches.peek().is_none());
        let branch = stages(&head, split_at(branch, '|'), streams);
        written.extend(quote_spanned!(ours()=> #branch;));
    }
    block(&quote_spanned!(ours()=> #ops::#word(#items); #written #items))
}

/// `map(|item| …)`. A word that is none of the language stands first, so that it can be completed;
/// then what it was probably meant to be, so that the stages behind have types.
fn operator(operation: &Operation<'_>) -> TokenStream {
    let (ops, items) = (ops(), items());
    let word = operation.word;
    if let Some(known) = supported(&word.to_string()) {
        let (args, behind) = arguments::of_operator(operation, known);
        let call = quote_spanned!(ours()=> #ops::#word(#items, #args));
        return if behind.is_empty() {
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

fn supported(word: &str) -> Option<&'static Operator> {
    operators::operator(word).filter(|operator| operator.support == Support::Now)
}

fn meant_by(word: &str) -> Option<&'static Operator> {
    if let Some(Elsewhere::Operator(operator)) = operators::from_elsewhere(word) {
        return supported(operator.name);
    }
    let names = operators::OPERATORS.iter().map(|operator| operator.name);
    supported(suggest::nearest(word, names)?)
}
