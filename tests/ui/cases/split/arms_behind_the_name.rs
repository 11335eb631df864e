use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        let parts = from kafka("clicks") | split { long: |line| line.len() > 80, rest };

        parts.long | print;
        parts.rest | to null
    };
}
