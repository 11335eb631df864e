//! `process { … }`: fields and timers of each key.

use std::time::Duration;

use streamflow::{Job, stream_job};

use crate::SECOND;

const NOTHING: [&str; 0] = [];

/// `12 word`: a time in milliseconds, and a word.
fn timed(line: &str) -> Option<(i64, &str)> {
    let (ms, word) = line.split_once(' ')?;
    Some((ms.parse().ok()?, word))
}

#[test]
fn fields_are_kept_for_each_key() {
    for workers in [1, 2, 4] {
        let mut test = stream_job! {
            from kafka("in")
                | map(|line| { let (user, page) = line.split_once(',')?; (user, page) })
                | process {
                    count: u64 = 0,
                    last: Option<String> = None,
                    on_record: |user, page, state, out| {
                        state.count += 1;
                        let before = state.last.replace(page.to_owned());
                        out.emit(format!("{user} {} {}", state.count, before.unwrap_or_default()));
                    },
                } forever as visits
                | print
        }
        .test()
        .workers(workers);
        test.feed("in", ["a,/x", "b,/y", "a,/z"]);
        test.feed("in", ["a,/q"]);
        test.expect(["a 1 ", "b 1 ", "a 2 /x", "a 3 /z"]);
    }
}

#[test]
fn any_number_of_items_leaves_in_the_order_in_which_they_are_given() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| { let (key, n) = line.split_once(',')?; (key, n.parse::<u64>()?) })
            | process {
                on_record: |key, n, _state, out| for i in 0..n { out.emit((key, i)); },
            } forever as each
            | map(|(key, i)| format!("{key}{i}"))
            | print
    }
    .test()
    .workers(1)
    .partitions(1);
    test.feed("in", ["a,3", "b,0", "c,2"]);
    assert_eq!(test.rows(), ["a0", "a1", "a2", "c0", "c1"]);
}

/// `testTimestampAndWatermarkQuerying` of Flink's `KeyedProcessOperatorTest`.
#[test]
fn record_sees_its_time_and_the_watermark_in_front_of_it() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| timed(line)?)
            | event_time(|(ms, _)| *ms) lag 1ms
            | map(|(_, word)| (word, ()))
            | process {
                on_record: |key, _value, _state, out| {
                    out.emit(format!("{key} TIME:{} TS:{}", out.watermark(), out.time()));
                },
            } forever as queries
            | print
    }
    .test()
    .partitions(1);
    test.feed("in", ["18 w"]);
    test.expect([format!("w TIME:{} TS:18", i64::MIN)]);
    test.feed("in", ["12 5"]);
    test.expect(["5 TIME:17 TS:12"]);
    test.feed("in", ["43 w"]);
    test.expect(["w TIME:17 TS:43"]);
    test.feed("in", ["13 6"]);
    test.expect(["6 TIME:42 TS:13"]);
}

/// `testTimestampAndProcessingTimeQuerying`.
#[test]
fn record_sees_the_clock() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|key| (key, ()))
            | process {
                on_record: |key, _value, _state, out| out.emit((key, out.now(), out.time() - out.now())),
            } forever as queries
            | map(|(key, now, between)| format!("{key} {now} {between}"))
            | print
    }
    .test();
    let begun_ms = test.now_ms();
    test.advance(SECOND * 17);
    test.feed("in", ["5"]);
    test.expect([format!("5 {} 0", begun_ms + 17_000)]);
}

/// `testEventTimeTimers`: a timer fires when the watermark comes to its time, and not in front of it.
#[test]
fn timer_fires_when_the_watermark_comes_to_it() {
    for workers in [1, 2, 4] {
        let mut test = stream_job! {
            from kafka("in")
                | map(|line| timed(line)?)
                | event_time(|(ms, _)| *ms) lag 42ms
                | map(|(_, word)| (word, ()))
                | process {
                    on_record: |key, _value, _state, out| {
                        out.emit(format!("INPUT:{key}"));
                        if key == "17" {
                            out.at(5);
                        }
                    },
                    on_timer: |key, at, _state, out| {
                        out.emit(format!("{key} at {at}, {} {}", out.time(), out.watermark()));
                    },
                } forever as timers
                | print
        }
        .test()
        .workers(workers)
        .partitions(1);
        test.feed("in", ["42 17"]);
        test.expect(["INPUT:17"]);
        test.feed("in", ["46 w"]);
        test.expect(["INPUT:w"]);
        test.feed("in", ["48 w"]);
        test.expect(["INPUT:w", "17 at 5, 5 6"]);
        test.feed("in", ["60 w"]);
        test.expect(["INPUT:w"]);
    }
}

/// `testProcessingTimeTimers`.
#[test]
fn timer_fires_when_the_clock_comes_to_it() {
    for workers in [1, 2, 4] {
        let mut test = stream_job! {
            from kafka("in")
                | map(|key| (key, ()))
                | process {
                    on_record: |key, _value, _state, out| {
                        out.emit(format!("INPUT:{key}"));
                        out.at(out.now() + 5);
                    },
                    on_timer: |key, at, _state, out| out.emit(format!("{key} {}", out.now() - at)),
                } forever as timers
                | print
        }
        .test()
        .workers(workers);
        test.feed("in", ["17"]);
        test.expect(["INPUT:17"]);
        test.advance(Duration::from_millis(4));
        test.expect(NOTHING);
        test.advance(Duration::from_millis(1));
        test.expect(["17 0"]);
        test.advance(SECOND);
        test.expect(NOTHING);
    }
}

/// `testEventTimeTimerWithState`: the timers of each key find the fields of their key.
#[test]
fn timer_finds_the_fields_of_its_key() {
    for workers in [1, 2, 4] {
        let mut test = stream_job! {
            from kafka("in")
                | map(|line| timed(line)?)
                | event_time(|(ms, _)| *ms) lag 1ms
                | map(|(_, word)| { let (key, value) = word.split_once('=')?; (key, value.parse::<u64>()?) })
                | process {
                    value: u64 = 0,
                    on_record: |key, value, state, out| {
                        if key != "w" {
                            out.emit(format!("INPUT:{value}"));
                            state.value = value;
                            out.at(out.watermark() + 5);
                        }
                    },
                    on_timer: |_key, _at, state, out| out.emit(format!("STATE:{}", state.value)),
                } forever as timers
                | print
        }
        .test()
        .workers(workers)
        .partitions(1);
        test.feed("in", ["2 w=0"]);
        test.feed("in", ["0 a=17"]);
        test.expect(["INPUT:17"]);
        test.feed("in", ["3 w=0"]);
        test.feed("in", ["1 b=42"]);
        test.expect(["INPUT:42"]);
        test.feed("in", ["6 w=0"]);
        test.expect(NOTHING);
        test.feed("in", ["7 w=0"]);
        test.expect(["STATE:17"]);
        test.feed("in", ["8 w=0"]);
        test.expect(["STATE:42"]);
    }
}

/// `testSnapshotAndRestore`: timers of both kinds go on after a restart, with keys at other workers.
#[test]
fn timers_go_on_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let job = || -> Job<'static> {
        stream_job! {
            job both
            let words = from kafka("in") | map(|line| timed(line)?) | event_time(|(ms, _)| *ms) lag 1ms
                | map(|(ms, word)| (word.to_owned(), ms));
            words | process {
                n: u64 = 0,
                on_record: |_key, ms, state, out| { state.n += 1; if ms < 5 { out.at(6); } },
                on_timer: |key, at, state, out| out.emit(format!("EVENT:{key}:{at}:{}", state.n)),
            } forever as of_events | print;
            from kafka("other") | map(|line| (line, ())) | process {
                n: u64 = 0,
                on_record: |_key, _value, state, out| { state.n += 1; out.after(Duration::from_secs(5)); },
                on_timer: |key, _at, state, out| out.emit(format!("PROC:{key}:{}", state.n)),
            } forever as of_clock | print
        }
    };
    let mut test = job().test().workers(3).partitions(1).checkpoint(dir.path());
    test.feed("in", ["4 a", "4 b", "4 c"]);
    test.feed("other", ["x", "y", "z"]);
    test.restart().unwrap();
    test.expect(NOTHING);
    test.advance(SECOND * 5);
    test.expect(["PROC:x:1", "PROC:y:1", "PROC:z:1"]);
    test.restart().unwrap();
    test.feed("in", ["7 w"]);
    test.expect(["EVENT:a:6:1", "EVENT:b:6:1", "EVENT:c:6:1"]);
    test.restart().unwrap();
    test.feed("in", ["60 w"]);
    test.advance(SECOND * 60);
    test.expect(NOTHING);
}

#[test]
fn timer_that_fell_due_while_the_job_was_down_fires_when_it_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let job = |from: &'static str| -> Job<'static> {
        stream_job! {
            job late
            from kafka(from) | map(|line| (line, ())) | process {
                on_record: |_key, _value, _state, out| out.after(Duration::from_secs(5)),
                on_timer: |key, _at, _state, out| out.emit(key.to_owned()),
            } forever as timers | print
        }
    };
    let mut test = job("in").test().checkpoint(dir.path());
    test.feed("in", ["a"]);
    test.restart().unwrap();
    // Nothing else calls for a round.
    test.advance(SECOND * 4);
    test.expect(NOTHING);
    test.restart().unwrap();
    test.advance(SECOND * 10);
    test.expect(["a"]);
}

/// Flink's `TimeoutCountExample`: the count of a key, when it has been silent for a minute.
#[test]
fn count_leaves_after_a_minute_of_silence() {
    for workers in [1, 2, 4] {
        let mut test = stream_job! {
            from kafka("in")
                | map(|line| timed(line)?)
                | event_time(|(ms, _)| *ms) lag 1ms
                | map(|(_, word)| (word, ()))
                | process {
                    count: u64 = 0,
                    last: i64 = 0,
                    on_record: |_key, _value, state, out| {
                        state.count += 1;
                        state.last = out.time();
                        out.at(state.last + 60_000);
                    },
                    on_timer: |key, at, state, out| {
                        if at == state.last + 60_000 {
                            out.emit((key.to_owned(), state.count));
                        }
                    },
                } forever as counts
                | print
        }
        .test()
        .workers(workers)
        .partitions(1);
        test.feed("in", ["0 a", "1000 b", "30000 a"]);
        test.feed("in", ["61000 c"]);
        test.expect(NOTHING);
        test.share_again();
        test.feed("in", ["61001 c"]);
        test.expect(["(b,1)"]);
        test.feed("in", ["90001 c"]);
        test.expect(["(a,2)"]);
    }
}

#[test]
fn timer_of_one_time_fires_once_and_not_when_it_is_taken_back() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| { let (key, what) = line.split_once(' ')?; (key, what.to_owned()) })
            | process {
                begun: i64 = 0,
                on_record: |_key, what, state, out| match what.as_str() {
                    "set" => {
                        if state.begun == 0 { state.begun = out.now(); }
                        out.at(state.begun + 5_000);
                        out.at(state.begun + 5_000);
                        out.at(state.begun + 7_000);
                    }
                    "cancel" => out.cancel(state.begun + 5_000),
                    _ => out.forget(),
                },
                on_timer: |key, at, state, out| out.emit((key.to_owned(), at - state.begun)),
            } forever as timers
            | print
    }
    .test();
    test.feed("in", ["a set", "b set", "c set", "a set"]);
    test.advance(SECOND);
    test.feed("in", ["b cancel", "c forget", "c cancel"]);
    test.advance(SECOND * 3);
    test.expect(NOTHING);
    test.advance(SECOND);
    test.expect(["(a,5000)"]);
    test.advance(SECOND * 60);
    test.expect(["(a,7000)", "(b,7000)"]);
}

#[test]
fn forgotten_key_begins_anew() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| { let (key, what) = line.split_once(' ')?; (key, what) })
            | process {
                n: u64 = 10,
                on_record: |key, what, state, out| {
                    state.n += 1;
                    out.emit((key.to_owned(), state.n));
                    if what == "last" { out.forget(); }
                },
            } forever as counts
            | print
    }
    .test();
    test.feed("in", ["a x", "a last", "b x", "a x"]);
    test.expect(["(a,11)", "(a,12)", "(b,11)", "(a,11)"]);
}

#[test]
fn timer_that_sets_one_for_a_time_that_has_passed_fires_it_in_the_same_round() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| timed(line)?)
            | event_time(|(ms, _)| *ms) lag 1ms
            | map(|(_, word)| (word, ()))
            | process {
                on_record: |key, _value, _state, out| if key != "w" { out.at(out.time() + 10); },
                on_timer: |key, at, _state, out| {
                    out.emit(format!("{key}{at}"));
                    if at < 60 { out.at(at + 10); }
                },
            } forever as timers
            | print
    }
    .test()
    .workers(1)
    .partitions(1);
    test.feed("in", ["0 a", "5 b"]);
    test.feed("in", ["41 w"]);
    assert_eq!(
        test.rows(),
        ["a10", "b15", "a20", "b25", "a30", "b35", "a40"]
    );
    test.feed("in", ["90 w"]);
    assert_eq!(test.rows(), ["b45", "a50", "b55", "a60", "b65"]);
}

/// What timers give has their time, which windows behind go by.
#[test]
fn windows_behind_go_by_the_time_of_timers() {
    for workers in [1, 2, 4] {
        let mut test = stream_job! {
            from kafka("in")
                | map(|line| timed(line)?)
                | event_time(|(ms, _)| *ms) lag 1ms
                | map(|(_, word)| (word, ()))
                | process {
                    on_record: |key, _value, _state, out| if key != "w" { out.after(Duration::from_secs(10)); },
                    on_timer: |key, _at, _state, out| out.emit(key.to_owned()),
                } forever as timers
                | count_by_value over tumbling 10s late drop as counts
                | print
        }
        .test()
        .workers(workers)
        .partitions(1);
        test.feed("in", ["1000 a", "2000 b", "9000 a", "11000 a"]);
        test.feed("in", ["29999 w"]);
        test.expect(["(a,2)", "(b,1)"]);
        test.feed("in", ["31000 w"]);
        test.expect(["(a,1)"]);
        assert_eq!(test.late_records(), 0);
    }
}

/// Stages behind take what timers give behind the records of the round, in an order that does not
/// depend on the number of workers.
#[test]
fn stages_behind_take_what_timers_give_in_one_order() {
    let rows = |workers| {
        let mut test = stream_job! {
            from kafka("in")
                | map(|line| timed(line)?)
                | event_time(|(ms, _)| *ms) lag 1ms
                | map(|(_, word)| (word, ()))
                | process {
                    on_record: |key, _value, _state, out| {
                        out.emit(((), key.to_owned()));
                        out.at(50);
                    },
                    on_timer: |key, at, _state, out| out.emit(((), format!("{key}@{at}"))),
                } forever as timers
                | scan(String::new(), |all, one| format!("{all} {one}")) forever as all
                | map(|((), all)| all)
                | print
        }
        .test()
        .workers(workers)
        .partitions(1);
        let words = (0..12).map(|n| format!("{n} k{n}"));
        test.feed("in", words.chain(["60 w".to_owned()]));
        test.rows().last().cloned().unwrap_or_default()
    };
    let one = rows(1);
    assert!(one.starts_with(" k0 k1 k2"), "{one}");
    assert_eq!(one.split(' ').count(), 27, "{one}");
    for workers in [2, 4] {
        assert_eq!(rows(workers), one, "{workers} workers");
    }
}

/// When the input has ended, all time is complete; but a timer that always sets the next one ends with
/// the records.
#[test]
fn timers_of_event_time_fire_at_the_end_of_the_input() {
    for workers in [1, 2, 4] {
        let mut test = stream_job! {
            from iter([(1_000i64, "a"), (7_000, "b"), (2_000, "a")])
                | event_time(|(ms, _)| *ms) lag 1h
                | map(|(_, word)| (word, 1u64))
                | process {
                    n: u64 = 0,
                    on_record: |_key, one, state, out| { state.n += one; out.at(3_000); },
                    on_timer: |key, at, state, out| {
                        out.emit(format!("{key} {at} {}", state.n));
                        out.at(at + 2_000);
                    },
                } forever as counts
                | print
        }
        .test()
        .workers(workers);
        test.expect([
            "a 3000 2", "a 5000 2", "a 7000 2", "b 3000 1", "b 5000 1", "b 7000 1",
        ]);
    }
}

/// As in Flink: the clock goes on when the input has ended, and nobody waits for it.
#[test]
fn timers_of_the_clock_do_not_fire_at_the_end_of_the_input() {
    let mut test = stream_job! {
        from iter(["a", "b"]) | map(|word| (word, 1u64)) | process {
            on_record: |key, _one, _state, out| { out.emit(key.to_owned()); out.after(Duration::from_secs(1)); },
            on_timer: |key, _at, _state, out| out.emit(format!("{key} fired")),
        } forever as timers | print
    }
    .test();
    test.expect(["a", "b"]);
    test.advance(SECOND * 10);
    test.expect(NOTHING);
}

#[test]
fn ttl_forgets_keys_that_wait_for_no_timer() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|key| (key, ()))
            | process {
                n: u64 = 0,
                on_record: |key, _value, state, out| {
                    state.n += 1;
                    out.emit(format!("{key} {}", state.n));
                    if key == "slow" { out.after(Duration::from_secs(60)); }
                },
                on_timer: |key, _at, state, out| out.emit(format!("{key} {} fired", state.n)),
            } ttl 10s as counts
            | print
    }
    .test();
    test.feed("in", ["quick", "slow"]);
    test.expect(["quick 1", "slow 1"]);
    test.advance(SECOND * 9);
    test.feed("in", ["quick"]);
    test.expect(["quick 2"]);
    test.advance(SECOND * 30);
    test.feed("in", ["quick", "slow"]);
    test.expect(["quick 1", "slow 2"]);
    test.advance(SECOND * 60);
    test.expect(["slow 2 fired", "slow 2 fired"]);
    // The timer has used the key.
    test.advance(SECOND * 20);
    test.feed("in", ["slow"]);
    test.expect(["slow 1"]);
}

/// Behind an event time, keys are forgotten by it.
#[test]
fn ttl_goes_by_event_time() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| timed(line)?)
            | event_time(|(ms, _)| *ms) lag 1ms
            | map(|(_, word)| (word, ()))
            | process {
                n: u64 = 0,
                on_record: |key, _value, state, out| { state.n += 1; out.emit((key, state.n)); },
            } ttl 10s as counts
            | map(|(key, n)| format!("{key} {n}"))
            | print
    }
    .test()
    .partitions(1);
    test.feed("in", ["0 a", "9000 a", "18999 a"]);
    test.expect(["a 1", "a 2", "a 3"]);
    test.advance(SECOND * 60);
    test.feed("in", ["20000 a", "30000 a"]);
    test.expect(["a 4", "a 1"]);
}

/// Results of a window are items as others: they come when the watermark passes it.
#[test]
fn windows_in_front_give_their_time() {
    for workers in [1, 3] {
        let mut test = stream_job! {
            from kafka("in")
                | map(|line| timed(line)?)
                | event_time(|(ms, _)| *ms) lag 1ms
                | map(|(_, word)| (word, ()))
                | count_by_key over tumbling 10s late drop as windows
                | process {
                    total: u64 = 0,
                    on_record: |_key, n, state, out| { state.total += n; out.at(25_000); },
                    on_timer: |key, _at, state, out| out.emit((key.to_owned(), state.total)),
                } forever as totals
                | print
        }
        .test()
        .workers(workers)
        .partitions(1);
        test.feed("in", ["1000 a", "2000 b", "3000 a", "12000 a"]);
        test.feed("in", ["24000 w"]);
        test.expect(NOTHING);
        test.feed("in", ["25001 w"]);
        test.expect(["(a,3)", "(b,1)"]);
    }
}

#[test]
fn functions_around_the_job_can_be_called_and_its_variables_read() {
    struct Limit {
        most: u64,
    }
    let limit = Limit { most: 2 };
    let most = limit.most;
    let over = move |n: u64| n > most;
    let mut test = stream_job! {
        from kafka("in") | map(|key| (key, ())) | process {
            n: u64 = limit.most - 2,
            seen: std::collections::BTreeMap<String, Vec<u64>> = std::collections::BTreeMap::<String, Vec<u64>>::new(),
            on_record: |key, _value, state, out| {
                state.n += 1;
                state.seen.entry(key.to_owned()).or_default().push(state.n);
                if over(state.n) { out.emit(format!("{key} {:?}", state.seen)); }
            },
        } forever as counts | print
    }
    .test();
    test.feed("in", ["a", "a", "b", "a"]);
    test.expect([r#"a {"a": [1, 2, 3]}"#]);
}
