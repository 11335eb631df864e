use streamflow::stream_job;

fn number(line: &str) -> Result<u64, std::num::ParseIntError> {
    line.parse()
}

fn main() {
    let _a = stream_job! { from kafka("a") | flat_map(number) | sum every 1s | print };
    let _b = stream_job! { from kafka("a") | map(|line| number(line)) | flatten | sum every 1s | print };
    let _c = stream_job! { from kafka("a") | flat_map(|line| line.parse::<u64>()) | sum every 1s | print };
}
