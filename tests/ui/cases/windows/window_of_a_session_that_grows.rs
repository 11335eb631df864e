use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks")
            | key_by(|line| line.len())
            | count_by_key over session 30m as visits emit changes
            | with_window
            | print
    };
}
