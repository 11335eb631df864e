use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        let limit = 5; from kafka("a") | print
    };
}
