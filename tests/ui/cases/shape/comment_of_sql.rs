use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        -- clicks of each line
        from kafka("clicks") | count every 1s | print
    };
}
