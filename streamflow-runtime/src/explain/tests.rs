use super::*;
use crate::plan::{Exchange, OnError, Settings};

const NO_SETTINGS: Settings = Settings {
    checkpoint: None,
    checkpoint_every_ms: None,
    parallelism: None,
    shutdown_ms: None,
};

const fn stage(
    operator: &'static str,
    text: &'static str,
    line: u32,
    role: Role,
    inputs: &'static [usize],
    segment: usize,
) -> Stage {
    Stage {
        operator,
        text,
        line,
        role,
        inputs,
        segment,
        on_error: OnError::Fail,
    }
}

const fn aggregate(state: &'static str, every_ms: u64, exchange: Exchange) -> Role {
    Role::Aggregate {
        state,
        every_ms,
        exchange,
    }
}

const USER_ACCESS: Plan = Plan {
    name: "user_access",
    stages: &[
        stage(
            "kafka",
            r#"from kafka("user_access")"#,
            12,
            Role::Source,
            &[],
            0,
        ),
        Stage {
            on_error: OnError::Skip,
            ..stage(
                "map",
                "map(|line| { let (user, _page) = line.split_once(',')?; (user, 1u64) }) else skip",
                13,
                Role::Stateless,
                &[0],
                0,
            )
        },
        stage(
            "reduce_by_key",
            "reduce_by_key(+) every 1s",
            14,
            aggregate("reduce_by_key", 1_000, Exchange::ByKey),
            &[1],
            0,
        ),
        stage("print", "print", 15, Role::Sink, &[2], 1),
    ],
    settings: NO_SETTINGS,
};

/// Two inputs in one stream, which goes two ways.
const ORDERS: Plan = Plan {
    name: "orders",
    stages: &[
        stage(
            "kafka",
            r#"from kafka("web") as Json<Order>"#,
            5,
            Role::Source,
            &[],
            0,
        ),
        stage(
            "map",
            "map(|o: Order| (o.shop, o.cents))",
            6,
            Role::Stateless,
            &[0],
            0,
        ),
        stage(
            "kafka",
            r#"from kafka(["app", "till"])"#,
            8,
            Role::Source,
            &[],
            1,
        ),
        stage(
            "map",
            r#"map(|line| parse(line, "<&>"))"#,
            9,
            Role::Stateless,
            &[2],
            1,
        ),
        stage("union", "union(web, app)", 11, Role::Stateless, &[1, 3], 2),
        stage("tee", "tee", 12, Role::Stateless, &[4], 2),
        stage(
            "reduce_by_key",
            "reduce_by_key(+) every 10s as turnover",
            13,
            aggregate("turnover", 10_000, Exchange::ByKey),
            &[5],
            2,
        ),
        stage(
            "count",
            "count every 4s",
            14,
            aggregate("count", 4_000, Exchange::ToOne),
            &[5],
            2,
        ),
        stage("kafka", r#"to kafka("turnover")"#, 13, Role::Sink, &[6], 3),
        stage("print", "print", 14, Role::Sink, &[7], 4),
    ],
    settings: Settings {
        checkpoint: Some("/var/lib/streamflow"),
        checkpoint_every_ms: Some(90_000),
        ..NO_SETTINGS
    },
};

const CLEANING: Plan = Plan {
    name: "cleaning",
    stages: &[
        stage("stdin", "from stdin", 3, Role::Source, &[], 0),
        stage(
            "filter",
            "filter(|line| !line.is_empty())",
            4,
            Role::Stateless,
            &[0],
            0,
        ),
        stage("files", r#"to files("clean")"#, 5, Role::Sink, &[1], 0),
    ],
    settings: NO_SETTINGS,
};

#[track_caller]
fn assert_is(found: &str, expected: &str) {
    assert!(found == expected, "found\n{found}\nexpected\n{expected}");
}

#[test]
fn count_per_user_is_two_loops_with_an_exchange_by_key() {
    assert_is(
        &text(&USER_ACCESS),
        include_str!("expected/user_access.txt"),
    );
    assert_is(
        &mermaid(&USER_ACCESS),
        include_str!("expected/user_access.mmd"),
    );
}

#[test]
fn several_inputs_and_ways_out_are_told_apart() {
    assert_is(&text(&ORDERS), include_str!("expected/orders.txt"));
    assert_is(&mermaid(&ORDERS), include_str!("expected/orders.mmd"));
}

#[test]
fn input_that_cannot_be_read_again_promises_less() {
    assert_is(&text(&CLEANING), include_str!("expected/cleaning.txt"));
}

#[test]
fn every_source_says_where_it_continues() {
    const FILES: Stage = stage("files", r#"from files("*.log")"#, 1, Role::Source, &[], 0);
    const TOPIC: Stage = stage("kafka", r#"from kafka("t")"#, 2, Role::Source, &[], 0);
    let progress = |stages| {
        promise::progress(&Plan {
            stages,
            ..USER_ACCESS
        })
    };
    let text = progress(&[FILES]);
    assert!(
        text.starts_with("Every run reads `files(\"*.log\")` from the beginning"),
        "{text}"
    );
    let text = progress(&[TOPIC, FILES]);
    assert!(text.starts_with("offsets in the consumer group `streamflow.user_access`. Every"));
}

#[test]
fn plan_without_stages_is_shown_all_the_same() {
    let empty = Plan {
        stages: &[],
        ..USER_ACCESS
    };
    assert!(text(&empty).starts_with("job         user_access\n"));
    assert_is(&mermaid(&empty), "%% job user_access\nflowchart TD\n");
}
