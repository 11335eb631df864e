use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("access")
            | map(|line| { let (user, page) = line.split_once(',')?; (user, page.to_owned()) })
            | process {
                processElement: |user, _page, _state, out| out.emit(user),
            } ttl 1h as visits
            | print
    };
}
