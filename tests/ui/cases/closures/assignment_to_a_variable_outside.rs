use streamflow::stream_job;

fn main() {
    let mut seen = 0;
    let _job = stream_job! {
        from kafka("a") | map(|line| { seen += 1; line }) | print
    };
}
