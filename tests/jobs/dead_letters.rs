//! Records that a stage refuses go to a topic, with where they came from and why.

use serde::{Deserialize, Serialize};
use streamflow::stream_job;
use streamflow::testing::{TestRecord, secs};

use crate::SECOND;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Visit {
    user: String,
    pages: u32,
}

#[test]
fn refused_record_goes_to_the_topic_as_it_came() {
    let mut test = stream_job! {
        job visits
        from kafka("in") | try_map(|line| line.parse::<u32>()) else dead_letter("bad") | print
    }
    .test();
    test.feed_records(
        "in",
        [
            TestRecord::new("1").partition(2),
            TestRecord::new("x")
                .key("k")
                .partition(2)
                .header("trace", "t7"),
        ],
    );
    test.expect(["1"]);
    let letters = test.dead_letters("bad");
    let [letter] = letters.as_slice() else {
        panic!("{letters:?}");
    };
    assert_eq!(letter.topic.as_deref(), Some("in"));
    assert_eq!((letter.partition, letter.offset), (Some(2), Some(1)));
    assert_eq!(letter.text(), "x");
    assert_eq!(letter.key.as_deref(), Some(&b"k"[..]));
    let stage = r#"try_map(|line| line.parse::<u32>()) else dead_letter("bad")"#;
    assert_eq!(letter.stage, stage);
    assert_eq!(letter.error, "invalid digit found in string");
    assert_eq!(letter.job, "visits");
    assert_eq!(letter.headers, [("trace".to_owned(), Some(b"t7".to_vec()))]);
}

#[test]
fn record_that_cannot_be_decoded_is_a_dead_letter_of_the_source() {
    let mut test = stream_job! {
        from kafka("in") as Json<Visit> else dead_letter("bad")
            | map(|visit| (visit.user, visit.pages))
            | reduce_by_key(+) every 1s
            | print
    }
    .test();
    let tombstone = TestRecord::tombstone("gone").partition(0);
    let good = TestRecord::new(r#"{"user":"a","pages":2}"#).partition(0);
    let bad = TestRecord::new("{").partition(0);
    test.feed_records("in", [good.clone(), bad, tombstone, good]);
    test.advance(SECOND);
    test.expect(["(a,4)"]);
    let letters = test.dead_letters("bad");
    assert_eq!(letters.len(), 2, "{letters:?}");
    let bad = letters.iter().find(|letter| letter.text() == "{").unwrap();
    assert_eq!(bad.offset, Some(1));
    let gone = letters
        .iter()
        .find(|letter| letter.value.is_none())
        .unwrap();
    assert_eq!(gone.key.as_deref(), Some(&b"gone"[..]));
}

#[test]
fn letter_has_the_record_and_not_what_stages_have_made_of_it() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| (line.len(), line))
            | filter(|(_, line)| line.parse::<i32>()? > 0) else dead_letter("bad")
            | map(|(_, line)| line)
            | print
    }
    .test();
    test.feed_partition("in", 0, ["5", "five", "-5"]);
    test.expect(["5"]);
    assert_eq!(test.read("bad"), ["five"]);
}

#[test]
fn overflow_in_an_aggregate_is_that_of_its_own_record() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| { let (key, n) = line.split_once(',')?; (key, n.parse::<u8>()?) }) else skip
            | reduce_by_key(+) every 1s else dead_letter("bad")
            | print
    }
    .test();
    test.feed_partition("in", 0, ["a,200", "b,1", "a,100", "b,1", "a,55"]);
    test.advance(SECOND);
    test.expect(["(a,255)", "(b,2)"]);
    let letters = test.dead_letters("bad");
    assert_eq!(letters.len(), 1, "{letters:?}");
    assert_eq!(letters[0].text(), "a,100");
    assert_eq!(letters[0].offset, Some(2));
}

#[test]
fn setting_of_the_job_is_for_every_stage_without_a_policy() {
    let mut test = stream_job! {
        job checked { on_error: dead_letter("bad") }
        from kafka("in")
            | map(|line| line.parse::<i64>()?)
            | map(|n| 10_i64.checked_div(n)?) else skip
            | filter(|n| u8::try_from(*n)? > 0)
            | print
    }
    .test();
    test.feed_partition("in", 0, ["5", "x", "0", "-1"]);
    test.expect(["2"]);
    let mut bad: Vec<_> = test.dead_letters("bad");
    bad.sort_by_key(|letter| letter.offset);
    let bad: Vec<_> = bad.iter().map(|bad| (bad.text(), &*bad.stage)).collect();
    assert_eq!(
        bad,
        [
            ("x".to_owned(), "map(|line| line.parse::<i64>()?)"),
            ("-1".to_owned(), "filter(|n| u8::try_from(*n)? > 0)")
        ]
    );
}

#[test]
fn item_behind_an_aggregate_is_shown() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| (line, 1u64))
            | reduce_by_key(+) every 1s
            | try_map(|(word, n)| if n < 2 { Ok((word.to_owned(), n)) } else { Err("too often") }) else dead_letter("bad")
            | print
    }
    .test();
    test.feed("in", ["a", "b", "a"]);
    test.advance(SECOND);
    test.expect(["(b,1)"]);
    let letters = test.dead_letters("bad");
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].text(), "(a,2)");
    assert_eq!(letters[0].error, "too often");
    assert_eq!(letters[0].topic, None);
}

#[test]
fn item_behind_ordered_state_says_where_its_record_stands() {
    let mut test = stream_job! {
        from kafka("in")
            | dedup(|line| line.to_owned()) ttl 1h as seen
            | map(|line| line.parse::<u8>()?) else dead_letter("bad")
            | print
    }
    .test();
    test.feed_partition("in", 3, ["1", "x", "1"]);
    test.expect(["1"]);
    let letters = test.dead_letters("bad");
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].text(), "x");
    assert_eq!(
        (letters[0].partition, letters[0].offset),
        (Some(3), Some(1))
    );
    assert_eq!(letters[0].topic.as_deref(), Some("in"));
}

#[test]
fn items_of_an_iterator_are_shown() {
    let mut test = stream_job! {
        from iter(["1", "x"]) | map(|text| text.parse::<u8>()?) else dead_letter("bad") | print
    }
    .test();
    test.expect(["1"]);
    let letters = test.dead_letters("bad");
    assert_eq!(letters.len(), 1);
    assert_eq!(
        (letters[0].text(), letters[0].offset),
        ("x".to_owned(), Some(1))
    );
}

#[test]
fn row_that_a_sink_cannot_write_is_a_dead_letter() {
    let mut test = stream_job! {
        from kafka("in") | to kafka("out", key: |line| line.split_once(',')?.0) else dead_letter("bad")
    }
    .test();
    test.feed_partition("in", 0, ["a,1", "none"]);
    assert_eq!(test.read("out"), ["a,1"]);
    assert_eq!(test.read("bad"), ["none"]);
}

#[test]
fn batch_that_a_function_refuses_is_shown_whole() {
    let mut test = stream_job! {
        from kafka("in")
            | map_batch(|lines: Vec<&str>| { let first: u8 = lines.first()?.parse()?; vec![first] }) else dead_letter("bad")
            | print
    }
    .test()
    .workers(1);
    test.feed_partition("in", 0, ["x"]);
    test.expect([] as [&str; 0]);
    let letters = test.dead_letters("bad");
    assert_eq!(letters.len(), 1, "{letters:?}");
    assert_eq!(letters[0].text(), "[x]");
}

#[test]
fn letters_are_out_before_offsets_are_saved() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = stream_job! {
        job careful
        from kafka("in") | map(|line| line.parse::<u8>()?) else dead_letter("bad") | to kafka("out")
    }
    .test()
    .checkpoint(dir.path());
    test.feed_partition("in", 0, ["1", "x"]);
    test.advance(secs(1));
    test.crash_at(streamflow::testing::Point::AfterBatch);
    test.feed_partition("in", 0, ["2", "y"]);
    assert!(test.has_crashed());
    test.restore();
    test.advance(secs(1));
    let mut bad = test.read("bad");
    bad.sort();
    bad.dedup();
    assert_eq!(bad, ["x", "y"]);
}

#[test]
fn explain_says_where_bad_records_go() {
    let job = stream_job! {
        job explained { on_error: dead_letter("bad") }
        from kafka("in")
            | map(|line| line.parse::<i64>()?)
            | map(|n| 10_i64.checked_div(n)?) else to(zeros)
            | event_time(|n| *n) lag 1s
            | count over tumbling 1m late else dead_letter("late") as counts
            | print;
        zeros | print
    };
    let text = job.explain();
    for line in [
        "dead_letter  map(|line| line.parse::<i64>()?)",
        "dead_letter: the record is counted, and written to a topic",
        "to: the item is counted, and goes on in the stream that is named.",
    ] {
        let found = text
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        let wanted = line.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            found.into_iter().any(|line| line.contains(&wanted)),
            "{wanted}: {text}"
        );
    }
    let acls = job.explanation().acls();
    for topic in ["bad", "late"] {
        let line = format!("--operation Write --operation Describe --topic {topic}");
        assert!(acls.contains(&line), "{acls}");
    }
}
