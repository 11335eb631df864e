//! What the users of a shop do, while they do it: visits, a funnel, and the pages each likes most.
//!
//! Clicks are lines `user,page,milliseconds since 1970` of the topic `clicks`, those of a user in one
//! partition, so that they come in order. All that is counted goes by the time in them: a replay of
//! last week gives the results of last week.
//!
//! ```text
//! cargo run --release --example behaviour                            # sample clicks, without end
//! cargo run --release --example behaviour -- --until caught-up       # those of the first hours
//! cargo run --release --example behaviour -- --brokers 127.0.0.1:9092 --from earliest
//! ```

use streamflow::{Samples, stream_job};

#[derive(Clone, Copy, serde::Deserialize)]
struct Click<'b> {
    user: &'b str,
    page: &'b str,
    at_ms: i64,
}

/// The way to a purchase, and how long one may take.
const FUNNEL: [&str; 3] = ["/home", "/cart", "/checkout"];
const PATIENCE_MS: i64 = 10 * 60 * 1_000;

fn main() -> streamflow::Result<()> {
    let job = stream_job! {
        job behaviour

        let clicks = from kafka("clicks") as Csv<Click<'_>> else skip
            | event_time(|click| click.at_ms) lag 1m;

        // A visit lasts until its user has been away for a quarter of an hour.
        clicks
            | key_by(|click| click.user)
            | agg_by_key {
                pages: count,
                from: min(|click| click.at_ms),
                to: max(|click| click.at_ms),
            } over session 15m late drop as visits
            | map(|(user, visit)| {
                let minutes = (visit.to - visit.from) / 60_000;
                format!("visit  {} {user}: {} pages in {minutes} min", clock(visit.from), visit.pages)
            })
            | print;

        // How far do they get who begin at the first page, and who leaves a full cart behind?
        clicks
            | map(|click| (click.user, click.page))
            | process {
                steps: usize = 0,
                until_ms: i64 = 0,
                on_record: |user, page, state, out| {
                    // Where many clicks are read at once, this one comes in front of a timer that is due.
                    if state.steps > 0 && out.time() >= state.until_ms {
                        out.emit((user.to_owned(), FUNNEL[state.steps - 1], state.until_ms));
                        out.cancel(state.until_ms);
                        state.steps = 0;
                    }
                    if page == FUNNEL[state.steps] {
                        state.steps += 1;
                        if state.steps == 1 {
                            state.until_ms = out.time() + PATIENCE_MS;
                            out.at(state.until_ms);
                        }
                    }
                    if state.steps == FUNNEL.len() {
                        out.emit((user.to_owned(), page, out.time()));
                        out.forget();
                    }
                },
                on_timer: |user, at_ms, state, out| {
                    out.emit((user.to_owned(), FUNNEL[state.steps - 1], at_ms));
                    out.forget();
                },
            } ttl 1h as attempts
            | tee {
                filter(|(_user, page, _at_ms)| *page == "/cart")
                    | map(|(user, _page, at_ms)| format!("cart   {} {user} has not paid", clock(at_ms)))
                    | print
            }
            | map(|(_user, page, _at_ms)| page)
            | count_by_value over tumbling 1d late drop as funnel
            | map(|(page, n)| format!("funnel {n} got to {page}"))
            | print;

        // The three pages that a user has seen most often in an hour.
        clicks
            | map(|click| ((hour(click.at_ms), click.user, click.page), ()))
            | count_by_key over tumbling 1h late drop as page_views
            | map(|((hour, user, page), n)| ((hour, user.to_owned()), (n, page.to_owned())))
            | group_by_key over tumbling 1h late drop as favourites
            | map(|((hour, user), mut pages)| {
                pages.sort_by(|(n, page), (m, other)| m.cmp(n).then(page.cmp(other)));
                pages.truncate(3);
                let pages: Vec<_> = pages.iter().map(|(n, page)| format!("{page} {n}")).collect();
                format!("pages  {} {user}: {}", clock(hour), pages.join(", "))
            })
            | print
    };
    streamflow::main(job.samples(Samples::new("clicks", click).per_second(50).backlog(320)))
}

/// The beginning of the hour that a time lies in.
fn hour(ms: i64) -> i64 {
    ms - ms.rem_euclid(3_600_000)
}

/// A time as `hours:minutes`, UTC.
fn clock(ms: i64) -> String {
    let minutes = ms / 60_000;
    format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60)
}

/// The sample record number `n`: on the first of January 2026, from nine o'clock, there are four
/// visitors at a time, who see a page a minute, and of whom some soon make room for another.
fn click(n: u64) -> String {
    let ways = [
        [
            "/home",
            "/search",
            "/lamp",
            "/cart",
            "/checkout",
            "/thanks",
            "/home",
            "/help",
        ],
        [
            "/home", "/search", "/lamp", "/search", "/desk", "/lamp", "/cart", "/lamp",
        ],
        [
            "/lamp", "/desk", "/chair", "/desk", "/home", "/search", "/chair", "/desk",
        ],
        [
            "/home", "/help", "/help", "/home", "/search", "/chair", "/lamp", "/search",
        ],
    ];
    let (place, step) = (n / 32 * 4 + n % 4, n % 32 / 4);
    let stays = 2 + mix(place) % 8;
    let (visitor, step) = if step < stays {
        (mix(place + 1), step)
    } else {
        (mix(!place), step - stays)
    };
    let page = ways[(visitor % 4) as usize][(step % 8) as usize];
    let at_ms = 1_767_258_000_000 + n * 15_000 + visitor % 13 * 1_000;
    // A user stays in a partition.
    let user = visitor / 4 % 6 * 4 + n % 4;
    format!("user{user},{page},{at_ms}")
}

/// A number that looks like chance.
fn mix(n: u64) -> u64 {
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 33
}
