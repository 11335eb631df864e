use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        let clicks: Stream = from kafka("clicks");

        clicks | print
    };
}
