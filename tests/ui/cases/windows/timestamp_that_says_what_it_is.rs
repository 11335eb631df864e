use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks")
            | map(|line| line.parse::<i64>()?)
            | timestamp(|at| *at)
            | print
    };
}
