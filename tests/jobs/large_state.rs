//! Tables that do not fit the cache of a core, in which values wait for each other.

use std::collections::BTreeMap;

use streamflow::stream_job;

use crate::SECOND;

const KEYS: usize = 240_000;

/// Every key once, and some of them again; `at` lines in, one more line.
fn lines(at: usize, line: &str) -> Vec<String> {
    let mut lines: Vec<String> = (0..KEYS + 1_000)
        .map(|n| format!("key{},1", n % KEYS))
        .collect();
    lines.insert(at, line.to_owned());
    lines
}

#[test]
fn every_value_is_counted_whatever_the_length_of_its_key() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| { let (key, n) = line.rsplit_once(',')?; (key, n.parse::<u64>()?) })
            | reduce_by_key(+) every 1s
            | map(|(_, sum)| (sum, 1u64))
            | reduce_by_key(+) every 1s
            | print
    }
    .test()
    .workers(2);
    test.feed(
        "in",
        lines(KEYS, "a key that is too long to stand in the table,7"),
    );
    test.advance(SECOND);
    let sums: BTreeMap<&str, usize> = BTreeMap::from([("1", KEYS - 1_000), ("2", 1_000), ("7", 1)]);
    test.expect(sums.iter().map(|(sum, keys)| format!("({sum},{keys})")));
}

#[test]
fn overflow_names_the_offset_of_its_own_record() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| { let (key, n) = line.rsplit_once(',')?; (key, n.parse::<u8>()?) })
            | reduce_by_key(+) every 1s
            | print
    }
    .test()
    .workers(1);
    test.feed_partition("in", 0, lines(KEYS + 100, "key7,255"));
    let error = test.finish().unwrap_err();
    let text = error.one_line();
    let offset = KEYS + 100;
    assert!(
        text.contains("`+` overflows `u8` for the key `key7`")
            && text.contains(&format!("at offset {offset}:")),
        "{text}"
    );
}

#[test]
fn overflow_is_left_out_by_the_policy() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| { let (key, n) = line.rsplit_once(',')?; (key, n.parse::<u8>()?) })
            | reduce_by_key(+) every 1s else skip
            | filter(|(_, sum)| *sum > 2)
            | print
    }
    .test()
    .workers(1);
    let mut all = lines(KEYS + 100, "key7,255");
    all.push("key9,250".to_owned());
    test.feed_partition("in", 0, all);
    test.advance(SECOND);
    test.expect(["(key9,252)"]);
}
