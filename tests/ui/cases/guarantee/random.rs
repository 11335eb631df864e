use streamflow::stream_job;

mod rand {
    pub fn random<T: Default>() -> T {
        T::default()
    }
}

fn main() {
    let _job = stream_job! {
        job copies { guarantee: exactly_once }
        from kafka("clicks") | filter(|_| rand::random::<u8>() < 10) | to kafka("copies")
    };
}
