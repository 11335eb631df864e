use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        clicks | print;
        let clicks = from kafka("a");
    };
}
