use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        let lines = from kafka("lines") | map(|line| (line.len(), line.to_uppercase()));
        lines | group_by_key every 1s | for_each(|_| ());
        lines | for_each(|_| ())
    };
    let _job = stream_job! {
        let lines = from kafka("lines") | map(|line| (line.len(), line.to_uppercase()));
        lines | join(lines) every 1s | print
    };
}
