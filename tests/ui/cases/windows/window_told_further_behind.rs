use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks")
            | key_by(|line| line.len())
            | count_by_key over tumbling 1m as views
            | filter(|(_, n)| *n > 3)
            | with_window
            | print
    };
}
