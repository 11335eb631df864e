use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks")
            | map(|user| (user, ()))
            | count_by_key every 1m
            | timestamp
            | print
    };
}
