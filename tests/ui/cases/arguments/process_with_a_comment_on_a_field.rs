use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("access")
            | map(|line| { let (user, page) = line.split_once(',')?; (user, page.to_owned()) })
            | process {
                /// How often the user came.
                count: u64 = 0,
                on_record: |user, _page, state, out| { state.count += 1; out.emit((user, state.count)); },
            } ttl 1h as visits
            | print
    };
}
