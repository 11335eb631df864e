//! Reads one chain: a head, and the stages behind each `|`.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenTree};

use super::cursor::{is_punct, split_at};
use super::operation::{self, After};
use crate::diagnostics::Diagnostics;
use crate::operators::{self, Elsewhere};
use crate::suggest;
use crate::syntax::{Chain, Head, Stage};
use crate::text;

/// A chain with its head.
pub(super) fn whole(tokens: &[TokenTree], diagnostics: &mut Diagnostics) -> Chain {
    let segments = segments(tokens);
    let mut segments = segments.into_iter();
    let head = match segments.next() {
        Some(first) => head(&first, diagnostics),
        None => Head::Broken,
    };
    Chain {
        head,
        stages: stages(&segments.collect::<Vec<_>>(), diagnostics),
    }
}

/// The chain of a `tee` branch: stages only.
fn branch(tokens: &[TokenTree], diagnostics: &mut Diagnostics) -> Chain {
    if let [TokenTree::Ident(word), ..] = tokens
        && word == "from"
    {
        diagnostics
            .error(
                word.span(),
                "a branch of `tee` begins with a stage, not with a source",
            )
            .help("the branch gets the stream in front of `tee`: begin with `map(…)` or a sink");
        return Chain {
            head: Head::Broken,
            stages: Vec::new(),
        };
    }
    Chain {
        head: Head::Branch,
        stages: stages(&segments(tokens), diagnostics),
    }
}

/// What stands between two `|`, and the `|` in front of it.
struct Segment<'a> {
    pipe: Option<Span>,
    tokens: &'a [TokenTree],
}

fn segments(tokens: &[TokenTree]) -> Vec<Segment<'_>> {
    let pipes = tokens
        .iter()
        .filter(|token| is_punct(token, '|'))
        .map(|token| Some(token.span()));
    std::iter::once(None)
        .chain(pipes)
        .zip(split_at(tokens, '|'))
        .map(|(pipe, tokens)| Segment { pipe, tokens })
        .collect()
}

fn head(segment: &Segment<'_>, diagnostics: &mut Diagnostics) -> Head {
    match segment.tokens {
        [] => {
            if let Some(pipe) = segment.pipe {
                diagnostics.error(pipe, "this pipeline has no source");
            }
            Head::Broken
        }
        [TokenTree::Ident(from), rest @ ..] if from == "from" => {
            match operation::read(rest, from.span(), After::From, diagnostics) {
                Some(operation) => Head::From(operation),
                None => Head::Broken,
            }
        }
        [TokenTree::Ident(word), TokenTree::Group(group)]
            if word == "union" && group.delimiter() == Delimiter::Parenthesis =>
        {
            union(word, group, diagnostics)
        }
        [TokenTree::Ident(name)] if !is_source(name) => Head::Name(name.clone()),
        [first, rest @ ..] => {
            not_a_head(first, rest, diagnostics);
            Head::Broken
        }
    }
}

fn is_source(word: &Ident) -> bool {
    operators::source(&word.to_string()).is_some()
}

fn not_a_head(first: &TokenTree, rest: &[TokenTree], diagnostics: &mut Diagnostics) {
    let TokenTree::Ident(word) = first else {
        diagnostics
            .error(first.span(), format!("expected `from`, found `{first}`"))
            .help("a pipeline begins with a source: `from kafka(\"topic\")`");
        return;
    };
    let written = word.to_string();
    if is_source(word) {
        let call = text::of(&std::iter::once(first).chain(rest).cloned().collect());
        diagnostics
            .error(word.span(), format!("expected `from` in front of `{word}`"))
            .help(format!("write `from {call}`"));
    } else if suggest::nearest(&written, ["from"]).is_some() {
        diagnostics
            .error(word.span(), format!("expected `from`, found `{word}`"))
            .help("did you mean `from`?");
    } else if written == "job" {
        diagnostics
            .error(word.span(), "a second job begins here")
            .help("write another `stream_job! { … }` for it; several pipelines need no second job");
    } else if matches!(
        &*written,
        "fn" | "use" | "struct" | "enum" | "const" | "static" | "impl"
    ) {
        diagnostics
            .error(word.span(), "items of Rust do not stand in a job")
            .help("put them in front of `stream_job!`");
    } else if rest.first().is_some_and(|next| is_punct(next, ':')) {
        diagnostics
            .error(
                word.span(),
                format!("`{word}:` does not stand among the pipelines"),
            )
            .help(format!(
                "settings stand in the header: `job name {{ {word}: … }}`"
            ));
    } else if let Some(answer) = operators::from_elsewhere(&written) {
        let help = match answer {
            Elsewhere::Operator(operator) => {
                format!(
                    "begin with a source: `from kafka(\"topic\") | {}`",
                    operator.example
                )
            }
            Elsewhere::Answer(answer) => answer.to_owned(),
        };
        diagnostics
            .error(
                word.span(),
                format!("a pipeline begins with a source, not with `{word}`"),
            )
            .help(help);
    } else if operators::operator(&written).is_some() {
        diagnostics
            .error(
                word.span(),
                format!("a pipeline begins with a source, not with `{word}`"),
            )
            .help(format!(
                "put a source in front: `from kafka(\"topic\") | {word}`"
            ));
    } else {
        let behind = rest.first().map_or(word.span(), TokenTree::span);
        diagnostics
            .error(
                behind,
                format!("unexpected token after the stream `{word}`"),
            )
            .help(format!(
                "put a `|` in front of the next stage: `{word} | map(…)`"
            ));
    }
}

fn union(word: &Ident, group: &Group, diagnostics: &mut Diagnostics) -> Head {
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    let chains: Vec<Chain> = split_at(&tokens, ',')
        .into_iter()
        .filter(|tokens| !tokens.is_empty())
        .map(|tokens| whole(tokens, diagnostics))
        .collect();
    if chains.len() < 2 {
        diagnostics
            .error(word.span(), "`union` joins two streams or more")
            .help("write `union(a, b)`, where `a` and `b` are names or pipelines");
        if chains.is_empty() {
            return Head::Broken;
        }
    }
    Head::Union {
        word: word.clone(),
        chains,
    }
}

fn stages(segments: &[Segment<'_>], diagnostics: &mut Diagnostics) -> Vec<Stage> {
    let mut stages = Vec::new();
    let mut at = 0;
    while let Some(segment) = segments.get(at) {
        at += 1;
        if let Some(skipped) = bare_closure(segments, at - 1, diagnostics) {
            stages.push(Stage::Broken);
            at += skipped;
            continue;
        }
        let is_last = at == segments.len();
        match segment.tokens {
            [] => {
                no_stage(segment, is_last, diagnostics);
                stages.push(Stage::Broken);
            }
            tokens if clause_behind_a_bar(tokens, segment.pipe, diagnostics) => {
                // What the stage in front says without its clause is no second mistake.
                stages.pop();
                stages.push(Stage::Broken);
            }
            tokens => stages.push(stage(tokens, segment.pipe, diagnostics)),
        }
    }
    stages
}

/// `count | every 1s`: the clause belongs to the stage in front of the bar.
fn clause_behind_a_bar(
    tokens: &[TokenTree],
    pipe: Option<Span>,
    diagnostics: &mut Diagnostics,
) -> bool {
    let [TokenTree::Ident(word), ..] = tokens else {
        return false;
    };
    if !operation::is_clause(word) || operators::operator(&word.to_string()).is_some() {
        return false;
    }
    let clause = text::of(&tokens.iter().cloned().collect());
    diagnostics
        .error(
            pipe.unwrap_or(word.span()),
            format!("no `|` stands in front of `{word}`"),
        )
        .help(format!(
            "it belongs to the stage in front: take the `|` away, `… {clause}`"
        ));
    true
}

fn no_stage(segment: &Segment<'_>, is_last: bool, diagnostics: &mut Diagnostics) {
    let Some(pipe) = segment.pipe else { return };
    if is_last {
        diagnostics
            .error(pipe, "nothing follows this `|`")
            .help("end the pipeline with a sink, as in `| print`, or take the `|` out");
    } else {
        diagnostics
            .error(pipe, "empty stage: two `|` in a row")
            .help("take one `|` out");
    }
}

/// `map |x| x + 1`: the closure's own bars have split it. Gives how many segments to pass over.
fn bare_closure(
    segments: &[Segment<'_>],
    at: usize,
    diagnostics: &mut Diagnostics,
) -> Option<usize> {
    let [TokenTree::Ident(word)] = segments.get(at)?.tokens else {
        return None;
    };
    let operator = operators::operator(&word.to_string())?;
    let next = segments.get(at + 1)?.tokens;
    let next_is_stage = matches!(next.first(), Some(TokenTree::Ident(next))
        if operators::is_known(&next.to_string()));
    if !operator.takes_function() || next_is_stage || segments.len() < at + 3 {
        return None;
    }
    diagnostics
        .error(
            word.span(),
            format!("the closure of `{word}` goes in parentheses"),
        )
        .help(format!("write `{}`", operator.example));
    Some(2)
}

fn stage(tokens: &[TokenTree], pipe: Option<Span>, diagnostics: &mut Diagnostics) -> Stage {
    let behind =
        pipe.unwrap_or_else(|| tokens.first().map_or_else(Span::call_site, TokenTree::span));
    match tokens {
        [TokenTree::Ident(word), ..] if word == "union" => {
            diagnostics
                .error(word.span(), "`union` begins a pipeline")
                .help("write `union(a, b) | …`, where `a` and `b` are names or pipelines");
            Stage::Broken
        }
        [TokenTree::Ident(word), TokenTree::Group(group), ..]
            if word == "tee" && group.delimiter() == Delimiter::Brace =>
        {
            Stage::Tee {
                word: word.clone(),
                branches: branches(group, diagnostics),
            }
        }
        [TokenTree::Ident(word), rest @ ..] if word == "to" => {
            match operation::read(rest, word.span(), After::To, diagnostics) {
                Some(operation) => Stage::To {
                    word: word.clone(),
                    operation,
                },
                None => Stage::Broken,
            }
        }
        _ => match operation::read(tokens, behind, After::Pipe, diagnostics) {
            Some(operation) => Stage::Operator(operation),
            None => Stage::Broken,
        },
    }
}

fn branches(group: &Group, diagnostics: &mut Diagnostics) -> Vec<Chain> {
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    split_at(&tokens, ';')
        .into_iter()
        .filter(|tokens| !tokens.is_empty())
        .map(|tokens| branch(tokens, diagnostics))
        .collect()
}
