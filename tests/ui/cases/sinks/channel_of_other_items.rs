use streamflow::stream_job;

fn main() {
    let (tx, _rx) = std::sync::mpsc::channel::<String>();
    let _job = stream_job! { from kafka("lines") | to channel(tx) };
}
