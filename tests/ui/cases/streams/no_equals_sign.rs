use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        let clicks from kafka("clicks");

        clicks | print
    };
}
