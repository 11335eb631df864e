use streamflow::stream_job;

fn main() {
    let _job = stream_job! { from kafka("lines") | to object_store("s3://bucket/lines?region=eu-west-1") };
}
