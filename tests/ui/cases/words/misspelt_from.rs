use streamflow::stream_job;

fn main() {
    let _job = stream_job! { form kafka("user_access") | print };
}
