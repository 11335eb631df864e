//! The words of the language: one row per operator, source and sink.

/// One operator.
#[derive(Debug)]
pub(crate) struct Operator {
    /// The word in the language.
    pub(crate) name: &'static str,
    /// What stands in its parentheses.
    pub(crate) arguments: Arguments,
    /// What it asks of the stream in front of it.
    pub(crate) needs: Needs,
    /// When its results leave.
    pub(crate) trigger: Trigger,
    /// A use of it that is right, to be quoted in messages.
    pub(crate) example: &'static str,
    /// What it is called elsewhere.
    pub(crate) elsewhere: &'static [&'static str],
    /// Whether the compiler already knows how to compile it.
    pub(crate) support: Support,
}

/// What stands in an operator's parentheses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arguments {
    /// Nothing.
    None,
    /// A closure or function of one item.
    Function,
    /// `+`, `*`, … or a closure of two values.
    Reducer,
    /// `init, add, merge`.
    Aggregate,
    /// An optional number.
    MaybeCount,
    /// Read by the stage itself.
    Other,
}

/// What an operator asks of the stream in front of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Any item.
    Items,
    /// `(key, value)` pairs.
    Pairs,
}

/// When the results of an operator leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trigger {
    /// At once: the operator has no interval.
    None,
    /// At the end of each interval, which must be given.
    Required,
    /// At once, or at the end of each interval where one is given.
    Allowed,
}

/// Whether the compiler already knows how to compile an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Support {
    /// It does.
    Now,
    /// The word is reserved; using it says so.
    Later,
}

use Arguments as A;
use Needs::{Items, Pairs};
use Support::{Later, Now};

macro_rules! operators {
    ($($name:literal $arguments:expr, $needs:expr, $trigger:ident, $support:expr, $example:literal, [$($elsewhere:literal),*];)*) => {
        &[$(Operator {
            name: $name,
            arguments: $arguments,
            needs: $needs,
            trigger: Trigger::$trigger,
            example: $example,
            elsewhere: &[$($elsewhere),*],
            support: $support,
        },)*]
    };
}

/// Every operator of the language, in the order of its documentation.
pub(crate) const OPERATORS: &[Operator] = operators! {
    "map" A::Function, Items, None, Now, "map(|item| …)", ["select", "mapToPair", "project", "mapPartitions"];
    "filter" A::Function, Items, None, Now, "filter(|item| …)", ["where"];
    "filter_map" A::Function, Items, None, Now, "filter_map(|item| …)", [];
    "flat_map" A::Function, Items, None, Now, "flat_map(|item| …)", ["flatMapToPair"];
    "flatten" A::None, Items, None, Now, "flatten", ["explode", "unnest"];
    "inspect" A::Function, Items, None, Now, "inspect(|item| …)", ["peek"];
    "try_map" A::Function, Items, None, Now, "try_map(|item| …) else skip", [];
    "map_values" A::Function, Pairs, None, Now, "map_values(|value| …)", [];
    "key_by" A::Function, Items, None, Now, "key_by(|item| …)", ["groupBy", "selectKey", "group_by"];
    "keys" A::None, Pairs, None, Now, "keys", [];
    "values" A::None, Pairs, None, Now, "values", [];
    "reduce_by_key" A::Reducer, Pairs, Required, Now, "reduce_by_key(+) every 1s", ["reduceByKeyAndWindow"];
    "count_by_key" A::None, Pairs, Required, Now, "count_by_key every 1s", [];
    "aggregate_by_key" A::Aggregate, Pairs, Required, Now, "aggregate_by_key(0u64, |sum, value| sum + value, |a, b| a + b) every 1s", ["combineByKey", "foldByKey", "aggregate"];
    "count" A::None, Items, Required, Now, "count every 1s", ["countByWindow"];
    "reduce" A::Reducer, Items, Required, Now, "reduce(+) every 1s", ["fold", "reduceByWindow"];
    "sum" A::None, Items, Required, Now, "sum every 1s", [];
    "average" A::None, Items, Required, Now, "average every 1s", ["avg", "mean"];
    "min" A::None, Items, Required, Now, "min every 1s", [];
    "max" A::None, Items, Required, Now, "max every 1s", [];
    "print" A::MaybeCount, Items, Allowed, Now, "print", ["pprint", "show", "println"];
    "for_each" A::Function, Items, None, Now, "for_each(|item| …)", ["foreach"];

    "flat_map_values" A::Function, Pairs, None, Later, "flat_map_values(|value| …)", [];
    "swap" A::None, Pairs, None, Later, "swap", [];
    "sample" A::Other, Items, None, Later, "sample(1%)", [];
    "throttle" A::Other, Items, None, Later, "throttle(100/s)", [];
    "repartition" A::Other, Items, None, Later, "repartition(8)", ["rebalance", "shuffle", "coalesce"];
    "map_batch" A::Other, Items, None, Later, "map_batch(f)", ["transform", "glom", "transformWith"];
    "split" A::Other, Items, None, Later, "split { name: predicate, rest }", ["branch"];
    "group_by_key" A::None, Pairs, Required, Later, "group_by_key every 1s", ["groupByKeyAndWindow"];
    "agg_by_key" A::Other, Pairs, Required, Later, "agg_by_key { n: count } every 1s", ["agg"];
    "count_by_value" A::None, Items, Required, Later, "count_by_value every 1s", ["countByValueAndWindow"];
    "distinct" A::None, Items, Required, Later, "distinct every 1s", [];
    "approx_distinct" A::Other, Items, Required, Later, "approx_distinct every 1s", [];
    "quantile" A::Other, Items, Required, Later, "quantile(0.99) every 1s", [];
    "top" A::Other, Pairs, Required, Later, "top(10) every 1s", [];
    "update_state" A::Other, Pairs, Required, Later, "update_state(f) every 1s forever as totals", ["updateStateByKey"];
    "map_with_state" A::Other, Pairs, None, Later, "map_with_state(init, f) ttl 1h as totals", ["mapGroupsWithState", "flatMapGroupsWithState"];
    "scan" A::Other, Pairs, None, Later, "scan(init, f)", [];
    "dedup" A::Other, Items, None, Later, "dedup(f) ttl 1h as seen", ["dropDuplicates", "deduplicate"];
    "lag" A::Other, Pairs, None, Later, "lag(1)", [];
    "process" A::Other, Pairs, None, Later, "process { … }", [];
    "event_time" A::Other, Items, None, Later, "event_time(f) lag 5s", ["withWatermark", "assignTimestampsAndWatermarks"];
    "join" A::Other, Pairs, None, Later, "join(other) every 1s", ["innerJoin"];
    "left_join" A::Other, Pairs, None, Later, "left_join(other) every 1s", ["leftOuterJoin"];
    "right_join" A::Other, Pairs, None, Later, "right_join(other) every 1s", ["rightOuterJoin"];
    "full_join" A::Other, Pairs, None, Later, "full_join(other) every 1s", ["fullOuterJoin", "outerJoin"];
    "semi_join" A::Other, Pairs, None, Later, "semi_join(other) every 1s", [];
    "anti_join" A::Other, Pairs, None, Later, "anti_join(other) every 1s", [];
    "cogroup" A::Other, Pairs, None, Later, "cogroup(other) every 1s", ["coGroup"];
    "map_async" A::Other, Items, None, Later, "map_async(f) concurrency 64 timeout 2s", [];
    "lookup" A::Other, Items, None, Later, "lookup(f) cache 10_000 ttl 5m", [];
    "table" A::Other, Pairs, None, Later, "table", ["toTable"];
    "serve" A::Other, Pairs, None, Later, "serve", [];
    "for_each_batch" A::Other, Items, Allowed, Later, "for_each_batch(f)", ["foreachBatch"];
};

/// A source or a sink.
#[derive(Debug)]
pub(crate) struct Connector {
    pub(crate) name: &'static str,
    pub(crate) example: &'static str,
    pub(crate) support: Support,
}

macro_rules! connectors {
    ($($name:literal $support:ident $example:literal;)*) => {
        &[$(Connector { name: $name, example: $example, support: Support::$support },)*]
    };
}

/// What can stand behind `from`.
pub(crate) const SOURCES: &[Connector] = connectors! {
    "kafka" Now "kafka(\"topic\")";
    "iter" Now "iter(items)";
    "generate" Now "generate(10_000/s, |n| n)";
    "stdin" Now "stdin";
    "socket" Now "socket(\"host:port\")";
    "files" Now "files(\"dir/*.csv\")";
    "channel" Later "channel(rx)";
    "custom" Later "custom(expr)";
};

/// What can stand behind `to`.
pub(crate) const SINKS: &[Connector] = connectors! {
    "files" Now "files(\"dir\")";
    "kafka" Now "kafka(\"topic\")";
    "null" Now "null";
    "channel" Later "channel(tx)";
    "custom" Later "custom(expr)";
    "postgres" Later "postgres(\"table\")";
    "object_store" Later "object_store(\"url\")";
};

/// The operator of this name.
pub(crate) fn operator(name: &str) -> Option<&'static Operator> {
    OPERATORS.iter().find(|operator| operator.name == name)
}

/// The source of this name.
pub(crate) fn source(name: &str) -> Option<&'static Connector> {
    SOURCES.iter().find(|source| source.name == name)
}

/// The sink of this name.
pub(crate) fn sink(name: &str) -> Option<&'static Connector> {
    SINKS.iter().find(|sink| sink.name == name)
}

/// Whether a stage can begin with this word.
pub(crate) fn is_known(word: &str) -> bool {
    operator(word).is_some() || matches!(word, "to" | "tee" | "union" | "from")
}

/// What users of other systems get for one of their words.
pub(crate) fn from_elsewhere(word: &str) -> Option<Elsewhere> {
    if let Some((_, answer)) = NO_TWIN.iter().find(|(name, _)| *name == word) {
        return Some(Elsewhere::Answer(answer));
    }
    let folded = word.replace('_', "").to_lowercase();
    OPERATORS
        .iter()
        .find(|operator| {
            operator.elsewhere.contains(&word)
                || (operator.name.replace('_', "") == folded && operator.name != word)
        })
        .map(Elsewhere::Operator)
}

/// What a word of another system is here.
#[derive(Debug)]
pub(crate) enum Elsewhere {
    /// An operator of another name.
    Operator(&'static Operator),
    /// Something to explain.
    Answer(&'static str),
}

/// Words of other systems that have no operator of their own here, and what to write instead.
const NO_TWIN: &[(&str, &str)] = &[
    (
        "take",
        "write `print(10)` for the first rows of each interval, or `filter(|item| …)`",
    ),
    (
        "sortBy",
        "rows of an interval are printed in order; write `top` once it is supported",
    ),
    (
        "group",
        "give the items a key: `key_by(|item| …) | count_by_key every 1s`",
    ),
    (
        "window",
        "write the interval on the aggregate: `reduce_by_key(+) every 1s`",
    ),
    (
        "foreachRDD",
        "write `for_each(|item| …)`, or a sink such as `to files(\"dir\")`",
    ),
    (
        "foreachPartition",
        "write `for_each(|item| …)`, or a sink such as `to files(\"dir\")`",
    ),
    ("saveAsTextFiles", "write `to files(\"dir\") every 1s`"),
    ("saveAsObjectFiles", "write `to files(\"dir\") every 1s`"),
    ("saveAsHadoopFiles", "write `to files(\"dir\") every 1s`"),
    (
        "writeStream",
        "end the pipeline with a sink: `print`, `to files(\"dir\")`, `to kafka(\"topic\")`",
    ),
    (
        "collect",
        "end the pipeline with a sink: `print`, `for_each(|item| …)`",
    ),
    (
        "addSink",
        "end the pipeline with a sink: `print`, `to files(\"dir\")`, `to kafka(\"topic\")`",
    ),
    (
        "sinkTo",
        "end the pipeline with a sink: `print`, `to files(\"dir\")`, `to kafka(\"topic\")`",
    ),
    ("through", "write `tee { to kafka(\"topic\") }`"),
    (
        "cache",
        "take it out: stages are fused, and `tee` serves several readers from one pass",
    ),
    (
        "persist",
        "take it out: stages are fused, and `tee` serves several readers from one pass",
    ),
    ("keyBy", "write `key_by(|item| …)`"),
    (
        "countDistinct",
        "`distinct` and `approx_distinct` are not supported yet",
    ),
    (
        "awaitTermination",
        "take it out: `streamflow::main` runs the job until it is stopped",
    ),
    ("start", "take it out: `streamflow::main` runs the job"),
    ("execute", "take it out: `streamflow::main` runs the job"),
];

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
