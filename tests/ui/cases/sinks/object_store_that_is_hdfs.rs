use streamflow::stream_job;

fn main() {
    let _job = stream_job! { from kafka("lines") | to object_store("hdfs://namenode/lines") };
}
