use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("lines") | map(|line| line.len() as u32) | map(|n: u64| n + 1) | print;
        from kafka("lines") | map(|line| line.len()) | filter(|n: usize| n > 1) | print;
        from kafka("lines") | map(|line| (line, line.len())) | try_map(|(line, n): (String, usize)| Some((line, n))) | print
    };
}
