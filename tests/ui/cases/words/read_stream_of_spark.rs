use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        readStream(kafka, "clicks") | print
    };
}
