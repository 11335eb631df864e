//! Words of Spark, Flink, Kafka Streams and SQL, and what to write here.

use super::{OPERATORS, Operator};

/// What a word of another system is here.
#[derive(Debug)]
pub(crate) enum Elsewhere {
    /// An operator of another name.
    Operator(&'static Operator),
    /// Something to explain.
    Answer(&'static str),
}

/// What users of other systems get for one of their words. Case and underscores do not count.
pub(crate) fn from_elsewhere(word: &str) -> Option<Elsewhere> {
    let folded = fold(word);
    if let Some((_, answer)) = NO_TWIN
        .iter()
        .find(|(names, _)| names.iter().any(|name| fold(name) == folded))
    {
        return Some(Elsewhere::Answer(answer));
    }
    OPERATORS
        .iter()
        .find(|operator| {
            operator.name != word
                && (fold(operator.name) == folded
                    || operator.elsewhere.iter().any(|name| fold(name) == folded))
        })
        .map(Elsewhere::Operator)
}

/// What users of other systems get for a word behind a stage, as in `count WHERE n > 3`.
pub(crate) fn of_clause(word: &str) -> Option<&'static str> {
    let folded = fold(word);
    CLAUSES
        .iter()
        .find(|(names, _)| names.iter().any(|name| fold(name) == folded))
        .map(|(_, answer)| *answer)
}

fn fold(word: &str) -> String {
    word.replace('_', "").to_lowercase()
}

const TO_FILES: &str = "write `to files(\"dir\") every 1s`";
const A_SINK: &str =
    "end the pipeline with a sink: `print`, `to files(\"dir\")`, `to kafka(\"topic\")`";
const MAIN_RUNS_IT: &str = "take it out: `streamflow::main` runs the job until it is stopped";
const FUSED: &str = "take it out: stages are fused, and `tee` serves several readers from one pass";
/// Where the interval stands that other systems set elsewhere.
pub(crate) const INTERVAL: &str =
    "write the interval on the aggregate: `reduce_by_key(+) every 1s`";
const KEY_AND_COUNT: &str =
    "give the items a key, then aggregate: `key_by(|item| …) | count_by_key every 1s`";
const A_SOURCE: &str = "a pipeline begins with `from`: `from kafka(\"topic\")`";
const OUTSIDE: &str = "take it out: where and how a job runs is said by flags, the environment or \
                       `streamflow.toml`; `--help` lists them";
const AS_NAME: &str = "take it out: a stage that keeps state is named by `as`, as in \
                       `count_by_key every 1s as visits`";

/// Words that have no operator of their own here, and what to write instead.
pub(crate) const NO_TWIN: &[(&[&str], &str)] = &[
    (
        &["take", "limit", "first", "head", "fetch"],
        "write `print(10) every 1s` for the first rows of each interval, or `filter(|item| …)`",
    ),
    (&["group", "groupByKeyedStream"], KEY_AND_COUNT),
    (
        &["groupByKey"],
        "write `group_by_key every 1s`; a sum or a count needs no groups: `reduce_by_key(+) every 1s`",
    ),
    (&["filterNot"], "write `filter(|item| !…)`"),
    (
        &[
            "window",
            "windowedBy",
            "timeWindow",
            "windowAll",
            "timeWindowAll",
            "countWindow",
            "tumble",
            "tumbling",
            "hop",
            "hopping",
            "session",
            "sliding",
            "slidingWindow",
            "tumblingWindow",
            "windowInto",
            "fixedWindows",
            "slidingWindows",
        ],
        INTERVAL,
    ),
    (
        &["every", "trigger", "batchInterval", "processingTime"],
        INTERVAL,
    ),
    (
        &["foreachRDD", "foreachPartition", "forEachPartition"],
        "write `for_each_batch(|batch| …) every 1s`, or a sink such as `to files(\"dir\")`",
    ),
    (
        &[
            "saveAsTextFiles",
            "saveAsTextFile",
            "saveAsObjectFiles",
            "saveAsObjectFile",
            "saveAsHadoopFiles",
            "saveAsNewAPIHadoopFiles",
            "writeAsText",
            "writeAsCsv",
            "writeToText",
            "textFile",
        ],
        TO_FILES,
    ),
    (
        &[
            "writeStream",
            "collect",
            "addSink",
            "sinkTo",
            "write",
            "output",
            "emit",
            "insert",
            "insertInto",
            "executeInsert",
            "saveToCassandra",
            "jdbc",
            "collectAsMap",
        ],
        A_SINK,
    ),
    (&["through"], "write `tee { to kafka(\"topic\") }`"),
    (&["cache", "persist", "unpersist", "localCheckpoint"], FUSED),
    (
        &[
            "awaitTermination",
            "awaitTerminationOrTimeout",
            "start",
            "execute",
            "executeAsync",
            "cleanUp",
            "close",
        ],
        MAIN_RUNS_IT,
    ),
    (
        &[
            "readStream",
            "read",
            "load",
            "addSource",
            "fromSource",
            "socketTextStream",
            "textFileStream",
            "createDirectStream",
            "stream",
            "source",
            "builder",
            "env",
            "ssc",
            "spark",
            "streamExecutionEnvironment",
            "fromCollection",
            "fromElements",
            "fileStream",
            "queueStream",
            "readFromKafka",
            "readFromText",
            "kafkaSource",
            "pipeline",
            "beam",
        ],
        A_SOURCE,
    ),
    (
        &[
            "checkpoint",
            "enableCheckpointing",
            "option",
            "options",
            "config",
            "conf",
            "outputMode",
            "format",
            "setBufferTimeout",
            "setMaxParallelism",
            "slotSharingGroup",
            "remember",
            "backpressure",
        ],
        OUTSIDE,
    ),
    (
        &["suppress", "untilWindowCloses"],
        "take it out: results leave once, at the end of each interval",
    ),
    (
        &["combinePerKey", "perKey", "sumByKey", "mergeWithKey"],
        "write `reduce_by_key(+) every 1s`",
    ),
    (&["perElement"], "write `count_by_value every 1s`"),
    (
        &["globally", "combineGlobally"],
        "write `reduce(+) every 1s`",
    ),
    (
        &["parDo", "doFn", "create"],
        "write `map(|item| …)`, or `flat_map(|item| …)` for several items of one",
    ),
    (
        &[
            "fromJson",
            "toJson",
            "serde",
            "serdes",
            "decode",
            "deserialize",
        ],
        "the format stands behind the source: `from kafka(\"topic\") as Json<T>`",
    ),
    (&["stdout", "console", "printSink"], "write `print`"),
    (
        &["name", "uid", "alias", "queryName", "setUidHash"],
        AS_NAME,
    ),
    (
        &[
            "toStream",
            "asStream",
            "toDataStream",
            "toDS",
            "toDF",
            "toChangelogStream",
            "rdd",
            "toJavaDStream",
        ],
        "take it out: what an operator passes on is a stream already",
    ),
    (
        &["merge", "unionAll", "unionByName"],
        "write `union(a, b)` in front: a pipeline can begin with it",
    ),
    (
        &["broadcastJoin", "crossJoin", "cartesian"],
        "name what is small in front of the job, and look it up in a closure: `map(|item| (item, prices.get(item)))`",
    ),
    (
        &["cast", "as", "parse"],
        "parse in a closure: `try_map(|text| text.parse::<u64>())`",
    ),
    (
        &[
            "startNewChain",
            "disableChaining",
            "iterate",
            "keyedBy",
            "returns",
        ],
        "take it out: the compiler fuses the stages and finds their types",
    ),
    (
        &["drop", "dropna", "na"],
        "leave items out by `filter(|item| …)`, and parts of them by `map(|item| …)`",
    ),
    (
        &["countDistinct"],
        "write `distinct every 1s | …`; to count them: `map(|item| (item, ())) | count_by_key every 1s`",
    ),
    (
        &["if", "case", "when"],
        "choose in a closure: `map(|item| if … { … } else { … })`, or send items different ways by `split { name: |item| …, rest }`",
    ),
    (
        &["switch", "match"],
        "send items different ways: `split { name: |item| …, rest }`",
    ),
    (
        &["repeat", "loop", "for", "while"],
        "loop in a closure, or make several items of one by `flat_map(|item| …)`",
    ),
    (
        &["log", "debug", "dump", "tap"],
        "look at items by `inspect(|item| eprintln!(\"{item:?}\"))`",
    ),
    (
        &["into", "send", "produce", "publish"],
        "write `to kafka(\"topic\")`",
    ),
    (
        &[
            "parallel",
            "parallelism",
            "setParallelism",
            "numPartitions",
            "workers",
        ],
        "say it in the header, `job name { parallelism: 4 }`, or by `--parallelism 4`",
    ),
];

/// Words that SQL and other systems put behind a stage.
const CLAUSES: &[(&[&str], &str)] = &[
    (
        &["where", "having", "if", "when"],
        "write a stage in front: `| filter(|item| …)`",
    ),
    (
        &["group", "partition", "keyed"],
        "write a stage in front: `| key_by(|item| …)`",
    ),
    (
        &["order", "sort"],
        "take it out: `print` shows the rows of an interval in order",
    ),
    (
        &["limit", "take"],
        "write `print(10) every 1s` for the first rows of each interval",
    ),
    (
        &["on", "using"],
        "write a key in front, `| key_by(|item| …)`: streams meet by their keys",
    ),
    (
        &["into"],
        "end the pipeline with a sink: `| to kafka(\"topic\")`",
    ),
    (
        &[
            "per",
            "each",
            "interval",
            "window",
            "windowed",
            "within_window",
            "at",
            "in",
        ],
        "write the interval: `every 1s`",
    ),
    (
        &[
            "tumbling", "tumble", "hopping", "hop", "sliding", "session", "cumulate",
        ],
        "write the interval: `every 1s`",
    ),
    (
        &["watermark", "grace", "with_watermark", "lateness"],
        "take it out: `every` counts records in the interval in which they are read",
    ),
    (
        &["using_format", "format", "json", "csv", "text"],
        "the format stands behind `as`: `as Text`, `as Csv<T>`, `as Json<T>`",
    ),
    (
        &["or", "on_error", "catch", "otherwise", "unless", "or_else"],
        "write `else skip`, or `else fail`",
    ),
    (
        &["named", "name", "called", "uid", "alias"],
        "write `as name`",
    ),
    (
        &["emit", "changes", "final"],
        "take it out: results leave once, at the end of each interval",
    ),
    (
        &["retain", "keep", "expire", "expires", "timeout_after"],
        "take it out: what an interval keeps is emptied at its end",
    ),
];
