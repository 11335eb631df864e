//! What a scan keeps outlives the record.

use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("in")
            | map(|line| { let (user, page) = line.split_once(',')?; (user, page) })
            | scan("", |_last, page| page) ttl 1h as pages
            | print
    };
}
