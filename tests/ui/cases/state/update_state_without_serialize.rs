use streamflow::stream_job;

#[derive(Debug, Clone)]
struct Totals {
    visits: usize,
}

fn main() {
    let _job = stream_job! {
        from kafka("a")
            | map(|line| (line, 1u64))
            | update_state(|values, _: Option<Totals>| Some(Totals { visits: values.len() })) every 1s forever as totals
            | map(|(_, totals)| totals.visits)
            | print
    };
}
