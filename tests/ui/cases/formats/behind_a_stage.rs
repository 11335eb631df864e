use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks")
            | filter(|line| !line.is_empty()) as Json<String>
            | map(|user| user.field)
            | print
    };
}
