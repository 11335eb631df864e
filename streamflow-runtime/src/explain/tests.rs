use super::*;
use crate::plan::{Combine, Exchange, OnError, Settings, Topic};

const NO_SETTINGS: Settings = Settings {
    checkpoint: None,
    checkpoint_every_ms: None,
    parallelism: None,
    memory_bytes: None,
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
        topics: &[],
    }
}

const fn with_topics(stage: Stage, topics: &'static [Topic]) -> Stage {
    Stage { topics, ..stage }
}

const fn aggregate(
    state: &'static str,
    every_ms: u64,
    exchange: Exchange,
    combine: Combine,
) -> Role {
    Role::Aggregate {
        state,
        every_ms,
        steps: None,
        event: None,
        exchange,
        combine,
    }
}

const USER_ACCESS: Plan = Plan {
    name: "user_access",
    stages: &[
        with_topics(
            stage(
                "kafka",
                r#"from kafka("user_access")"#,
                12,
                Role::Source,
                &[],
                0,
            ),
            &[Topic::Named("user_access")],
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
            aggregate("reduce_by_key", 1_000, Exchange::ByKey, Combine::Add),
            &[1],
            0,
        ),
        stage("print", "print", 15, Role::Sink, &[2], 1),
    ],
    settings: NO_SETTINGS,
};

/// Two inputs in one stream, which goes two ways.
pub(super) const ORDERS: Plan = Plan {
    name: "orders",
    stages: &[
        with_topics(
            stage(
                "kafka",
                r#"from kafka("web") as Json<Order>"#,
                5,
                Role::Source,
                &[],
                0,
            ),
            &[Topic::Named("web")],
        ),
        stage(
            "map",
            "map(|o: Order| (o.shop, o.cents))",
            6,
            Role::Stateless,
            &[0],
            0,
        ),
        with_topics(
            stage(
                "kafka",
                r#"from kafka(["app", till()])"#,
                8,
                Role::Source,
                &[],
                1,
            ),
            &[Topic::Named("app"), Topic::Expression("till()")],
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
            aggregate("turnover", 10_000, Exchange::ByKey, Combine::Function),
            &[5],
            2,
        ),
        stage(
            "count",
            "count every 4s",
            14,
            aggregate("count", 4_000, Exchange::ToOne, Combine::Count),
            &[5],
            2,
        ),
        with_topics(
            stage("kafka", r#"to kafka("turnover")"#, 13, Role::Sink, &[6], 3),
            &[Topic::Named("turnover")],
        ),
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

/// What the compiled loop of the first job says of itself.
fn user_access() -> Explanation {
    let description = Description {
        types: [
            (0, "streamflow_runtime::record::Record<'_>"),
            (1, "(&str, u64)"),
            (2, "(&str, u64)"),
        ]
        .into(),
        layouts: [(2, "keyed str -> u64".to_owned())].into(),
        ..Description::default()
    };
    Explanation::described(&USER_ACCESS, description)
}

#[track_caller]
fn assert_is(found: &str, expected: &str) {
    assert!(found == expected, "found\n{found}\nexpected\n{expected}");
}

macro_rules! expected {
    ($file:literal) => {
        include_str!(concat!("expected/", $file))
    };
}

#[test]
fn count_per_user_is_two_loops_with_an_exchange_by_key() {
    let job = user_access();
    assert_is(&job.text(), expected!("user_access.txt"));
    assert_is(&job.mermaid(), expected!("user_access.mmd"));
    assert_is(&job.dot(), expected!("user_access.dot"));
    assert_is(&job.json(), expected!("user_access.json"));
    assert_is(&job.svg(), expected!("user_access.svg"));
    assert_is(&job.acls(), expected!("user_access.acls"));
}

#[test]
fn several_inputs_and_ways_out_are_told_apart() {
    let job = Explanation::of(&ORDERS);
    assert_is(&job.text(), expected!("orders.txt"));
    assert_is(&job.mermaid(), expected!("orders.mmd"));
    assert_is(&job.dot(), expected!("orders.dot"));
    assert_is(&job.acls(), expected!("orders.acls"));
}

#[test]
fn input_that_cannot_be_read_again_promises_less() {
    let job = Explanation::of(&CLEANING);
    assert_is(&job.text(), expected!("cleaning.txt"));
    assert_is(
        &job.acls(),
        "# The job `cleaning` names no topics: it needs no ACLs.\n",
    );
}

#[test]
fn types_that_are_not_known_are_left_out() {
    let json = Explanation::of(&USER_ACCESS).json();
    for word in ["items", "layout", "fingerprint"] {
        assert!(!json.contains(word), "{word} is in\n{json}");
    }
}

#[test]
fn stage_that_hands_on_what_it_gets_has_the_type_of_its_input() {
    let types = [(0, "u8")].into();
    let job = Explanation::described(
        &CLEANING,
        Description {
            types,
            ..Description::default()
        },
    );
    let items: Vec<_> = (0..3).map(|id| job.items(id)).collect();
    assert_eq!(items, [Some("u8"), Some("u8"), None]);
}

#[test]
fn fingerprint_changes_with_the_name_and_with_the_layout() {
    use state::fingerprint;
    let first = fingerprint("a", "single u64");
    assert_eq!(first, fingerprint("a", "single u64"));
    assert_ne!(first, fingerprint("b", "single u64"));
    assert_ne!(first, fingerprint("a", "single u32"));
}

#[test]
fn fingerprint_of_state_without_a_name_changes_with_its_stage() {
    let stages = |text| -> &'static [Stage] {
        Box::leak(Box::new([stage(
            "count",
            text,
            1,
            aggregate("count.1", 1_000, Exchange::ToOne, Combine::Count),
            &[],
            0,
        )]))
    };
    let fingerprint = |text| {
        let plan = Plan {
            stages: stages(text),
            ..USER_ACCESS
        };
        let description = Description {
            layouts: [(0, "single u64".to_owned())].into(),
            ..Description::default()
        };
        let job = Explanation::described(&plan, description);
        job.kept(0).and_then(|kept| kept.fingerprint)
    };
    assert_ne!(fingerprint("count every 1s"), fingerprint("count every 2s"));
    assert_eq!(
        fingerprint("count every 1s"),
        fingerprint("count  every 1s")
    );
}

#[test]
fn order_of_sums_matters_as_far_as_the_values_round() {
    use sensitivity::Depends;
    let depends = |layout: Option<&str>| {
        let layouts = layout.map(|layout| (2, layout.to_owned()));
        let description = Description {
            layouts: layouts.into_iter().collect(),
            ..Description::default()
        };
        let job = Explanation::described(&USER_ACCESS, description);
        job.sensitivity(2, &USER_ACCESS.stages[2]).order.depends
    };
    assert_eq!(depends(Some("keyed f64x -> u64")), Depends::No);
    assert_eq!(depends(Some("keyed str -> i64")), Depends::No);
    assert_eq!(depends(Some("keyed str -> (u64, f64)")), Depends::Yes);
    assert_eq!(depends(Some("keyed String -> String")), Depends::Yes);
    assert_eq!(depends(None), Depends::Perhaps);
}

#[test]
fn drawing_is_well_formed_whatever_the_job_says() {
    for job in [
        user_access(),
        Explanation::of(&ORDERS),
        Explanation::of(&CLEANING),
        Explanation::of(&Plan::empty("empty")),
    ] {
        assert_well_formed(&job.svg());
    }
}

/// Every tag that begins ends, in turn, and nothing between them could be taken for one.
#[track_caller]
fn assert_well_formed(xml: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = xml;
    while let Some((text, behind)) = rest.split_once('<') {
        assert!(!text.contains('>'), "{text}");
        for reference in text.split('&').skip(1) {
            let known = ["amp;", "lt;", "gt;", "quot;"];
            assert!(known.iter().any(|known| reference.starts_with(known)));
        }
        let (tag, behind) = behind.split_once('>').expect("a tag has an end");
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        let name = tag.split([' ', '\n']).next().unwrap_or_default();
        if let Some(name) = name.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            open.push(name);
        }
        rest = behind;
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "{open:?} {rest}");
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
fn sink_that_saves_wait_for_says_so() {
    const TOPIC: Stage = stage("kafka", r#"from kafka("t")"#, 1, Role::Source, &[], 0);
    const OBJECTS: Stage = stage(
        "object_store",
        r#"object_store("s3://b/d") every 1m"#,
        2,
        Role::Sink,
        &[0],
        0,
    );
    let explanation = Explanation::of(&Plan {
        stages: &[TOPIC, OBJECTS],
        ..USER_ACCESS
    });
    let text = explanation.text();
    let words: Vec<&str> = text.split_whitespace().collect();
    let words = words.join(" ");
    assert!(
        words.contains(r#"writes object_store("s3://b/d") every 1m"#),
        "{text}"
    );
    assert!(
        words.contains("A save waits for the end of an object"),
        "{text}"
    );
    assert!(words.contains("in which object a row is"), "{text}");
    assert!(words.contains("delivery at-least-once:"), "{text}");
}

#[test]
fn plan_without_stages_is_shown_all_the_same() {
    let empty = Explanation::of(&Plan {
        stages: &[],
        ..USER_ACCESS
    });
    assert!(empty.text().starts_with("job         user_access\n"));
    assert_is(&empty.mermaid(), "%% job user_access\nflowchart TD\n");
}
