use streamflow::stream_job;

struct Profile;

async fn profile(_user: &str) -> Option<Profile> {
    Some(Profile)
}

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | key_by(|line| *line) | lookup(profile) cache 10 else skip | for_each(|_| ());
    };
}
