use streamflow::stream_job;

async fn send(user: String) {
    println!("{user}");
}

fn main() {
    let _job = stream_job! {
        from kafka("a") | for_each(|user| async move { send(user.to_owned()).await })
    };
}
