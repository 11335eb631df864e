use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job copies { http: "localhost" }
        from kafka("clicks") | print
    };
}
