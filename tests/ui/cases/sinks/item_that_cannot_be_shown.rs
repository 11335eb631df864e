use streamflow::stream_job;

struct Opaque;

fn main() {
    let _job = stream_job! { from kafka("a") | map(|_| Opaque) | print };
}
