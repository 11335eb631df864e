use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | count over cumulate 10s by 1m as counts | print
    };
}
