use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | repartition(4) | throttle(100/s) | print
    };
}
