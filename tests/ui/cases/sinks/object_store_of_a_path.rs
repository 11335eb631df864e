use streamflow::stream_job;

fn main() {
    let dir = std::path::PathBuf::from("out");
    let _job = stream_job! { from kafka("lines") | to object_store(dir) };
}
