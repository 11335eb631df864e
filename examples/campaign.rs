//! How well advertising works: of those who were shown a campaign, how many clicked, and how many
//! of these bought something.
//!
//! An ad that is shown has a number, by which a click and a purchase name it. The topics:
//!
//! - `impressions`: lines `ad,campaign,user,milliseconds since 1970`
//! - `ad_clicks`: lines `ad,milliseconds`
//! - `conversions`: lines `ad,cents,milliseconds`
//!
//! An ad counts once, in the hour of the last that became of it.
//!
//! ```text
//! cargo run --release --example campaign                             # sample ads, without end
//! cargo run --release --example campaign -- --until caught-up        # those of the first hours
//! cargo run --release --example campaign -- --brokers 127.0.0.1:9092 --from earliest
//! ```

use streamflow::{Samples, stream_job};

#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct Impression {
    ad: u64,
    campaign: String,
    user: String,
    at_ms: i64,
}

fn main() -> streamflow::Result<()> {
    let job = stream_job! {
        job campaign

        let clicks = from kafka("ad_clicks") as Csv<(u64, i64)>
            | event_time(|(_ad, at_ms)| *at_ms) lag 1m;
        let conversions = from kafka("conversions") as Csv<(u64, u64, i64)>
            | event_time(|(_ad, _cents, at_ms)| *at_ms) lag 5m
            | map(|(ad, cents, at_ms)| (ad, (cents, at_ms)));

        // A click belongs to an ad for ten minutes, a purchase to a click for an hour.
        from kafka("impressions") as Csv<Impression>
            | event_time(|shown| shown.at_ms) lag 1m
            | map(|shown| (shown.ad, shown))
            | left_join(clicks) within 0s..+10m late drop as clicked
            | left_join(conversions) within 0s..+1h late drop as converted
            | map(|(_ad, ((shown, clicked), bought))| {
                let (cents, bought_ms) = bought.unzip();
                let at_ms = bought_ms.or(clicked).unwrap_or(shown.at_ms);
                ((hour(at_ms), shown.campaign), (shown.user, clicked, cents))
            })
            | agg_by_key {
                shown: count,
                users: approx_distinct(|(user, _, _)| user),
                clicks: sum(|(_, clicked, _)| u64::from(clicked.is_some())),
                conversions: sum(|(_, _, cents)| u64::from(cents.is_some())),
                cents: sum(|(_, _, cents)| cents.unwrap_or(0)),
            } over tumbling 1h late drop as rates
            | map(|((hour, campaign), of)| {
                format!(
                    "{} {campaign}: {} shown to {} users, {} clicked, {} of these bought for {} €",
                    clock(hour),
                    of.shown,
                    of.users,
                    percent(of.clicks, of.shown),
                    percent(of.conversions, of.clicks),
                    of.cents / 100,
                )
            })
            | print
    };
    streamflow::main(
        job.samples(
            Samples::new("impressions", impression)
                .per_second(100)
                .backlog(4_000),
        )
        .samples(Samples::new("ad_clicks", click).per_second(10).backlog(400))
        .samples(
            Samples::new("conversions", conversion)
                .per_second(2)
                .backlog(80),
        ),
    )
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

fn percent(part: u64, whole: u64) -> String {
    let per_mille = 1_000 * part / whole.max(1);
    format!("{}.{} %", per_mille / 10, per_mille % 10)
}

/// When the sample ad number `n` is shown: one each three seconds on the first of January 2026, from
/// nine o'clock.
fn shown_ms(n: u64) -> u64 {
    1_767_258_000_000 + n * 3_000
}

/// The sample ad number `n`.
fn impression(n: u64) -> String {
    let campaign = ["winter_sale", "new_desks", "newsletter"][(n % 10 / 4) as usize];
    format!("{n},{campaign},user{},{}", mix(n) % 700, shown_ms(n))
}

/// The sample click number `n`: one ad of ten is clicked, some seconds later; of the first campaign
/// more than of the others.
fn click(n: u64) -> String {
    let ad = clicked(n);
    format!("{ad},{}", shown_ms(ad) + 4_000 + mix(n) % 40_000)
}

/// The ad that the sample click number `n` is of.
fn clicked(n: u64) -> u64 {
    10 * n + [0, 1, 2, 4, 5, 3, 8][(mix(n) % 7) as usize]
}

/// The sample purchase number `n`: that of each fifth click, minutes later.
fn conversion(n: u64) -> String {
    let ad = clicked(5 * n + mix(n) % 5);
    format!(
        "{ad},{},{}",
        1_900 + mix(n) % 30_000,
        shown_ms(ad) + 300_000 + mix(n) % 40_000
    )
}

/// A number that looks like chance.
fn mix(n: u64) -> u64 {
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 33
}
