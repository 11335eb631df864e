use streamflow::stream_job;

fn main() {
    let _job = stream_job! { from kafka("a") else dead_letter("bad") | print };
}
