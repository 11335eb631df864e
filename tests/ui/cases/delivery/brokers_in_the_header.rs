use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job counts { brokers: "localhost:9092" }
        from kafka("a") | print
    };
}
