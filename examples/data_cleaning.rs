//! Cleans what sensors send: two formats become one, units and names are made the same, what was
//! sent twice goes once, and nothing that is wrong is lost.
//!
//! Old sensors write lines `sensor,value,unit,milliseconds since 1970` into the topic
//! `readings_csv`, new ones JSON objects with these fields into `readings_json`.
//!
//! - Clean readings go to the topic `readings`, as JSON.
//! - What cannot be read at all goes to the topic `unreadable` as it came, with the reason in a header.
//! - What can be read and makes no sense goes to the topic `refused`.
//!
//! How many there were of each sensor is printed for every hour. On a cluster these three topics are
//! created first; the job says so of each that is missing.
//!
//! ```text
//! cargo run --release --example data_cleaning                        # sample readings, without end
//! cargo run --release --example data_cleaning -- --until caught-up   # those of the first hours
//! cargo run --release --example data_cleaning -- --brokers 127.0.0.1:9092 --from earliest
//! ```

use std::borrow::Cow;

use streamflow::{Samples, stream_job};

/// A reading as it comes.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct Raw<'b> {
    #[serde(borrow)]
    sensor: Cow<'b, str>,
    value: f64,
    #[serde(borrow)]
    unit: Cow<'b, str>,
    at_ms: i64,
}

/// A reading as it should be.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct Reading {
    sensor: String,
    celsius: f64,
    at_ms: i64,
}

fn main() -> streamflow::Result<()> {
    let job = stream_job! {
        job data_cleaning

        let old = from kafka("readings_csv") as Csv<Raw<'_>> else dead_letter("unreadable")
            | event_time(|raw| raw.at_ms) lag 1m;
        let new = from kafka("readings_json") as Json<Raw<'_>> else dead_letter("unreadable")
            | event_time(|raw| raw.at_ms) lag 1m;

        union(old, new)
            | try_map(|raw| clean(&raw)) else to(refused)
            | dedup(|reading| (reading.sensor.clone(), reading.at_ms)) ttl 10m as seen
            | tee { to kafka("readings", key: |reading| &reading.sensor) as Json }
            | map(|reading| ((hour(reading.at_ms), reading.sensor), reading.celsius))
            | agg_by_key { n: count, least: min, mean: average, most: max } over tumbling 1h late drop as climate
            | map(|((hour, sensor), of)| {
                format!(
                    "{} {sensor}: {} readings, {:.1} to {:.1} °C, {:.1} on average",
                    clock(hour), of.n, of.least, of.most, of.mean,
                )
            })
            | print;

        refused
            | tee { to kafka("refused", key: |raw| &raw.sensor) as Json }
            | map(|raw| (hour(raw.at_ms), name(&raw.sensor), clean(&raw).err()?)) else skip
            | count_by_value over tumbling 1h late drop as refusals
            | map(|((hour, sensor, why), n)| format!("{} {sensor}: {n} refused: {why}", clock(hour)))
            | print
    };
    streamflow::main(
        job.samples(
            Samples::new("readings_csv", old_reading)
                .per_second(20)
                .backlog(400),
        )
        .samples(
            Samples::new("readings_json", new_reading)
                .per_second(20)
                .backlog(400),
        ),
    )
}

/// A reading with the sensor's proper name, in degrees Celsius.
fn clean(raw: &Raw<'_>) -> Result<Reading, &'static str> {
    let celsius = match raw.unit.trim() {
        "C" | "c" | "°C" => raw.value,
        "F" | "f" | "°F" => (raw.value - 32.0) / 1.8,
        "K" => raw.value - 273.15,
        _ => return Err("no unit of temperature"),
    };
    if !(-60.0..=60.0).contains(&celsius) {
        return Err("no temperature of a room");
    }
    let sensor = name(&raw.sensor);
    if sensor.is_empty() {
        return Err("no sensor is named");
    }
    Ok(Reading {
        sensor,
        celsius,
        at_ms: raw.at_ms,
    })
}

/// A sensor's name, without blanks around it and in lower case.
fn name(sensor: &str) -> String {
    sensor.trim().to_lowercase()
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

/// When the sample readings number `n` are taken: three a minute on the first of January 2026, from
/// nine o'clock. Each eighth is sent a second time.
fn taken(n: u64) -> (u64, u64) {
    let n = n - u64::from(n % 8 == 7);
    (n, 1_767_258_000_000 + n * 20_000)
}

/// The sample record number `n` of an old sensor: names and units are written as it happens, and
/// one of forty lines is cut off.
fn old_reading(n: u64) -> String {
    let (n, at_ms) = taken(n);
    let sensor = ["attic", " Attic", "ATTIC ", "cellar", "Cellar"][(n % 5) as usize];
    let tenths = 140 + n * 13 % 60;
    match n % 40 {
        9 => format!("{sensor},{}.{}", tenths / 10, tenths % 10),
        22 => format!("{sensor},-999.0,C,{at_ms}"),
        n if n % 3 == 1 => format!(
            "{sensor},{}.{},F,{at_ms}",
            32 + tenths * 18 / 100,
            tenths * 18 / 10 % 10
        ),
        _ => format!("{sensor},{}.{}, C ,{at_ms}", tenths / 10, tenths % 10),
    }
}

/// The sample record number `n` of a new sensor: JSON, in Kelvin, with humidity among it.
fn new_reading(n: u64) -> String {
    let (n, at_ms) = taken(n);
    let sensor = ["kitchen", "Kitchen", "hall", "office"][(n % 4) as usize];
    let tenths = 2_911 + n * 17 % 70;
    match n % 50 {
        11 => format!(r#"{{"sensor":"{sensor}","value":nul"#),
        30 | 36 => format!(
            r#"{{"sensor":"{sensor}","value":4{},"unit":"%","at_ms":{at_ms}}}"#,
            n % 10
        ),
        _ => format!(
            r#"{{"sensor":"{sensor}","value":{}.{},"unit":"K","at_ms":{at_ms}}}"#,
            tenths / 10,
            tenths % 10
        ),
    }
}
