use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job fields_of_a_process
        let orders = from kafka("orders")
            | map(|line| { let (user, spent) = line.split_once(',')?; (user, spent.parse::<u64>()?) });
        orders | process {
            n: u64 = 0,
            on_record: |user, _spent, state, out| { state.n += 1; out.emit((user, state.n)); },
        } forever as fits | print;
        orders | process {
            n: u64 = 0,
            last: Option<u64> = None,
            on_record: |user, spent, state, out| { state.last = Some(spent); out.emit((user, state.n)); },
        } forever as visits | print
    };
}
