use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | split { |line| line.len() > 80 => long, _ => rest };

        long | print;
        rest | to null
    };
}
