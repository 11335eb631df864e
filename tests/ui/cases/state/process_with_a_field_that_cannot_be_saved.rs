use streamflow::stream_job;

struct Visit {
    pages: u64,
}

fn main() {
    let _job = stream_job! {
        from kafka("access")
            | map(|line| { let (user, page) = line.split_once(',')?; (user, page.to_owned()) })
            | process {
                count: u64 = 0,
                visit: Visit = Visit { pages: 0 },
                on_record: |user, _page, state, out| {
                    state.count += 1;
                    state.visit.pages += 1;
                    out.emit((user.to_owned(), state.visit.pages));
                },
            } ttl 1h as visits
            | print
    };
}
