use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job copies { guarantee: exactly_once }
        from socket("localhost:9999") | to kafka("copies")
    };
}
