use streamflow::stream_job;

fn main() {
    let _job = stream_job! { from kafka("user_access") | reduce_by_key(+) every 1s | print };
}
