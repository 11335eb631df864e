use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | count every 1m | with_window(|window| window.start()) | print;
        from kafka("clicks") | count every 1m | with_window as windows | print
    };
}
