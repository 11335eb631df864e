use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks")
            | count over tumbling 1m as clicks emit updates every 10s
            | with_window
            | to kafka("counts")
    };
}
