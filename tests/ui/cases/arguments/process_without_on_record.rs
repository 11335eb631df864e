use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("access")
            | map(|line| { let (user, page) = line.split_once(',')?; (user, page.to_owned()) })
            | process {
                count: u64 = 0,
                on_timer: |user, _at, state, out| out.emit((user.to_owned(), state.count)),
            } ttl 1h as visits
            | print
    };
}
