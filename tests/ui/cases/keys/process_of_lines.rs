use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("access")
            | process {
                count: u64 = 0,
                on_record: |_line, _value, state, out| { state.count += 1; out.emit(state.count); },
            } ttl 1h as visits
            | print
    };
}
