#![allow(warnings)]
use std::time::Duration;
use streamflow::stream_job;

#[test]
fn interval_reduce() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | reduce_by_key(+) every 1s | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ interval_reduce {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn interval_sum() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | values | sum every 1s | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ interval_sum {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn interval_agg() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | agg_by_key { t: sum, m: max } every 1s | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ interval_agg {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn interval_closure() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | reduce_by_key(|a, b| a + b) every 1s | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ interval_closure {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn hopping_reduce() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | reduce_by_key(+) over hopping 4s by 1s as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ hopping_reduce {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn hopping_sum() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | values | sum over hopping 4s by 1s as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ hopping_sum {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn hopping_agg() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | agg_by_key { t: sum, m: max } over hopping 4s by 1s as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ hopping_agg {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn hopping_closure() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | reduce_by_key(|a, b| a + b) over hopping 4s by 1s as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ hopping_closure {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn tumbling_reduce() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | reduce_by_key(+) over tumbling 4s as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ tumbling_reduce {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn tumbling_sum() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | values | sum over tumbling 4s as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ tumbling_sum {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn tumbling_agg() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | agg_by_key { t: sum, m: max } over tumbling 4s as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ tumbling_agg {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn tumbling_closure() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | reduce_by_key(|a, b| a + b) over tumbling 4s as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ tumbling_closure {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn cumulate_reduce() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | reduce_by_key(+) over cumulate 4s by 1s as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ cumulate_reduce {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn cumulate_sum() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | values | sum over cumulate 4s by 1s as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ cumulate_sum {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn cumulate_agg() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | agg_by_key { t: sum, m: max } over cumulate 4s by 1s as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ cumulate_agg {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn cumulate_closure() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | reduce_by_key(|a, b| a + b) over cumulate 4s by 1s as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ cumulate_closure {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn session_reduce() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | reduce_by_key(+) over session 3s as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ session_reduce {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn session_sum() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | values | sum over session 3s as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ session_sum {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn session_agg() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | agg_by_key { t: sum, m: max } over session 3s as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ session_agg {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn session_closure() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | reduce_by_key(|a, b| a + b) over session 3s as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ session_closure {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn session_max_reduce() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | reduce_by_key(+) over session 3s max 8s as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ session_max_reduce {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn session_max_sum() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | values | sum over session 3s max 8s as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ session_max_sum {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn session_max_agg() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | agg_by_key { t: sum, m: max } over session 3s max 8s as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ session_max_agg {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn session_max_closure() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | reduce_by_key(|a, b| a + b) over session 3s max 8s as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ session_max_closure {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn rows_reduce() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | reduce_by_key(+) over rows 2 as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ rows_reduce {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn rows_sum() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | values | sum over rows 2 as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ rows_sum {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn rows_agg() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | agg_by_key { t: sum, m: max } over rows 2 as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ rows_agg {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn rows_closure() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | reduce_by_key(|a, b| a + b) over rows 2 as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ rows_closure {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn rows_by_reduce() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | reduce_by_key(+) over rows 3 by 1 as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ rows_by_reduce {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn rows_by_sum() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | values | sum over rows 3 by 1 as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ rows_by_sum {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn rows_by_agg() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | agg_by_key { t: sum, m: max } over rows 3 by 1 as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ rows_by_agg {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn rows_by_closure() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | reduce_by_key(|a, b| a + b) over rows 3 by 1 as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ rows_by_closure {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn sliding_reduce() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | reduce_by_key(+) over sliding 5s as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ sliding_reduce {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn sliding_sum() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | values | sum over sliding 5s as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ sliding_sum {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn sliding_agg() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | agg_by_key { t: sum, m: max } over sliding 5s as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ sliding_agg {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn sliding_closure() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | reduce_by_key(|a, b| a + b) over sliding 5s as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ sliding_closure {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn running_reduce() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | reduce_by_key(+) running forever as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ running_reduce {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn running_sum() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | values | sum running forever as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ running_sum {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn running_agg() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | agg_by_key { t: sum, m: max } running forever as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ running_agg {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn running_closure() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | reduce_by_key(|a, b| a + b) running forever as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ running_closure {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn updates_reduce() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | reduce_by_key(+) over tumbling 4s as w emit updates every 1s | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ updates_reduce {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn updates_sum() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | values | sum over tumbling 4s as w emit updates every 1s | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ updates_sum {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn updates_agg() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | agg_by_key { t: sum, m: max } over tumbling 4s as w emit updates every 1s | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ updates_agg {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn updates_closure() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | reduce_by_key(|a, b| a + b) over tumbling 4s as w emit updates every 1s | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ updates_closure {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn changes_reduce() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | reduce_by_key(+) over tumbling 4s as w emit changes | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ changes_reduce {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn changes_sum() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | values | sum over tumbling 4s as w emit changes | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ changes_sum {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn changes_agg() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | agg_by_key { t: sum, m: max } over tumbling 4s as w emit changes | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ changes_agg {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn changes_closure() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | reduce_by_key(|a, b| a + b) over tumbling 4s as w emit changes | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ changes_closure {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn session_changes_reduce() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | reduce_by_key(+) over session 3s as w emit changes | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ session_changes_reduce {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn session_changes_sum() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | values | sum over session 3s as w emit changes | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ session_changes_sum {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn session_changes_agg() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | agg_by_key { t: sum, m: max } over session 3s as w emit changes | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ session_changes_agg {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn session_changes_closure() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | map(|(_, n)| ("k", n)) | reduce_by_key(|a, b| a + b) over session 3s as w emit changes | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ session_changes_closure {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_tumbling_reduce() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | map(|(_, n)| ("k", n)) | reduce_by_key(+) over tumbling 4s late drop as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_tumbling_reduce {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_tumbling_sum() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | values | sum over tumbling 4s late drop as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_tumbling_sum {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_tumbling_agg() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | map(|(_, n)| ("k", n)) | agg_by_key { t: sum, m: max } over tumbling 4s late drop as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_tumbling_agg {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_tumbling_closure() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | map(|(_, n)| ("k", n)) | reduce_by_key(|a, b| a + b) over tumbling 4s late drop as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_tumbling_closure {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_hopping_reduce() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | map(|(_, n)| ("k", n)) | reduce_by_key(+) over hopping 4s by 1s late drop as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_hopping_reduce {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_hopping_sum() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | values | sum over hopping 4s by 1s late drop as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_hopping_sum {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_hopping_agg() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | map(|(_, n)| ("k", n)) | agg_by_key { t: sum, m: max } over hopping 4s by 1s late drop as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_hopping_agg {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_hopping_closure() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | map(|(_, n)| ("k", n)) | reduce_by_key(|a, b| a + b) over hopping 4s by 1s late drop as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_hopping_closure {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_cumulate_reduce() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | map(|(_, n)| ("k", n)) | reduce_by_key(+) over cumulate 4s by 1s late drop as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_cumulate_reduce {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_cumulate_sum() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | values | sum over cumulate 4s by 1s late drop as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_cumulate_sum {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_cumulate_agg() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | map(|(_, n)| ("k", n)) | agg_by_key { t: sum, m: max } over cumulate 4s by 1s late drop as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_cumulate_agg {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_cumulate_closure() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | map(|(_, n)| ("k", n)) | reduce_by_key(|a, b| a + b) over cumulate 4s by 1s late drop as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_cumulate_closure {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_session_reduce() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | map(|(_, n)| ("k", n)) | reduce_by_key(+) over session 3s late drop as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_session_reduce {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_session_sum() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | values | sum over session 3s late drop as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_session_sum {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_session_agg() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | map(|(_, n)| ("k", n)) | agg_by_key { t: sum, m: max } over session 3s late drop as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_session_agg {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_session_closure() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | map(|(_, n)| ("k", n)) | reduce_by_key(|a, b| a + b) over session 3s late drop as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_session_closure {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_session_max_reduce() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | map(|(_, n)| ("k", n)) | reduce_by_key(+) over session 3s max 8s late drop as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_session_max_reduce {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_session_max_sum() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | values | sum over session 3s max 8s late drop as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_session_max_sum {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_session_max_agg() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | map(|(_, n)| ("k", n)) | agg_by_key { t: sum, m: max } over session 3s max 8s late drop as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_session_max_agg {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_session_max_closure() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | map(|(_, n)| ("k", n)) | reduce_by_key(|a, b| a + b) over session 3s max 8s late drop as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_session_max_closure {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_sliding_reduce() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | map(|(_, n)| ("k", n)) | reduce_by_key(+) over sliding 5s late drop as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_sliding_reduce {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_sliding_sum() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | values | sum over sliding 5s late drop as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_sliding_sum {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_sliding_agg() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | map(|(_, n)| ("k", n)) | agg_by_key { t: sum, m: max } over sliding 5s late drop as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_sliding_agg {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_sliding_closure() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | map(|(_, n)| ("k", n)) | reduce_by_key(|a, b| a + b) over sliding 5s late drop as w | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_sliding_closure {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_updates_reduce() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | map(|(_, n)| ("k", n)) | reduce_by_key(+) over hopping 4s by 2s late drop as w emit updates every 1s | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_updates_reduce {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_updates_sum() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | values | sum over hopping 4s by 2s late drop as w emit updates every 1s | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_updates_sum {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_updates_agg() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | map(|(_, n)| ("k", n)) | agg_by_key { t: sum, m: max } over hopping 4s by 2s late drop as w emit updates every 1s | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_updates_agg {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_updates_closure() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | map(|(_, n)| ("k", n)) | reduce_by_key(|a, b| a + b) over hopping 4s by 2s late drop as w emit updates every 1s | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_updates_closure {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_changes_reduce() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | map(|(_, n)| ("k", n)) | reduce_by_key(+) over tumbling 4s late drop as w emit changes | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_changes_reduce {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_changes_sum() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | values | sum over tumbling 4s late drop as w emit changes | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_changes_sum {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_changes_agg() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | map(|(_, n)| ("k", n)) | agg_by_key { t: sum, m: max } over tumbling 4s late drop as w emit changes | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_changes_agg {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_changes_closure() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | map(|(_, n)| ("k", n)) | reduce_by_key(|a, b| a + b) over tumbling 4s late drop as w emit changes | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_changes_closure {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_hchanges_reduce() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | map(|(_, n)| ("k", n)) | reduce_by_key(+) over hopping 4s by 1s late drop as w emit changes | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_hchanges_reduce {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_hchanges_sum() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | values | sum over hopping 4s by 1s late drop as w emit changes | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_hchanges_sum {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_hchanges_agg() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | map(|(_, n)| ("k", n)) | agg_by_key { t: sum, m: max } over hopping 4s by 1s late drop as w emit changes | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_hchanges_agg {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_hchanges_closure() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | map(|(_, n)| ("k", n)) | reduce_by_key(|a, b| a + b) over hopping 4s by 1s late drop as w emit changes | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_hchanges_closure {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_session_changes_reduce() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | map(|(_, n)| ("k", n)) | reduce_by_key(+) over session 3s late drop as w emit changes | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_session_changes_reduce {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_session_changes_sum() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | values | sum over session 3s late drop as w emit changes | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_session_changes_sum {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_session_changes_agg() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | map(|(_, n)| ("k", n)) | agg_by_key { t: sum, m: max } over session 3s late drop as w emit changes | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_session_changes_agg {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}

#[test]
fn e_session_changes_closure() {
    for (name, feeds) in [
        ("same", vec![vec!["100 200", "100 100"], vec!["109 1"]]),
        (
            "apart",
            vec![vec!["100 200"], vec!["101 100"], vec!["109 1"]],
        ),
    ] {
        let mut test = stream_job! { from kafka("in") | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()? * 1_000, n.parse::<u8>()?) }) | event_time(|(at, _)| *at) lag 1ms | map(|(_, n)| ("k", n)) | reduce_by_key(|a, b| a + b) over session 3s late drop as w emit changes | for_each(|_| ()) }.test().workers(2).partitions(2);
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (i, feed) in feeds.into_iter().enumerate() {
                if name == "same" && i == 0 {
                    for (p, it) in feed.into_iter().enumerate() {
                        test.feed_partition("in", i32::try_from(p).unwrap(), [it]);
                    }
                } else {
                    test.feed_partition("in", 0, feed);
                }
                test.advance(Duration::from_secs(1));
            }
            test.advance(Duration::from_secs(9));
            match test.finish() {
                Ok(_) => "OK".to_owned(),
                Err(error) => error.one_line(),
            }
        }));
        println!(
            "@@ e_session_changes_closure {name}: {}",
            got.unwrap_or_else(|p| p.downcast_ref::<String>().cloned().unwrap_or_default())
        );
    }
}
