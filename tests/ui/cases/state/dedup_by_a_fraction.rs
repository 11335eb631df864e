//! A fraction is no key.

use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("in") as Csv<(f64, u32)> | dedup(|(price, _)| *price) forever as seen | to null
    };
}
