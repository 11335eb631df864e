//! What the compiler says about mistakes: the line, the token it points at, message and help.

use super::diagnostics;

/// The mistakes of a job, one a line: `line: token: message / help`.
fn mistakes(job: &str) -> Vec<String> {
    diagnostics(job)
        .list()
        .into_iter()
        .map(|one| {
            let help = one.help.join(" / ");
            format!("{}: {}: {} / {help}", one.line, one.token, one.message)
        })
        .collect()
}

macro_rules! mistakes {
    ($($name:ident $job:literal [$($expected:literal)*])*) => {$(
        #[test]
        fn $name() {
            let expected: &[&str] = &[$($expected),*];
            assert_eq!(mistakes($job), expected);
        }
    )*};
}

mistakes! {
    misspelt_operator_gets_the_near_miss r#"from kafka("t") | fliter(|line| true) | print"# [
        "1: fliter: no operator is named `fliter` / did you mean `filter`?"
    ]

    operator_of_another_system_gets_its_name_here r#"from kafka("t") | map(|l| (l, 1u64)) | reduceByKey(+) every 1s | print"# [
        "1: reduceByKey: `reduceByKey` is written `reduce_by_key` here / write `reduce_by_key(+) every 1s`"
    ]

    word_without_a_twin_gets_an_answer r#"from kafka("t") | window(10) | print"# [
        "1: window: there is no operator `window` here / write the interval on the aggregate: `reduce_by_key(+) every 1s`"
    ]

    aggregate_says_when_its_results_leave r#"from kafka("t") | map(|line| (line, 1u64)) | reduce_by_key(+) | print"# [
        "1: reduce_by_key: `reduce_by_key` does not say when its results leave / write the interval: `reduce_by_key(+) every 1s` / for a window with a name: `reduce_by_key(+) over tumbling 1m as name` / for a total that never begins anew: `reduce_by_key(+) running forever as name`"
    ]

    pipeline_ends_in_a_sink r#"from kafka("t") | map(|line| line.len())"# [
        r#"1: map: this pipeline has no sink, so its results would go nowhere / write where they go behind `map(|line| line.len())`: `| print`, `| to files("dir")`, `| to kafka("topic")`"#
    ]

    duration_is_longer_than_zero r#"from kafka("t") | count every 0s | print"# [
        "1: 0s: a duration must be longer than zero, and `0s` is not / write how often results should leave, as in `1s`; the shortest is `1ms`"
    ]

    duration_has_a_unit_of_time r#"from kafka("t") | count every 1x | print"# [
        "1: 1x: `x` is not a unit of time / the units are `ms`, `s`, `m`, `h` and `d`, as in `250ms`, `1s`, `1h30m`: write `1s` for seconds"
    ]

    duration_is_one_literal r#"from kafka("t") | count every 1 second | print"# [
        "1: second: unexpected `second` after `every 1` / write the unit right behind the number: `every 1s`"
    ]

    keyed_operator_needs_pairs r#"from kafka("t") | reduce_by_key(+) every 1s | print"# [
        "1: reduce_by_key: `reduce_by_key` needs `(key, value)` pairs, but the items reaching it are lines of text, `&str` / put `| key_by(|item| …)` or `| map(|item| (key, value))` in front of `reduce_by_key`"
    ]

    counts_are_no_pairs r#"from kafka("t") | count every 1s | keys | print"# [
        "1: keys: `keys` needs `(key, value)` pairs, but the items reaching it are counts, `u64` / put `| key_by(|item| …)` or `| map(|item| (key, value))` in front of `keys`"
    ]

    misspelt_clause_gets_the_near_miss r#"from kafka("t") | count evry 1s | print"# [
        "1: evry: unexpected `evry` after `count` / did you mean `every`?"
    ]

    misspelt_source_gets_the_near_miss r#"from kafak("t") | print"# [
        r#"1: kafak: no source is named `kafak` / did you mean `from kafka("topic")`?"#
    ]

    misspelt_from_gets_the_near_miss r#"form kafka("t") | print"# [
        "1: form: expected `from`, found `form` / did you mean `from`?"
    ]

    unknown_stream_gets_the_near_miss r#"let clicks = from kafka("t");
click | print;
clicks | print"# [
        "2: click: no stream is named `click` here / did you mean `clicks`?"
    ]

    unused_stream_is_reported r#"let clicks = from kafka("t");
from kafka("u") | print"# [
        "1: clicks: the stream `clicks` is never used / use it: `clicks | print;`, or take the `let` out"
    ]

    nothing_follows_a_sink r#"from kafka("t") | print | print"# [
        "1: print: nothing can follow `print`: it is a sink / remove the second `print`"
    ]

    sink_of_the_outside_stands_behind_to r#"from kafka("t") | files("dir")"# [
        r#"1: files: expected `to` in front of `files` / write `to files("dir")`"#
    ]

    closure_goes_in_parentheses r#"from kafka("t") | map |line| line.len() | print"# [
        "1: map: the closure of `map` goes in parentheses / write `map(|item| …)`"
    ]

    operators_are_joined_by_pipes r#"from kafka("t") | map(|line| line.len()) print"# [
        "1: print: unexpected `print` after `map` / put a `|` in front of `print`"
    ]

    closure_takes_one_item r#"from kafka("t") | map(|a, b| a) | print"# [
        "1: a: the closure of `map` takes one item, and this one takes 2 / to take a pair apart, write `|(a, b)| …`"
    ]

    stage_cannot_assign_to_what_lives_outside r#"from kafka("t") | for_each(|line| seen += 1)"# [
        "1: seen: a stage cannot assign to `seen`, which lives outside the job / stages run on several workers at once: aggregate instead, for example with `count every 1s`, or use an atomic"
    ]

    combiner_cannot_assign_to_what_lives_outside r#"from kafka("t") | map(|line| line.len()) | reduce(|a, b| { seen += 1; a + b }) every 1s | print"# [
        "1: seen: a stage cannot assign to `seen`, which lives outside the job / stages run on several workers at once: aggregate instead, for example with `count every 1s`, or use an atomic"
    ]

    continue_cannot_leave_the_stage r#"from kafka("t") | map(|line| { if line.is_empty() { continue } line }) | print"# [
        "1: continue: `continue` cannot leave the stage / to leave an item out, use `filter(|item| …)`, or `filter_map` and give `None`"
    ]

    source_format_says_of_what r#"from kafka("t") as Json | print"# [
        "1: Json: `Json` does not say of what / write `as Json<T>`, where `T` derives `serde::Deserialize`"
    ]

    sink_format_needs_no_type r#"from kafka("t") | to kafka("u") as Json"# [
    ]

    misspelt_format_gets_the_near_miss r#"from kafka("t") as Jsn<Click> | print"# [
        "1: Jsn: no format is named `Jsn` / did you mean `as Json<Click>`? / for a type of your own, write `as self::Jsn<Click>`"
    ]

    format_in_other_letters_gets_the_near_miss r#"let a = from kafka("t") as text;
let b = from kafka("t") as JSON<Click>;
let c = from kafka("t") as csv<Click>;
union(a, b, c) | print;
a | to kafka("u") as record"# [
        "1: text: no format is named `text` / did you mean `as Text`? / for a type of your own, write `as self::text`"
        "2: JSON: no format is named `JSON` / did you mean `as Json<Click>`? / for a type of your own, write `as self::JSON<Click>`"
        "3: csv: no format is named `csv` / did you mean `as Csv<Click>`? / for a type of your own, write `as self::csv<Click>`"
        "5: record: no format is named `record` / did you mean `as Record`? / for a type of your own, write `as self::record`"
    ]

    formats_of_the_user_are_left_alone r#"let a = from kafka("t") as Jsonl<Click>;
let b = from kafka("u") as formats::Jsn;
union(a, b) | to files("dir") as Padded"# [
    ]

    else_belongs_to_what_can_fail r#"from kafka("t") | filter_map(|line| line.strip_prefix(line.split(',').next()?)) else skip | print"# [
        "1: else: this `filter_map` cannot fail, so its `else` is never used / take the `else` away: items that give `None` are left out"
    ]

    state_names_are_unique r#"let lines = from kafka("t");
lines | count every 1s as n | print;
lines | count every 2s as n | print"# [
        "3: n: two stages keep state under the name `n` / checkpoints find state by its name: write `as n_2` here"
    ]

    first_rows_belong_to_an_interval r#"from kafka("t") | print(3)"# [
        "1: print: `print(3)` does not say of which interval / write `print(3) every 1s`, or `print` for every row as it comes"
    ]

    unknown_setting_gets_the_near_miss r#"job counts { paralelism: 4, brokers: "localhost", shutdown: 10 }
from kafka("t") | print"# [
        "1: paralelism: no setting is named `paralelism` / did you mean `parallelism`?"
        "1: brokers: `brokers` does not stand in a job / it depends on where the job runs: give it by a flag (`--brokers`, `--group`, `-X property=value`), in the environment or in `streamflow.toml`"
        "1: 10: `10` has no unit / write `10s` for seconds or `10ms` for milliseconds"
    ]

    job_has_a_pipeline "job counts {}" [
        r#"1: : this job has no pipeline / write one: `from kafka("topic") | print`"#
    ]

    five_mistakes_give_five_messages r#"let lines = from kafka("t")
    | fliter(|line| !line.is_empty())
    | map(|line| (line, 1u64));
lines | reduce_by_kye(+) every 1s | print;
from kafka("u") | count | print;
from kafka("u") | count every 0s | print;
from kafka("u") | map(|line| line.len());"# [
        "2: fliter: no operator is named `fliter` / did you mean `filter`?"
        "4: reduce_by_kye: no operator is named `reduce_by_kye` / did you mean `reduce_by_key`?"
        "5: count: `count` does not say when its results leave / write the interval: `count every 1s` / for a window with a name: `count over tumbling 1m as name` / for a total that never begins anew: `count running forever as name`"
        "6: 0s: a duration must be longer than zero, and `0s` is not / write how often results should leave, as in `1s`; the shortest is `1ms`"
        r#"7: map: this pipeline has no sink, so its results would go nowhere / write where they go behind `map(|line| line.len())`: `| print`, `| to files("dir")`, `| to kafka("topic")`"#
    ]

    migration_is_of_state_that_a_stage_keeps r#"from kafka("t") | count every 1m as counts | print;
state cuonts migrate v1 -> v2 (|old: u32| u64::from(old));
state pages migrate v1 -> v2 (|old: u32| old)"# [
        "2: cuonts: no stage keeps state under the name `cuonts` / did you mean `counts`?"
        "3: pages: no stage keeps state under the name `pages` / give the stage that keeps it this name, `as pages`; state that is kept no longer is dropped: `drop state pages;`"
    ]

    migration_goes_from_one_version_to_the_next r#"from kafka("t") | count every 1m as counts | print;
state counts migrate v1 -> v3 (|old: u32| u64::from(old));
state counts migrate v2 -> v1 (|old: u32| u64::from(old));
state counts migrate v0 -> v1 (|old: u32| u64::from(old));
state counts migrate v1 -> v2 (|old: u32| u64::from(old));
state counts migrate v3 -> v4 (|old: u32| u64::from(old))"# [
        "2: v3: `v1 -> v3` leaves a version out / a migration goes from one version to the next: `v1 -> v2`"
        "3: v1: `v2 -> v1` does not go to the next version / a migration goes from one version to the next: `v2 -> v3`"
        "4: v0: versions of state begin at `v1` / write `state counts migrate v1 -> v2 …`"
        "6: v3: the migration of `counts` in front of this one ends at `v2` / migrations of one state follow each other: `v2 -> v3` comes next"
    ]

    migration_says_what_it_takes r#"from kafka("t") | count every 1m as counts | print;
state counts migrate v1 -> v2 (|old| old);
state counts migrate v1 -> v2 (|key: u8, old: u8| 1);
state counts migrate v1 -> v2 (|| 1)"# [
        "2: old: this closure does not say what it takes / write the type that `v1` kept, as in `|old: u64| …`"
        "3: old: the closure of `migrate` takes one value / it is called for each value that was kept, without its key: `|old: u64| …`"
        "4: |: the closure of `migrate` takes the value that was kept / write a parameter of the type that `v1` kept: `|old: u64| …`"
    ]

    migration_is_written_in_full r#"from kafka("t") | count every 1m as counts | print;
state counts v1 -> v2 (|old: u32| old);
state counts migrate 1 -> 2 (|old: u32| old);
state counts migrate v1 => v2 (|old: u32| old);
state counts migrate v1 -> v2 |old: u32| old;
state counts migrate v1 -> v2"# [
        "2: v1: expected `migrate`, found `v1` / write `state counts migrate v1 -> v2 (|old: u64| …);`"
        "3: 1: expected a version such as `v1`, found `1` / write `state counts migrate v1 -> v2 (|old: u64| …);`"
        "4: =: expected `->`, found `=` / write `state counts migrate v1 -> v2 (|old: u64| …);`"
        "5: |: expected a closure in parentheses, found `|` / write `state counts migrate v1 -> v2 (|old: u64| …);`"
        "6: v2: expected a closure in parentheses behind this / write `state counts migrate v1 -> v2 (|old: u64| …);`"
    ]

    state_that_is_kept_cannot_be_dropped r#"from kafka("t") | count every 1m as counts | print;
drop state counts;
drop state pages;
drop state pages"# [
        "2: counts: `counts` is state that the job keeps: `count every 1m as counts` / take `drop state counts;` away; to begin with nothing, give that stage another name"
        "4: pages: `pages` is dropped twice / take one of the two away"
    ]

    dropped_state_has_its_name r#"from kafka("t") | print;
drop state;
drop counts;
drop state counts from kafka("u") | print"# [
        "2: state: `drop state` does not say which state / write its name: `drop state page_counts;`"
        "3: counts: expected `state` behind `drop` / write `drop state counts;`"
        "4: from: a `;` is missing in front of `from` / end what stands in front of it by a `;`"
    ]
}
