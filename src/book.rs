//! The pages of the book as tests of the documentation: their jobs compile, and those that can run
//! do. One item for each page, so that a failure names it.

macro_rules! pages {
    ($($page:ident $file:literal;)*) => {
        $(#[doc = include_str!(concat!("../docs/book/src/", $file))]
        mod $page {})*
    };
}

pages! {
    answers "answers.md";
    bad_records "bad-records.md";
    closures "closures.md";
    event_time "event-time.md";
    from_flink "from-flink.md";
    from_kafka_streams "from-kafka-streams.md";
    from_spark "from-spark.md";
    from_sql "from-sql.md";
    intervals "intervals.md";
    introduction "introduction.md";
    jobs "jobs.md";
    joins "joins.md";
    keyed_state "keyed-state.md";
    quick_start "quick-start.md";
    settings "settings.md";
    sinks "sinks.md";
    sources "sources.md";
    state_changes "state-changes.md";
    streams "streams.md";
    testing "testing.md";
    windows "windows.md";
}
