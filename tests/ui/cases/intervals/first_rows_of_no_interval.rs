use streamflow::stream_job;

fn main() {
    let _job = stream_job! { from kafka("user_access") | print(10) };
}
