use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") every 5s | count | print
    };
}
