use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("access")
            | map(|line| { let (user, page) = line.split_once(',')?; (user, page.to_owned()) })
            | process {
                sum: u64 = 0,
                on_record: |user, page, state, out| { state.sum += page.parse::<u64>()?; out.emit((user, state.sum)); },
            } ttl 1h as sums
            | print
    };
}
