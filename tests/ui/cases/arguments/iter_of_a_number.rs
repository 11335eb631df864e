use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from iter(5) | map(|n| n * 2) | print
    };
}
