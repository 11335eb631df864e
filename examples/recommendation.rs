//! "Who looked at this also looked at …": items that are viewed in the same visit, counted.
//!
//! Views are lines `user,item,milliseconds since 1970` of the topic `views`. Every half hour each
//! item gets the three that were seen beside it most often in the last two hours; where they have
//! changed, they go to the topic `recommendations`, with the item as the key.
//!
//! ```text
//! cargo run --release --example recommendation                       # sample views, without end
//! cargo run --release --example recommendation -- --until caught-up  # those of the first hours
//! cargo run --release --example recommendation -- --brokers 127.0.0.1:9092 --from earliest
//! ```

use streamflow::{Samples, stream_job};

#[derive(serde::Deserialize)]
struct View<'b> {
    user: &'b str,
    item: &'b str,
    at_ms: i64,
}

fn main() -> streamflow::Result<()> {
    let job = stream_job! {
        job recommendation
        from kafka("views") as Csv<View<'_>>
            | event_time(|view| view.at_ms) lag 30s
            | map(|view| (view.user, view.item.to_owned()))
            | group_by_key over session 10m max 2h late drop as visits
            | flat_map(|(_user, items)| pairs(items))
            | map(|pair| (pair, ()))
            | count_by_key over hopping 2h by 30m late drop as seen_together
            | map(|((item, other), n)| (item, (n, other.to_owned())))
            // All counts of one hop have its time, and so are in one window.
            | group_by_key over tumbling 30m late drop as neighbours
            | map_values(best)
            // What is the same as half an hour ago need not be sent again.
            | process {
                before: Vec<String> = Vec::new(),
                on_record: |item, others, state, out| {
                    if others != state.before {
                        state.before.clone_from(&others);
                        out.emit((item.to_owned(), others, out.time()));
                    }
                },
            } ttl 1d as recommended
            | tee { to kafka("recommendations", key: |(item, ..)| item, value: |(_, others, _)| others) as Json }
            | map(|(item, others, at_ms)| format!("{} {item}: {}", clock(at_ms + 1), others.join(", ")))
            | print
    };
    streamflow::main(job.samples(Samples::new("views", view).per_second(50).backlog(600)))
}

/// Every two different items of a visit, both ways round.
fn pairs(mut items: Vec<String>) -> Vec<(String, String)> {
    items.sort();
    items.dedup();
    let mut pairs = Vec::new();
    for item in &items {
        for other in items.iter().filter(|other| *other != item) {
            pairs.push((item.clone(), other.clone()));
        }
    }
    pairs
}

/// The three that were seen most often.
fn best(mut others: Vec<(u64, String)>) -> Vec<String> {
    others.sort_by(|(n, other), (m, another)| m.cmp(n).then(other.cmp(another)));
    others.truncate(3);
    others.into_iter().map(|(_, other)| other).collect()
}

/// A time as `hours:minutes`, UTC.
fn clock(ms: i64) -> String {
    let minutes = ms / 60_000;
    format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60)
}

/// The sample record number `n`: on the first of January 2026, from nine o'clock, five users at a
/// time view four items each that belong together, and one that does not.
fn view(n: u64) -> String {
    let (visit, step) = (n / 25 * 5 + n % 5, n % 25 / 5);
    let rooms = [
        ["desk", "chair", "lamp", "shelf", "clock"],
        ["bed", "lamp", "wardrobe", "mirror", "pillow"],
        ["table", "chair", "plates", "glasses", "candle"],
    ];
    let (room, item) = if step == 3 {
        (mix(n), mix(n) / 3)
    } else {
        (mix(visit), mix(visit) / 3 + step)
    };
    let item = rooms[(room % 3) as usize][(item % 5) as usize];
    format!(
        "user{},{item},{}",
        mix(visit) % 211,
        1_767_258_000_000 + n * 15_000
    )
}

/// A number that looks like chance.
fn mix(n: u64) -> u64 {
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 33
}
