use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") as Json<String>
            filter(|user| user.len() > 3)
            | print
    };
}
