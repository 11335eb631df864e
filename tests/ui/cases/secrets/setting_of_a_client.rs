use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job copies { password: "hunter2" }
        from kafka("clicks") | to kafka("copies")
    };
}
