//! What waits for its turn at the owner of its key outlives the record.

use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("in")
            | map(|line| { let (user, page) = line.split_once(',')?; (user, (page, 1u64)) })
            | lag(1) ttl 1h as before
            | print
    };
}
