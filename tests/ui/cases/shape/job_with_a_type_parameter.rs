use streamflow::stream_job;

stream_job! {
    pub job busy<T: PartialOrd>(min: T)

    from kafka("clicks") | print
}

fn main() {
    let _job = busy(100);
}
