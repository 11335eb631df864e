use streamflow::stream_job;

stream_job! {
    pub job busy(min: usize) -> Job { parallelism: 2 }

    from kafka("clicks") | filter(|line| line.len() > min) | print
}

fn main() {
    let _job = busy(100);
}
