use streamflow::stream_job;

fn main() {
    let _job = stream_job! { from kafka("user_access") | map(|line| line.len()) every 1s | print };
}
