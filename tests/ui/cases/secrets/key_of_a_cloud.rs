use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | to object_store("s3://AKIAIOSFODNN7EXAMPLE:secret@bucket/clicks")
    };
}
