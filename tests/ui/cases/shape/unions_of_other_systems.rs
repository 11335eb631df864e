use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        let a = from kafka("a");
        let b = from kafka("b");

        a + b | print;
        a.union(b) | print;
        union[a, b] | print;
        union(a b) | print
    };
}
