use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("in")
            | map(|line| (line, 1u64))
            | process {
                count: u64 = 0,
                on_record: |_key, n, state, out| {
                    state += n;
                    out.after(10_000);
                    out.collect(state.count);
                },
                on_timer: |_key, at, _state, out| out.emti(at as u64),
            } ttl 1h as counts
            | print
    };
}
