use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job copies { guarantee: "exactly_once_v2" }
        from kafka("clicks") | to kafka("copies")
    };
}
