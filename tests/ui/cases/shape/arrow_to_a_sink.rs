use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks")
            | filter(|line| !line.is_empty())
            -> kafka("clean")
    };
}
