//! What a job says of itself before it runs: the types that only the compiler knows.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;
use streamflow::{Job, stream_job};

fn described(job: &Job<'_>) -> Value {
    serde_json::from_str(&job.explanation().json()).expect("the explanation is JSON")
}

/// The types of the items that leave each stage.
fn types(job: &Job<'_>) -> Vec<String> {
    let stages = described(job)["stages"].clone();
    let stages = stages.as_array().expect("stages are a list");
    let types = stages.iter().filter_map(|stage| stage["items"].as_str());
    types.map(str::to_owned).collect()
}

#[test]
fn items_on_the_edges_of_the_count_per_user_have_their_types() {
    let job = stream_job! {
        from kafka("user_access")
            | map(|line| { let (user, _page) = line.split_once(',')?; (user, 1u64) })
            | reduce_by_key(+) every 1s
            | print
    };
    let described = described(&job);
    let edges: Vec<_> = described["edges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|edge| edge["items"].as_str().unwrap())
        .collect();
    assert_eq!(edges, ["Record", "&str", "(&str, u64)", "(&str, u64)"]);
    assert_eq!(
        described["stages"][3]["state"]["layout"],
        "keyed str -> u64"
    );
    let text = job.explain();
    assert!(text.contains("→ (&str, u64)"), "{text}");
    assert!(text.contains("`keyed str -> u64`"), "{text}");
}

#[test]
fn key_that_borrows_from_its_value_has_a_type() {
    let job = stream_job! {
        from kafka("in")
            | map(|line| line.to_owned())
            | key_by(|line| line.as_str())
            | filter(|(key, _)| !key.is_empty())
            | count_by_key every 1s
            | keys
            | print
    };
    let found = types(&job);
    let expected = [
        "Record",
        "&str",
        "String",
        "(&str, String)",
        "(&str, String)",
        "(&str, u64)",
        "&str",
    ];
    assert_eq!(found, expected);
}

#[test]
fn items_that_lend_what_cannot_be_shortened_go_through_a_job() {
    let mut test = stream_job! {
        let a = from kafka("a") | map(|line| line.to_owned()) | map(|s| Cell::new(s.as_str()));
        let b = from kafka("b") | map(Cell::new);
        union(a, b) | map(|cell| cell.get().len()) | print
    }
    .test();
    test.feed("a", ["x"]);
    test.feed("b", ["yz"]);
    test.expect(["1", "2"]);
}

#[test]
fn describing_opens_no_source_and_no_sink() {
    let taken = Arc::new(AtomicU64::new(0));
    let dir = tempfile::tempdir().unwrap();
    let results = dir.path().join("results");
    let counter = Arc::clone(&taken);
    let items = std::iter::from_fn(move || Some(counter.fetch_add(1, Ordering::Relaxed)));
    let seen = Arc::clone(&taken);
    let job = stream_job! {
        from iter(items)
            | inspect(|_| { seen.fetch_add(1, Ordering::Relaxed); })
            | to files(results.clone())
    };
    assert_eq!(types(&job), ["u64", "u64"]);
    assert_eq!(taken.load(Ordering::Relaxed), 0);
    assert!(!results.exists());
}

#[test]
fn order_matters_where_sums_round() {
    let job = stream_job! {
        let numbers = from iter([1.5_f64]);
        numbers | reduce(+) every 1s | print;
        numbers | count every 1s | print
    };
    let stages = described(&job)["stages"].clone();
    let order = |operator: &str| {
        let stages = stages.as_array().unwrap();
        let stage = stages.iter().find(|stage| stage["operator"] == operator);
        stage.unwrap()["order"]["depends"].clone()
    };
    assert_eq!(order("reduce"), "yes");
    assert_eq!(order("count"), "no");
}

mod item {
    use streamflow::stream_job;

    stream_job! {
        pub job clicks(topic: &str)
        from kafka(topic) | map(|line| line.len()) | reduce(max) every 1s | to kafka("longest")
    }
}

#[test]
fn item_form_has_its_texts_as_constants() {
    let words = &*item::clicks::EXPLAIN;
    assert!(words.starts_with("job         clicks\n"), "{words}");
    assert!(!words.contains('→'), "the constant knows no types: {words}");
    assert!(item::clicks::DOT.starts_with("digraph \"clicks\" {\n"));
}

#[test]
fn topic_that_is_no_literal_is_named_by_its_expression() {
    let acls = streamflow::explain::Explanation::of(&item::clicks::PLAN).acls();
    assert!(acls.contains("`topic`"), "{acls}");
    assert!(
        acls.contains("--operation Write --operation Describe --topic longest\n"),
        "{acls}"
    );
    assert!(
        acls.contains("--operation Read --group streamflow.clicks\n"),
        "{acls}"
    );
}
