use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        let names = from kafka("names") | map(|line| { let (id, name) = line.split_once(',')?; (id, name) })
            | table forever as names;
        from kafka("orders") | map(|line| (line, 1u64)) | join(names) | print
    };
}
