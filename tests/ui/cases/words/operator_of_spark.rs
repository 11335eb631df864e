use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("user_access") | map(|line| (line, 1u64)) | reduceByKey(+) every 1s | pprint
    };
}
