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
    let segments = segments(tokens, diagnostics);
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
        stages: stages(&segments(tokens, diagnostics), diagnostics),
    }
}

/// What stands between two `|`, and the `|` in front of it.
struct Segment<'a> {
    pipe: Option<Span>,
    tokens: &'a [TokenTree],
}

fn segments<'a>(tokens: &'a [TokenTree], diagnostics: &mut Diagnostics) -> Vec<Segment<'a>> {
    let pipes = tokens
        .iter()
        .filter(|token| is_punct(token, '|'))
        .map(|token| Some(token.span()));
    std::iter::once(None)
        .chain(pipes)
        .zip(split_at(tokens, '|'))
        .map(|(pipe, tokens)| Segment {
            pipe,
            tokens: behind_the_bar(tokens, pipe, diagnostics),
        })
        .collect()
}

/// `|> map(…)`: the bar of other languages is reported, and taken for ours.
fn behind_the_bar<'a>(
    tokens: &'a [TokenTree],
    pipe: Option<Span>,
    diagnostics: &mut Diagnostics,
) -> &'a [TokenTree] {
    match (tokens, pipe) {
        ([angle, rest @ ..], Some(_)) if is_punct(angle, '>') => {
            if diagnostics.first_time("|>") {
                diagnostics
                    .error(angle.span(), "stages are joined by `|`, not by `|>`")
                    .help("take the `>` away, here and behind the other bars");
            }
            rest
        }
        (tokens, _) => tokens,
    }
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
        [TokenTree::Ident(word), ..] if is_source(word) => {
            let call = text::of(&segment.tokens.iter().cloned().collect());
            diagnostics
                .error(word.span(), format!("expected `from` in front of `{word}`"))
                .help(format!("write `from {call}`"));
            without_from(segment.tokens, word, diagnostics)
        }
        [first, rest @ ..] => {
            not_a_head(first, rest, diagnostics);
            Head::Broken
        }
    }
}

fn without_from(tokens: &[TokenTree], word: &Ident, diagnostics: &mut Diagnostics) -> Head {
    operation::read(tokens, word.span(), After::From, diagnostics).map_or(Head::Broken, Head::From)
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
    if suggest::nearest(&written, ["from"]).is_some() {
        diagnostics
            .error(word.span(), format!("expected `from`, found `{word}`"))
            .help("did you mean `from`?");
    } else if written == "union" {
        not_a_union(first, rest, diagnostics);
    } else if written == "job" || written == "Job" {
        diagnostics
            .error(
                word.span(),
                "the header of a job stands in front of its pipelines",
            )
            .help(
                "move it to the top; for a second job write another `stream_job! { … }`, several \
                 pipelines need none",
            );
    } else if is_item(word) {
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
    } else if let Some(answer) = dotted(rest) {
        // `env.execute("job")`
        diagnostics
            .error(
                word.span(),
                format!("a pipeline begins with a source, not with `{word}`"),
            )
            .help(answer);
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
    } else if let Some(other) = joined(rest) {
        let behind = rest.first().map_or(word.span(), TokenTree::span);
        diagnostics
            .error(behind, "streams are joined by `union`")
            .help(format!("write `union({word}, {other})`"));
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

/// `+ b`, `.union(b)`, `.merge(b)`: the other stream.
fn joined(rest: &[TokenTree]) -> Option<String> {
    match rest {
        [sign, TokenTree::Ident(other), ..] if is_punct(sign, '+') || is_punct(sign, '&') => {
            Some(other.to_string())
        }
        [dot, TokenTree::Ident(method), TokenTree::Group(other), ..]
            if is_punct(dot, '.')
                && ["union", "merge", "concat", "unionAll"]
                    .iter()
                    .any(|known| method == known) =>
        {
            Some(text::of(&other.stream()))
        }
        _ => None,
    }
}

/// `.execute("job")`: what to write for the method.
fn dotted(rest: &[TokenTree]) -> Option<&'static str> {
    let [dot, TokenTree::Ident(method), TokenTree::Group(_), ..] = rest else {
        return None;
    };
    match operators::from_elsewhere(&method.to_string())? {
        Elsewhere::Answer(answer) if is_punct(dot, '.') => Some(answer),
        _ => None,
    }
}

/// `union[a, b]`, `union(a, b) else skip`, `union a, b`
fn not_a_union(word: &TokenTree, rest: &[TokenTree], diagnostics: &mut Diagnostics) {
    let of = |tokens: &[TokenTree]| text::of(&tokens.iter().cloned().collect());
    match rest {
        [TokenTree::Group(group), behind @ ..]
            if group.delimiter() == Delimiter::Parenthesis && !behind.is_empty() =>
        {
            let first = behind.first().map_or(word.span(), TokenTree::span);
            diagnostics
                .error(first, "nothing but a `|` stands behind `union(…)`")
                .help(format!("take `{}` away", of(behind)));
        }
        [TokenTree::Group(group), ..] => {
            diagnostics
                .error(
                    group.span_open(),
                    "the streams of `union` stand in parentheses",
                )
                .help(format!("write `union({})`", text::of(&group.stream())));
        }
        rest => {
            diagnostics
                .error(word.span(), "the streams of `union` stand in parentheses")
                .help(format!("write `union({})`", of(rest)));
        }
    }
}

fn union(word: &Ident, group: &Group, diagnostics: &mut Diagnostics) -> Head {
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    if let [TokenTree::Ident(first), TokenTree::Ident(second)] = tokens.as_slice()
        && first != "from"
    {
        return missing_comma(word, first, second, diagnostics);
    }
    let mut told = false;
    let chains: Vec<Chain> = split_at(&tokens, ',')
        .into_iter()
        .filter(|tokens| !tokens.is_empty())
        .map(|tokens| match tokens {
            [TokenTree::Ident(word), ..] if is_source(word) => {
                // `union(kafka("a"), kafka("b"))` is one slip.
                if std::mem::replace(&mut told, true) {
                    with_from(tokens, word, diagnostics)
                } else {
                    whole(tokens, diagnostics)
                }
            }
            tokens => whole(tokens, diagnostics),
        })
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

/// Whether an item of Rust begins with this word.
pub(super) fn is_item(word: &Ident) -> bool {
    [
        "fn", "use", "struct", "enum", "const", "static", "impl", "mod", "trait", "type",
    ]
    .iter()
    .any(|item| word == item)
}

fn missing_comma(
    word: &Ident,
    first: &Ident,
    second: &Ident,
    diagnostics: &mut Diagnostics,
) -> Head {
    diagnostics
        .error(
            second.span(),
            format!("a `,` is missing in front of `{second}`"),
        )
        .help(format!("write `union({first}, {second})`"));
    let chain = |name: &Ident| Chain {
        head: Head::Name(name.clone()),
        stages: Vec::new(),
    };
    Head::Union {
        word: word.clone(),
        chains: vec![chain(first), chain(second)],
    }
}

/// A chain of which the `from` in front is missing, which is told elsewhere.
fn with_from(tokens: &[TokenTree], word: &Ident, diagnostics: &mut Diagnostics) -> Chain {
    let from = TokenTree::Ident(Ident::new("from", word.span()));
    let tokens: Vec<TokenTree> = std::iter::once(from)
        .chain(tokens.iter().cloned())
        .collect();
    whole(&tokens, diagnostics)
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
    let is_word_of_elsewhere =
        tokens.len() == 1 && operators::from_elsewhere(&word.to_string()).is_some();
    if !operation::is_clause(word)
        || operators::operator(&word.to_string()).is_some()
        || is_word_of_elsewhere
    {
        return false;
    }
    let of = |tokens: &[TokenTree]| text::of(&tokens.iter().cloned().collect());
    let operator = tokens.iter().position(|token| {
        matches!(token, TokenTree::Ident(word) if operators::operator(&word.to_string()).is_some())
    });
    if let Some(at) = operator {
        let (clause, operator) = (of(&tokens[..at]), of(&tokens[at..]));
        diagnostics
            .error(
                word.span(),
                format!("`{clause}` stands in front of its operator"),
            )
            .help(format!("put it behind: `| {operator} {clause}`"));
        return true;
    }
    let clause = of(tokens);
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
    if let Some(comma) = tokens.iter().find(|token| is_punct(token, ',')) {
        diagnostics
            .error(comma.span(), "the branches of `tee` are set apart by `;`")
            .help("write a `;` here");
    }
    tokens
        .split(|token| is_punct(token, ';') || is_punct(token, ','))
        .filter(|tokens| !tokens.is_empty())
        .map(|tokens| branch(tokens, diagnostics))
        .collect()
}
