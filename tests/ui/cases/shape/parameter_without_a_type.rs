use streamflow::stream_job;

stream_job! {
    pub job longer(min)
    from kafka("a") | filter(|line| line.len() > 3) | print
}

fn main() {
    let _job = longer();
}
