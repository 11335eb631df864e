//! The operators.

use super::Arguments::{
    Aggregate, Block, Combiner, Count, Function, Init, MaybeCount, None, Percent, Quantile, Rate,
    Reducer, Stream,
};
use super::Keeps::{BothSides, Nothing, PerKey as EachKey, Period, Rows};
use super::Needs::{Items, Pairs, Table};
use super::{Group, Operator};

/// The clauses of an operator that runs a closure on each item.
const EACH: &[&str] = &["else", "nondet"];
/// Those of an operator that only passes items on.
const PLAIN: &[&str] = &[];
/// Those of an aggregate.
const AGGREGATE: &[&str] = &[
    "every", "over", "running", "ttl", "cap", "forever", "late", "emit", "as", "else", "nondet",
];
/// Those of state that is kept for each key.
const KEYED: &[&str] = &["ttl", "cap", "forever", "as", "else", "nondet"];
/// The same for state whose results leave at the end of intervals.
const KEYED_EVERY: &[&str] = &["every", "ttl", "cap", "forever", "as", "else", "nondet"];
const JOIN: &[&str] = &[
    "every", "within", "over", "as_of", "late", "emit", "as", "ttl", "cap", "forever", "else",
];
/// Those of a stage that waits for answers.
const ASYNC: &[&str] = &[
    "concurrency",
    "timeout",
    "ordered",
    "unordered",
    "else",
    "nondet",
];
/// The same of one that asks for keys.
const LOOKUP: &[&str] = &[
    "cache",
    "ttl",
    "concurrency",
    "timeout",
    "ordered",
    "unordered",
    "else",
    "nondet",
];

macro_rules! operators {
    ($($group:ident: $($name:literal $arguments:expr, $needs:expr, $keeps:expr, $clauses:expr, $example:literal, $doc:literal, [$($elsewhere:literal),*];)*)*) => {
        &[$($(Operator {
            name: $name,
            group: Group::$group,
            arguments: $arguments,
            needs: $needs,
            keeps: $keeps,
            clauses: $clauses,
            example: $example,
            doc: $doc,
            elsewhere: &[$($elsewhere),*],
        },)*)*]
    };
}

/// Every operator of the language, in the order of its documentation.
pub(crate) const OPERATORS: &[Operator] = operators! {
    Stateless:
    "map" Function, Items, Nothing, EACH, "map(|item| …)", "Makes one item of each.", ["select", "mapToPair", "project", "selectExpr", "withColumn"];
    "filter" Function, Items, Nothing, EACH, "filter(|item| …)", "Keeps the items for which the closure says `true`.", ["where", "having"];
    "filter_map" Function, Items, Nothing, EACH, "filter_map(|item| …)", "Makes one item of each, or none.", ["mapMulti"];
    "flat_map" Function, Items, Nothing, EACH, "flat_map(|item| …)", "Makes any number of items of each.", ["flatMapToPair", "lateral"];
    "flatten" None, Items, Nothing, PLAIN, "flatten", "Takes items apart that are collections or `Option`s.", ["explode", "unnest"];
    "inspect" Function, Items, Nothing, EACH, "inspect(|item| …)", "Looks at each item, and hands it on as it is.", ["peek"];
    "try_map" Function, Items, Nothing, EACH, "try_map(|item| …) else skip", "Makes one item of each, or refuses it.", ["tryMap"];
    "key_by" Function, Items, Nothing, EACH, "key_by(|item| …)", "Gives each item a key, which may borrow from the item.", ["groupBy", "selectKey", "partitionBy", "distributeBy"];
    "map_values" Function, Pairs, Nothing, EACH, "map_values(|value| …)", "Makes one value of each, and leaves the keys as they are.", ["transformValues"];
    "flat_map_values" Function, Pairs, Nothing, EACH, "flat_map_values(|value| …)", "Makes any number of values of each; the key stays.", [];
    "keys" None, Pairs, Nothing, PLAIN, "keys", "Leaves the keys, and drops the values.", [];
    "values" None, Pairs, Nothing, PLAIN, "values", "Leaves the values, and drops the keys.", [];
    "swap" None, Pairs, Nothing, PLAIN, "swap", "Makes the key the value, and the value the key.", [];
    "timestamp" None, Items, Nothing, PLAIN, "timestamp", "Puts each item's own time in front of it, in milliseconds since 1970.", ["timestamped", "withTimestamp", "withTimestamps", "reifyTimestamps"];
    "sample" Percent, Items, Nothing, PLAIN, "sample(1%)", "Passes on a share of the items, chosen by where their records stand.", ["takeSample", "tablesample"];
    "throttle" Rate, Items, Nothing, PLAIN, "throttle(100/s)", "Passes items on no faster than this.", [];
    "repartition" Count, Items, Nothing, PLAIN, "repartition(8)", "Shares items out anew among this many workers.", ["rebalance", "shuffle", "coalesce", "rescale"];
    "map_batch" Function, Items, Nothing, EACH, "map_batch(|batch| …)", "Makes other items of a whole batch.", ["transform", "glom", "mapPartitions", "transformWith", "mapInPandas"];

    Routing:
    "split" Block, Items, Nothing, EACH, "split { big: |item| …, rest }", "Sends each item to the first stream whose predicate is true of it.", ["branch", "getSideOutput", "sideOutput"];

    PerKey:
    "reduce_by_key" Reducer, Pairs, Period, AGGREGATE, "reduce_by_key(+) every 1s", "Combines the values of each key.", ["reduceByKeyAndWindow", "reduceByKeyLocally", "reduceGroups"];
    "count_by_key" None, Pairs, Period, AGGREGATE, "count_by_key every 1s", "Counts the items of each key.", [];
    "aggregate_by_key" Aggregate, Pairs, Period, AGGREGATE, "aggregate_by_key(0u64, |sum, value| sum + value, |a, b| a + b) every 1s", "Gathers the values of each key into something of another type.", ["combineByKey", "foldByKey", "aggregate"];
    "group_by_key" None, Pairs, Period, AGGREGATE, "group_by_key every 1s", "Gathers the values of each key in a `Vec`.", ["groupByKeyAndWindow", "collect_list", "collect_set"];
    "agg_by_key" Block, Pairs, Period, AGGREGATE, "agg_by_key { n: count, total: sum(|v| v.price) } every 1s", "Computes several aggregates of each key in one pass.", ["agg"];
    "top" Count, Pairs, Period, AGGREGATE, "top(10) every 1s", "Passes on the pairs with the greatest values.", ["sortBy", "sortByKey", "takeOrdered", "orderBy", "topN"];

    OverAll:
    "count" None, Items, Period, AGGREGATE, "count every 1s", "Counts the items. An interval without any gives 0.", ["countByWindow"];
    "reduce" Reducer, Items, Period, AGGREGATE, "reduce(+) every 1s", "Combines all items into one.", ["fold", "reduceByWindow"];
    "count_by_value" None, Items, Period, AGGREGATE, "count_by_value every 1s", "Counts how often each item comes: `(item, n)`.", ["countByValueAndWindow"];
    "sum" None, Items, Period, AGGREGATE, "sum every 1s", "Adds the items up.", [];
    "average" None, Items, Period, AGGREGATE, "average every 1s", "The arithmetic mean of the items.", ["avg", "mean"];
    "min" None, Items, Period, AGGREGATE, "min every 1s", "The least item.", ["minBy"];
    "max" None, Items, Period, AGGREGATE, "max every 1s", "The greatest item.", ["maxBy"];
    "distinct" None, Items, Period, AGGREGATE, "distinct every 1s", "Passes on each different item once.", ["unique"];
    "approx_distinct" None, Items, Period, AGGREGATE, "approx_distinct every 1s", "Roughly how many different items there are, in little memory.", ["approx_count_distinct", "countApproxDistinct", "countApproxDistinctByKey"];
    "heavy_hitters" Count, Items, Period, AGGREGATE, "heavy_hitters(10) every 1s", "The items that come most often, roughly counted in little memory: `(item, n)`.", ["topK", "freqItems", "frequentItems", "approx_top_k", "approx_most_frequent"];
    "quantile" Quantile, Items, Period, AGGREGATE, "quantile(0.99) every 1s", "The value below which this share of the items lies, roughly.", ["percentile", "percentile_approx", "approxQuantile"];

    State:
    "update_state" Combiner(2), Pairs, EachKey, KEYED_EVERY, "update_state(|values, state| …) every 1s forever as totals", "Updates the state of every key at the end of each interval.", ["updateStateByKey"];
    "map_with_state" Init(3), Pairs, EachKey, KEYED, "map_with_state(init, |key, value, state| …) ttl 1h as totals", "Makes something of each item and the state of its key.", ["mapGroupsWithState", "flatMapGroupsWithState", "transformWithState", "flatTransform"];
    "scan" Init(2), Pairs, EachKey, KEYED, "scan(init, |state, value| …) ttl 1h as totals", "Passes on the state of a key after each of its items.", [];
    "dedup" Function, Items, EachKey, KEYED, "dedup(|item| …) ttl 1h as seen", "Leaves out items whose key has been seen.", ["dropDuplicates", "deduplicate", "dropDuplicatesWithinWatermark"];
    "lag" Count, Pairs, EachKey, KEYED, "lag(1) ttl 1h as before", "Gives each value the one that came this many in front of it under its key.", [];
    "process" Block, Pairs, EachKey, KEYED, "process { n: u64 = 0, on_record: |key, value, state, out| out.emit(…) } ttl 1h as sessions", "Code with typed fields and timers for each key.", ["processFunction", "keyedProcess", "KeyedProcessFunction", "Transformer", "punctuate"];
    "table" None, Pairs, EachKey, KEYED, "table forever as prices", "The latest value of each key, for joins.", ["toTable", "createTable", "globalTable", "ktable", "KTable"];

    Time:
    "event_time" Function, Items, Nothing, &["lag", "idle", "future", "else"], "event_time(|item| item.at) lag 5s", "Says what an item's own time is, and how late it may come.", ["withWatermark", "assignTimestampsAndWatermarks", "assignTimestamps", "withTimestampAssigner", "watermark"];
    "with_window" None, Items, Nothing, PLAIN, "with_window", "Puts the window of a result to its key.", ["window_start", "window_end", "window_time", "window_bounds", "windowed", "selectKeyWindowed", "TUMBLE_START", "TUMBLE_END", "HOP_START", "HOP_END", "SESSION_START", "SESSION_END"];

    Join:
    "join" Stream, Pairs, BothSides, JOIN, "join(other) every 1s", "Pairs of items with the same key.", ["innerJoin", "intervalJoin", "joinWith"];
    "left_join" Stream, Pairs, BothSides, JOIN, "left_join(other) every 1s", "Pairs of items with the same key, and left items that meet nothing.", ["leftOuterJoin"];
    "right_join" Stream, Pairs, BothSides, JOIN, "right_join(other) every 1s", "Pairs of items with the same key, and right items that meet nothing.", ["rightOuterJoin"];
    "full_join" Stream, Pairs, BothSides, JOIN, "full_join(other) every 1s", "Pairs of items with the same key, and all items that meet nothing.", ["fullOuterJoin", "outerJoin"];
    "semi_join" Stream, Pairs, BothSides, JOIN, "semi_join(other) every 1s", "Left items that meet something.", ["leftSemiJoin", "leftSemi"];
    "anti_join" Stream, Pairs, BothSides, JOIN, "anti_join(other) every 1s", "Left items that meet nothing.", ["leftAntiJoin", "leftAnti", "subtractByKey"];
    "cogroup" Stream, Pairs, BothSides, JOIN, "cogroup(other) every 1s", "All values of a key from both sides.", ["coGroup", "groupWith", "connect"];

    Async:
    "map_async" Function, Items, Nothing, ASYNC, "map_async(async |item| …) concurrency 64 timeout 2s", "Waits for an answer about each item, many at a time.", ["asyncWait", "AsyncDataStream", "mapAsync", "unorderedWait", "orderedWait"];
    "lookup" Function, Pairs, Nothing, LOOKUP, "lookup(async |key| …) cache 10_000 ttl 5m", "Looks something up for the key of each item, and remembers answers.", ["temporalJoin", "lookupJoin"];

    Sink:
    "print" MaybeCount, Items, Rows, &["every"], "print", "Prints each item; behind an aggregate, the rows of each interval under a header.", ["pprint", "show", "println", "printToErr", "display"];
    "for_each" Function, Items, Nothing, EACH, "for_each(|item| …)", "Hands each item to a function, and ends the pipeline.", ["foreach", "foreachAsync"];
    "for_each_batch" Function, Items, Rows, &["every", "else", "nondet"], "for_each_batch(|batch| …) every 1s", "Runs code on the items of a batch or an interval.", ["foreachBatch"];
    "serve" None, Table, Nothing, PLAIN, "serve", "Answers queries for the keys of a table.", ["queryableStateStore", "asQueryableState"];
};
