use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        let lines = from kafka("lines") | map(|line| line.to_uppercase());
        lines | map(|line: String| line.len()) | print;
        lines | for_each(|line: String| drop(line));
        lines | map(|line: String| line.len()) | print
    };
}
