use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | split { long = |line| line.len() > 80, short = |line| line.len() < 8, rest };

        long | print;
        short | print;
        rest | to null
    };
}
