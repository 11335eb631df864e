use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        let mut clicks = from kafka("clicks");

        clicks | print
    };
}
