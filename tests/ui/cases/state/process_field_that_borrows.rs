use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks")
            | map(|line| { let (user, page) = line.split_once(',')?; (user, page) })
            | process {
                last: &str = "",
                on_record: |user, page, state, out| { state.last = page; out.emit(user.to_owned()); },
            } forever as last_pages
            | print
    };
}
