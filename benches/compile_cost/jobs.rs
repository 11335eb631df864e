//! What jobs are compiled: programs of a given number of operators.

/// One after the other these take clicks of users to clicks of users, so that a job of any length
/// is well typed. `EDIT` is the number that an edit changes.
const OPERATORS: [&str; 10] = [
    "map(|(user, clicks)| (user, clicks.saturating_mul(EDIT)))",
    "filter(|(_user, clicks)| clicks % 7 != 0)",
    "try_map(|(user, clicks)| clicks.checked_add(1).map(|more| (user, more)).ok_or(\"too many\"))",
    "flat_map(|(user, clicks)| [(user, clicks), (user, clicks / 2)])",
    "inspect(|(user, clicks)| { std::hint::black_box((user, clicks)); })",
    "key_by(|(user, _clicks)| *user)",
    "map_values(|(_user, clicks)| clicks)",
    "reduce_by_key(+) every 1s",
    "map(|(user, clicks)| (user, clicks / 3))",
    "filter(|(user, _clicks)| !user.is_empty())",
];

/// The program whose job has this many operators between its source and its sink; none is an
/// empty `main`. `edit` is a number in the first of them.
pub(crate) fn program(operators: usize, edit: u64) -> String {
    if operators == 0 {
        return format!(
            "fn main() -> streamflow::Result<()> {{\n    std::hint::black_box({edit}u64);\n    \
             Ok(())\n}}\n"
        );
    }
    let first = OPERATORS[0].replace("EDIT", &edit.to_string());
    let others = OPERATORS.iter().cycle().skip(1);
    let others = others.map(|operator| operator.replace("EDIT", "3"));
    let operators: Vec<String> = std::iter::once(first)
        .chain(others)
        .take(operators)
        .collect();
    let operators = operators.join("\n            | ");
    format!(
        "fn main() -> streamflow::Result<()> {{\n    streamflow::main(streamflow::stream_job! {{\n        \
         from kafka(\"clicks\") as Csv<(&str, u64)>\n            | {operators}\n            | print\n    \
         }})\n}}\n"
    )
}
