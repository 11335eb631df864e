use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | filter(|line| line.len() > 3 && line.is_empty() or line == "x") | print;
        from kafka("b") | filter(|line| not line.is_empty()) | print;
        from kafka("c") | filter(|line| line <> "x") | print;
        from kafka("d") | filter(|line| line === "x") | print;
        from kafka("e") | map(|line| line.is_empty() ? 1 : 2) | print;
        from kafka("f") | map(|line| 1 if line.is_empty() else 2) | print;
        from kafka("g") | filter(|line| line in ["a", "b"]) | print;
        from kafka("h") | filter(|line| line LIKE "buy%") | print;
        from kafka("i") | filter(|line| line.find(',') IS NOT NULL) | print;
        from kafka("j") | map(|line| { var n = line.len(); n }) | print;
        from kafka("k") | map(|line| {line, 1u64}) | print;
        from kafka("l") | map(|line| new Click(line)) | print
    };
}
