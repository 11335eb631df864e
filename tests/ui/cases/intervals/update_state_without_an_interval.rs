use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | map(|line| (line, 1u64)) | update_state(|values, state| Some(values.len() + state.unwrap_or(0))) | print
    };
}
