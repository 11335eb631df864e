use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("user_access") | window(10s, 5s) | count every 1s | print
    };
}
