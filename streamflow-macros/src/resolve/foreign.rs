//! Expressions as other languages write them: what the Rust compiler would only call unexpected.

use proc_macro2::{Delimiter, Group, Ident, Spacing, Span, TokenStream, TokenTree};

use crate::diagnostics::Diagnostics;
use crate::text;

/// What stands in an expression by a habit of another language.
struct Habit {
    span: Span,
    message: String,
    help: String,
}

/// Reports what makes these tokens no expression of Rust: a habit of another language where one is
/// seen, what `syn` says otherwise. `end` is where they end.
pub(super) fn report(
    tokens: &TokenStream,
    error: &syn::Error,
    end: Span,
    diagnostics: &mut Diagnostics,
) {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    match in_arguments(&tokens).or_else(|| anywhere(&tokens)) {
        Some(habit) => {
            diagnostics
                .error(habit.span, habit.message)
                .help(habit.help);
        }
        None => diagnostics.rust_error(error, end),
    }
}

fn is(token: &TokenTree, mark: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == mark)
}

/// Two signs written as one.
fn are(tokens: &[TokenTree], marks: [char; 2]) -> bool {
    matches!(tokens, [TokenTree::Punct(first), second, ..]
        if first.as_char() == marks[0] && first.spacing() == Spacing::Joint && is(second, marks[1]))
}

fn word(token: &TokenTree) -> Option<String> {
    match token {
        TokenTree::Ident(word) => Some(word.to_string()),
        _ => None,
    }
}

fn of(tokens: &[TokenTree]) -> String {
    text::of(&tokens.iter().cloned().collect())
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "it ends every search that finds something"
)]
fn habit(token: &TokenTree, message: impl Into<String>, help: impl Into<String>) -> Option<Habit> {
    Some(Habit {
        span: token.span(),
        message: message.into(),
        help: help.into(),
    })
}

const BARS: &str = "a closure has its parameters between bars";

/// Slips in what stands between parentheses as a whole.
fn in_arguments(tokens: &[TokenTree]) -> Option<Habit> {
    let bars: Vec<usize> = (0..tokens.len())
        .filter(|at| is(&tokens[*at], '|'))
        .collect();
    match tokens {
        // `|line|`
        [first, .., last] if is(first, '|') && bars == [0, tokens.len() - 1] => {
            return habit(
                last,
                "nothing follows the parameters of this closure",
                format!("write what it gives: `{} …`", of(tokens)),
            );
        }
        // `|line line.len()`
        [first, parameter @ TokenTree::Ident(_), body @ ..]
            if is(first, '|') && bars.len() == 1 =>
        {
            return habit(
                parameter,
                "the bar behind the parameter is missing",
                format!("write `|{parameter}| {}`", of(body)),
            );
        }
        // `lambda line: …`
        [lambda @ TokenTree::Ident(name), rest @ ..] if name == "lambda" => {
            let colon = rest.iter().position(|token| is(token, ':'))?;
            let (parameters, body) = (of(&rest[..colon]), of(&rest[colon + 1..]));
            return habit(lambda, BARS, format!("write `|{parameters}| {body}`"));
        }
        // `.user`, `$user`
        [sign, TokenTree::Ident(field)] if is(sign, '.') || is(sign, '$') => {
            return habit(
                sign,
                "a field is read in a closure",
                format!("write `|item| item.{field}`"),
            );
        }
        [sign, TokenTree::Literal(name)] if is(sign, '$') => {
            let field = name.to_string();
            return habit(
                sign,
                "a field is read in a closure",
                format!("write `|item| item.{}`", field.trim_matches('"')),
            );
        }
        _ => {}
    }
    if let Some(at) = bars.first()
        && let [second, ..] = bars.get(1..)?
        && let Some(keyword) = tokens.get(*at..*second)?.iter().find_map(keyword_in)
    {
        return Some(Habit {
            span: keyword.span(),
            message: format!("`{keyword}` is a word of Rust, and cannot be a name"),
            help: "write another name, such as `kind`".to_owned(),
        });
    }
    arrow(tokens)
        .or_else(|| clause_inside(tokens))
        .or_else(|| semicolon(tokens))
}

/// The word of Rust that stands for a name in parameters.
fn keyword_in(token: &TokenTree) -> Option<Ident> {
    const KEYWORDS: [&str; 13] = [
        "type", "match", "fn", "in", "use", "where", "loop", "impl", "trait", "struct", "enum",
        "move", "as",
    ];
    match token {
        TokenTree::Ident(name) if KEYWORDS.iter().any(|keyword| name == keyword) => {
            Some(name.clone())
        }
        TokenTree::Group(group) => group
            .stream()
            .into_iter()
            .find_map(|token| keyword_in(&token)),
        _ => None,
    }
}

/// `line => …`, `(a, b) -> …`
fn arrow(tokens: &[TokenTree]) -> Option<Habit> {
    let at = (1..tokens.len().min(3)).find(|at| {
        let rest = &tokens[*at..];
        are(rest, ['=', '>']) || are(rest, ['-', '>'])
    })?;
    let parameters = match tokens.first()? {
        TokenTree::Group(group) => text::of(&group.stream()),
        TokenTree::Ident(_) => of(&tokens[..at]),
        _ => return None,
    };
    habit(
        &tokens[at],
        BARS,
        format!("write `|{parameters}| {}`", of(&tokens[at + 2..])),
    )
}

/// `|line| line.parse::<u64>() else skip`, `+, every 1m`
fn clause_inside(tokens: &[TokenTree]) -> Option<Habit> {
    let at = (1..tokens.len()).find(|at| {
        let (before, here, next) = (&tokens[at - 1], &tokens[*at], tokens.get(at + 1));
        let policy = next.and_then(word).is_some_and(|word| {
            ["skip", "fail", "default", "dead_letter"].contains(&word.as_str())
        });
        let is_brace = matches!(before, TokenTree::Group(group)
            if group.delimiter() == Delimiter::Brace);
        match word(here).as_deref() {
            Some("else") => policy && !is_brace,
            Some("every") => matches!(next, Some(TokenTree::Literal(_))),
            _ => false,
        }
    })?;
    let inside = tokens[..at]
        .iter()
        .rev()
        .skip_while(|token| is(token, ','))
        .count();
    let (inside, clause) = (of(&tokens[..inside]), of(&tokens[at..]));
    habit(
        &tokens[at],
        format!("`{clause}` stands behind the parentheses"),
        format!("write `({inside}) {clause}`"),
    )
}

/// `!line.is_empty();`
fn semicolon(tokens: &[TokenTree]) -> Option<Habit> {
    let [.., last] = tokens else { return None };
    if !is(last, ';') {
        return None;
    }
    habit(
        last,
        "no `;` stands behind an argument",
        "take the `;` away",
    )
}

/// Words and signs of other languages, also inside of blocks and parentheses.
fn anywhere(tokens: &[TokenTree]) -> Option<Habit> {
    for at in 0..tokens.len() {
        let (before, rest) = (&tokens[..at], &tokens[at..]);
        let found = words(before, rest)
            .or_else(|| signs(before, rest))
            .or_else(|| match &rest[0] {
                TokenTree::Group(group) => in_group(group, before),
                _ => None,
            });
        if found.is_some() {
            return found;
        }
    }
    None
}

/// Whether a value ends here: an operator may follow.
fn ends_value(before: &[TokenTree]) -> bool {
    match before.last() {
        Some(TokenTree::Ident(word)) => ![
            "return", "match", "if", "in", "let", "mut", "ref", "move", "else", "while", "for",
        ]
        .iter()
        .any(|keyword| word == keyword),
        Some(TokenTree::Literal(_) | TokenTree::Group(_)) => true,
        Some(token) => is(token, '?'),
        None => false,
    }
}

/// The last operand of what stands in front of an operator.
fn operand(before: &[TokenTree]) -> String {
    let begin = before
        .iter()
        .rposition(|token| "|&,;=<>!+*/%{}".chars().any(|mark| is(token, mark)))
        .map_or(0, |at| at + 1);
    of(&before[begin..])
}

fn words(before: &[TokenTree], rest: &[TokenTree]) -> Option<Habit> {
    let (token, behind) = rest.split_first()?;
    let written = word(token)?;
    let next = behind.first();
    let folded = written.to_lowercase();
    let no_word = || format!("`{written}` is no word of Rust");
    let behind_value = ends_value(before);
    match folded.as_str() {
        "and" if behind_value && next.is_some() => habit(token, no_word(), "write `&&`"),
        "or" if behind_value && next.is_some() => habit(token, no_word(), "write `||`"),
        "not" if !behind_value && next.is_some_and(|next| !is(next, '.')) => {
            habit(token, no_word(), "write `!`")
        }
        "is" if behind_value => {
            let is_negated = next
                .and_then(word)
                .is_some_and(|word| word.eq_ignore_ascii_case("not"));
            let method = if is_negated { "is_some" } else { "is_none" };
            habit(
                token,
                no_word(),
                format!("write `{}.{method}()`", operand(before)),
            )
        }
        "in" if behind_value && matches!(next, Some(TokenTree::Group(_))) => {
            let TokenTree::Group(list) = next? else {
                return None;
            };
            habit(
                token,
                "`in` belongs to `for`",
                format!(
                    "write `[{}].contains({})`",
                    text::of(&list.stream()),
                    operand(before)
                ),
            )
        }
        "like" if behind_value => like(token, before, next),
        "between" if behind_value => {
            let and = behind.iter().position(|token| {
                word(token).is_some_and(|word| word.eq_ignore_ascii_case("and"))
            })?;
            let (low, high) = (of(&behind[..and]), of(behind.get(and + 1..and + 2)?));
            habit(
                token,
                no_word(),
                format!("write `({low}..={high}).contains({})`", operand(before)),
            )
        }
        "case" if !behind_value => habit(token, no_word(), "write `if … { … } else { … }`"),
        "new" if !behind_value && next.and_then(word).is_some() => habit(
            token,
            no_word(),
            format!(
                "write `{}::new(…)`, or a pair `(a, b)`",
                next.and_then(word)?
            ),
        ),
        "try" if matches!(next, Some(TokenTree::Group(_))) => habit(
            token,
            "nothing is caught in Rust: what may fail gives a `Result`",
            "write `.unwrap_or(0)` for another value, or `?` to refuse the record",
        ),
        "throw" | "raise" => habit(token, no_word(), "write `None?` to refuse the record"),
        "val" | "var" | "int" | "long" | "auto" | "const" | "string"
            if !behind_value
                && next.and_then(word).is_some()
                && behind.get(1).is_some_and(|sign| is(sign, '=')) =>
        {
            habit(
                token,
                "variables are made by `let`",
                format!("write `let {} = …`", next.and_then(word)?),
            )
        }
        "if" if behind_value => {
            let otherwise = behind
                .iter()
                .position(|token| word(token).is_some_and(|word| word == "else"))?;
            habit(
                token,
                "`if` stands in front of its values",
                format!(
                    "write `if {} {{ {} }} else {{ {} }}`",
                    of(&behind[..otherwise]),
                    operand(before),
                    of(&behind[otherwise + 1..])
                ),
            )
        }
        "per" if behind_value => habit(token, no_word(), format!("write `{}/s`", operand(before))),
        _ => None,
    }
}

/// `page LIKE "buy%"`
fn like(token: &TokenTree, before: &[TokenTree], next: Option<&TokenTree>) -> Option<Habit> {
    let pattern = next?.to_string();
    let pattern = pattern.trim_matches(['"', '\'']);
    let method = match (pattern.starts_with('%'), pattern.ends_with('%')) {
        (false, true) => "starts_with",
        (true, false) => "ends_with",
        _ => "contains",
    };
    habit(
        token,
        format!("`{token}` is no word of Rust"),
        format!(
            "write `{}.{method}(\"{}\")`",
            operand(before),
            pattern.trim_matches('%')
        ),
    )
}

fn signs(before: &[TokenTree], rest: &[TokenTree]) -> Option<Habit> {
    let token = rest.first()?;
    if !ends_value(before) {
        return None;
    }
    if are(rest, ['<', '>']) {
        return habit(token, "`<>` is no sign of Rust", "write `!=`");
    }
    if are(rest, ['=', '=']) && are(&rest[1..], ['=', '=']) {
        return habit(&rest[2], "`===` is no sign of Rust", "write `==`");
    }
    if are(rest, ['!', '=']) && are(&rest[1..], ['=', '=']) {
        return habit(&rest[2], "`!==` is no sign of Rust", "write `!=`");
    }
    for mark in ['+', '-'] {
        if are(rest, [mark, mark])
            && rest
                .get(2)
                .is_none_or(|next| is(next, ';') || is(next, ','))
        {
            return habit(
                token,
                format!("`{mark}{mark}` is no sign of Rust"),
                format!("write `{} {mark}= 1`", operand(before)),
            );
        }
    }
    if is(token, '?') {
        let (_, behind) = rest.split_first()?;
        if behind.first().is_some_and(|next| is(next, ':')) {
            return habit(
                token,
                "`?:` is no sign of Rust",
                format!("write `.unwrap_or({})`", of(&behind[1..])),
            );
        }
        let colon = behind.iter().position(|token| is(token, ':'))?;
        let is_path = behind.get(colon + 1).is_some_and(|next| is(next, ':'));
        if colon > 0 && !is_path && !is(&behind[0], '.') {
            let condition = before
                .iter()
                .rposition(|token| is(token, '|'))
                .map_or(before, |bar| &before[bar + 1..]);
            return habit(
                token,
                "`? :` is no sign of Rust",
                format!(
                    "write `if {} {{ {} }} else {{ {} }}`",
                    of(condition),
                    of(&behind[..colon]),
                    of(&behind[colon + 1..])
                ),
            );
        }
    }
    None
}

fn in_group(group: &Group, before: &[TokenTree]) -> Option<Habit> {
    let inside: Vec<TokenTree> = group.stream().into_iter().collect();
    match group.delimiter() {
        // `map(|user| map2(v => …))`
        Delimiter::Parenthesis => arrow(&inside).or_else(|| anywhere(&inside)),
        Delimiter::Brace => {
            let is_list = inside.iter().any(|token| is(token, ','))
                && !inside.iter().any(|token| is(token, ';') || is(token, ':'))
                && !ends_value(before)
                && !inside.iter().any(|token| is(token, '>'));
            if is_list {
                return Some(Habit {
                    span: group.span_open(),
                    message: "a pair stands in parentheses".to_owned(),
                    help: format!("write `({})`", text::of(&group.stream())),
                });
            }
            anywhere(&inside)
        }
        Delimiter::Bracket | Delimiter::None => anywhere(&inside),
    }
}
