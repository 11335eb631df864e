use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | map(|line| line.trim()).setParallelism(4) | print;
        from kafka("b") | count every 1m.uid("counts") | print
    };
}
