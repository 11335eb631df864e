use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job copies { checkpoint: "s3://key:secret@bucket/state" }
        from kafka("clicks") | to kafka("copies")
    };
}
