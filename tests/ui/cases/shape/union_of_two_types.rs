use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        let web = from kafka("web") | map(|line| line.len());
        let app = from kafka("app");
        union(web, app) | map(|n| n + 1) | reduce(+) every 1s | print
    };
}
