//! Reads the options of `from kafka(…)`: from where, how far, and how fast its topics are read.

use proc_macro2::{Ident, TokenStream, TokenTree};
use regex_lite::Regex;
use syn::{Expr, LitStr, RangeLimits};

use crate::diagnostics::Diagnostics;
use crate::model::{Offsets, Reads, Start, To};
use crate::parse;
use crate::syntax::Operation;

/// The options, which have the shape that their table asks for; `None` where one is wrong all the
/// same, which is then reported.
pub(super) fn of(
    named: &[(Ident, TokenStream)],
    operation: &Operation,
    diagnostics: &mut Diagnostics,
) -> Option<Reads> {
    let mut reads = Reads::default();
    for (name, value) in named {
        for part in [&name.to_string(), ": ", &value.to_string(), ", "] {
            reads.written.push_str(part);
        }
        match name.to_string().as_str() {
            "start" => reads.start = start(value, diagnostics)?,
            "until" => reads.until_caught_up = true,
            "offsets" => reads.offsets = Some(offsets(value)),
            "max_rate" => reads.max_rate = rate(value, diagnostics)?,
            "pattern" => {
                pattern(value, diagnostics)?;
                reads.by_pattern = true;
            }
            _ => {}
        }
    }
    says_where_once(named, operation, diagnostics)?;
    Some(reads)
}

/// A pattern that is written out is looked at here.
fn pattern(value: &TokenStream, diagnostics: &mut Diagnostics) -> Option<()> {
    let Ok(written) = syn::parse2::<LitStr>(value.clone()) else {
        return Some(());
    };
    let Err(error) = Regex::new(&written.value()) else {
        return Some(());
    };
    diagnostics
        .error(
            written.span(),
            format!("this is no regular expression: {error}"),
        )
        .help("it matches the whole names of topics, as in `kafka(pattern \"clicks-.*\")`");
    None
}

/// `offsets:` says where reading begins and ends.
fn says_where_once(
    named: &[(Ident, TokenStream)],
    operation: &Operation,
    diagnostics: &mut Diagnostics,
) -> Option<()> {
    let has_offsets = named.iter().any(|(name, _)| name == "offsets");
    let other = named
        .iter()
        .find(|(name, _)| name == "start" || name == "until")
        .filter(|_| has_offsets);
    let Some((other, _)) = other else {
        return Some(());
    };
    diagnostics
        .error(
            other.span(),
            format!(
                "`offsets:` and `{other}:` of `{}` both say which records are read",
                operation.word
            ),
        )
        .help(format!(
            "keep one of them: take `{other}:` out, or `offsets:`"
        ));
    None
}

/// `earliest`, `latest`, `timestamp "…"`; nothing for `checkpoint`, which is what is done anyway.
#[expect(
    clippy::option_option,
    reason = "the outer one says whether it could be read"
)]
fn start(value: &TokenStream, diagnostics: &mut Diagnostics) -> Option<Option<Start>> {
    let tokens: Vec<TokenTree> = value.clone().into_iter().collect();
    let word = tokens.first()?.to_string();
    match word.as_str() {
        "earliest" => return Some(Some(Start::Earliest)),
        "latest" => return Some(Some(Start::Latest)),
        "timestamp" => {}
        _ => return Some(None),
    }
    let moment = tokens.last()?;
    let written = match moment {
        TokenTree::Group(group) => group.stream(),
        other => other.clone().into(),
    };
    let text = syn::parse2::<LitStr>(written).ok().filter(|text| {
        let text = text.value();
        text.parse::<u64>().is_ok() || is_moment(&text)
    });
    if text.is_none() {
        diagnostics
            .error(moment.span(), "this is no moment")
            .help("write `timestamp \"2026-01-01T00:00:00Z\"`, or the milliseconds since 1970");
    }
    text.map(|text| Some(Start::Time(text)))
}

/// Whether a text has the shape of a moment; which days a month has, a run finds out.
fn is_moment(text: &str) -> bool {
    let Some((date, time)) = text.split_once(['T', 't', ' ']) else {
        return false;
    };
    let is_number = |part: &str, digits: usize| {
        part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let date: Vec<&str> = date.split('-').collect();
    let has_date = matches!(date.as_slice(), [year, month, day]
        if is_number(year, 4) && is_number(month, 2) && is_number(day, 2));
    has_date && time.contains(':') && time.contains(['Z', 'z', '+', '-'])
}

fn offsets(value: &TokenStream) -> Vec<Offsets> {
    let tokens: Vec<TokenTree> = value.clone().into_iter().collect();
    let [TokenTree::Group(group)] = tokens.as_slice() else {
        return Vec::new();
    };
    let inside: Vec<TokenTree> = group.stream().into_iter().collect();
    let entries = parse::split_at(&inside, ',').into_iter();
    entries.filter_map(of_partition).collect()
}

fn of_partition(entry: &[TokenTree]) -> Option<Offsets> {
    let [partition, _, range @ ..] = entry else {
        return None;
    };
    let partition: Expr = syn::parse2(partition.clone().into()).ok()?;
    let range: syn::ExprRange = syn::parse2(range.iter().cloned().collect()).ok()?;
    let to = range.end.map(|end| match range.limits {
        RangeLimits::HalfOpen(_) => To::Before(*end),
        RangeLimits::Closed(_) => To::With(*end),
    });
    Some(Offsets {
        partition,
        from: range.start.map(|start| *start),
        to,
    })
}

/// `10_000/s`: the number, or the variable, in front of the slash.
#[expect(
    clippy::option_option,
    reason = "the outer one says whether it could be read"
)]
fn rate(value: &TokenStream, diagnostics: &mut Diagnostics) -> Option<Option<Expr>> {
    let number = value.clone().into_iter().next()?;
    let span = number.span();
    let number: Expr = syn::parse2(number.into()).ok()?;
    let is_whole = match &number {
        Expr::Lit(literal) => matches!(&literal.lit, syn::Lit::Int(number)
            if number.base10_parse::<u64>().is_ok_and(|number| number > 0)),
        _ => true,
    };
    if !is_whole {
        diagnostics
            .error(span, "`max_rate:` is a whole number of records above zero")
            .help("write a rate such as `max_rate: 10_000/s`");
        return None;
    }
    Some(Some(number))
}
