use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a")
            | map(|line| (line, 1u64))
            | update_state(|values, state| { let mut total = state.unwrap_or(0); total += values.len(); }) every 1s forever as totals
            | print
    };
}
