use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a", start: earliest, offsets: {0: 100..200}) | print
    };
}
