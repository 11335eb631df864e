use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        let names = from kafka("names") | map(|line| { let (id, name) = line.split_once(',')?; (id, name.to_owned()) });
        let latest = names
            | table forever as latest;
        from kafka("orders") | map(|line| (line, 1u64)) | join(latest) | print;
        names | print
    };
}
