use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks")
            | map(|line| (line, line.len()))
            | top(10) running forever as best
            | print
    };
}
