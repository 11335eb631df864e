use streamflow::stream_job;

stream_job! {
    pub fn busy(min: u64)

    from kafka("clicks") | print
}

fn main() {
    let _job = busy(100);
}
