use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job interval
        from kafka("a") | count every 10s as counts | print
    };
}
