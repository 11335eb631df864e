use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | split { long: |line| line.len() > 80, _ };

        long | print;
        rest | to null
    };
}
