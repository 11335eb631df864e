use streamflow::stream_job;

fn main() {
    let _job = stream_job! { from kafka("user_access") as Jsn<(String, u64)> | print };
}
