use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job a from kafka("a") | print; job b from kafka("b") | print
    };
}
