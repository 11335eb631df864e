use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | count over rows 100 as clicks | with_window | print
    };
}
