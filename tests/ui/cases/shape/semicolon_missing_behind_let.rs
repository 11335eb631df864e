use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        let web = from kafka("web")
        let app = from kafka("app");

        union(web, app) | count every 1s | print
    };
}
