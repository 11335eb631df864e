use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        b | print; let b = from kafka("a");
    };
}
