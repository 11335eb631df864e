use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | key_by(|line| line.len()) | update_state(|values| None) every 1s forever as n | print
    };
}
