//! Timers and chains in Spark's `TransformWithStateSuite` and `TransformWithStateChainingSuite`, beside those of
//! `spark_structured_suites`.

use streamflow::stream_job;

use crate::SECOND;

/// "transformWithState - streaming with rocksdb should succeed": the third item of a key removes its state, and gives
/// nothing.
#[test]
fn count_that_is_removed_at_the_third() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job counts
            from kafka("in") | map(|word| (word, ()))
                | process {
                    n: u64 = 0,
                    on_record: |word, _one, state, out| {
                        state.n += 1;
                        if state.n == 3 { out.forget(); } else { out.emit(format!("{word} {}", state.n)); }
                    },
                } forever as counts
                | print
        }
        .test()
        .workers(workers)
        .checkpoint(dir.path());
        let batches: [(&[&str], &[&str]); 4] = [
            (&["a"], &["a 1"]),
            (&["a", "b"], &["a 2", "b 1"]),
            (&["a", "b"], &["b 2"]),
            (&["a", "c"], &["a 1", "c 1"]),
        ];
        for (batch, rows) in batches {
            test.feed("in", batch);
            test.expect(rows);
            test.restart().unwrap();
        }
    }
}

/// "… processing time timer and updating timers": the second item takes the timer of the first one back, and sets
/// another.
#[test]
fn timer_that_is_moved() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job moved
            from kafka("in") | map(|word| (word, ()))
                | process {
                    n: u64 = 0,
                    timer_ms: i64 = 0,
                    on_record: |word, _one, state, out| {
                        state.n += 1;
                        if word == "a" && state.n <= 2 {
                            out.cancel(state.timer_ms);
                            state.timer_ms = out.now() + if state.n == 1 { 5_000 } else { 7_500 };
                            out.at(state.timer_ms);
                        }
                        out.emit(format!("{word} {}", state.n));
                    },
                    on_timer: |word, _at, _state, out| out.emit(format!("{word} -1")),
                } forever as moved
                | print
        }
        .test()
        .workers(workers)
        .checkpoint(dir.path());
        test.feed("in", ["a"]);
        test.expect(["a 1"]);
        test.advance(SECOND * 2);
        test.feed("in", ["a"]);
        test.expect(["a 2"]);
        test.restart().unwrap();
        // Where the first one was to be.
        test.advance(SECOND * 4);
        test.expect([] as [&str; 0]);
        test.feed("in", ["d"]);
        test.expect(["d 1"]);
        test.advance(SECOND * 6);
        test.expect(["a -1"]);
        test.advance(SECOND * 60);
        test.expect([] as [&str; 0]);
    }
}

/// "… and multiple timers": three timers of one key. How many are left is a field here.
#[test]
fn several_timers_of_a_key() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job several
            from kafka("in") | map(|word| (word, ()))
                | process {
                    n: u64 = 0,
                    timers: u64 = 0,
                    on_record: |_word, _one, state, out| {
                        state.n += 1;
                        if state.timers == 0 {
                            for after_ms in [5_000, 10_000, 15_000] { out.at(out.now() + after_ms); }
                            state.timers = 3;
                        }
                    },
                    on_timer: |word, _at, state, out| {
                        out.emit(format!("{word} {}", state.n));
                        state.timers -= 1;
                        if state.timers == 0 { out.forget(); }
                    },
                } forever as several
                | print
        }
        .test()
        .workers(workers)
        .checkpoint(dir.path());
        for (n, row) in [(1, ""), (6, "a 2"), (5, "a 3"), (5, "a 4"), (6, "a 1")] {
            test.feed("in", ["a"]);
            test.advance(SECOND * n);
            test.expect([row].iter().filter(|row| !row.is_empty()));
            test.restart().unwrap();
        }
    }
}

/// "watermark is propagated correctly for next stateful operator after transformWithState", "chaining multiple
/// transformWithState operators": windows and another `process` behind the first one go by the same watermark.
#[test]
fn windows_and_timers_behind_a_process() {
    const DAY: i64 = 86_400_000;
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job chained
            let firsts = from kafka("in") | map(|line| { let (at, key) = line.split_once(' ')?; (at.parse::<i64>()?, key) })
                | event_time(|(at, _)| *at) lag 1m
                | map(|(_, key)| (key, ()))
                | process {
                    n: u64 = 0,
                    on_record: |key, _one, state, out| { state.n += 1; out.emit((key.to_owned(), state.n)); },
                } forever as firsts;
            firsts | count over tumbling 1m late drop as counts
                | timestamp | map(|(at, n)| format!("{} {n}", (at + 1) / 60_000 - 1)) | print;
            firsts | process {
                on_record: |_key, _n, _state, out| out.at(out.time() + 30_000),
                on_timer: |key, at_ms, _state, out| out.emit(format!("{key} {}", at_ms / 1_000)),
            } forever as seconds | print
        }
        .test()
        .partitions(1)
        .workers(workers)
        .checkpoint(dir.path());
        test.feed("in", ["0 k1"]);
        test.expect([] as [&str; 0]);
        test.feed("in", [format!("{} k1", 31 * DAY)]);
        test.expect(["0 1", "k1 30"]);
        test.restart().unwrap();
        test.feed("in", [format!("{} k1", 32 * DAY)]);
        test.expect([
            format!("{} 1", 31 * 24 * 60),
            format!("k1 {}", 31 * 86_400 + 30),
        ]);
    }
}
