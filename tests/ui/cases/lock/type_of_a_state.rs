use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job type_of_a_state
        from kafka("a") | map(|line| (line, 1.0)) | reduce_by_key(+) every 1s as counts | print
    };
}
