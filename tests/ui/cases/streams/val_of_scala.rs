use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        val clicks = from kafka("clicks");

        clicks | print
    };
}
