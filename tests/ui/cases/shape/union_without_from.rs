use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        union(kafka("web"), kafka("app")) | print
    };
}
