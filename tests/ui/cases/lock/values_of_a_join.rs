use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job values_of_a_join
        let payments = from kafka("payments") | map(|line| (line, 1u32));
        from kafka("orders") | map(|line| (line, line.to_owned())) | join(payments) every 1m as pairs | print;
        from kafka("orders") | map(|line| (line, 1u64)) | cogroup(payments) every 1m as groups | print;
        from kafka("visits")
            | map(|line| (line, 1u64))
            | update_state(|values, state: Option<u64>| Some(values.len() as u64 + state.unwrap_or(0))) every 1s forever as totals
            | print;
        from kafka("visits")
            | map(|line| (line, 1u64))
            | update_state(|values, state: Option<u64>| Some(values.len() as u64 + state.unwrap_or(0))) every 1s forever as visits
            | print
    };
}
