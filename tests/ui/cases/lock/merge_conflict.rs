use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job merge_conflict
        from kafka("a") | count every 1s as counts | print
    };
}
