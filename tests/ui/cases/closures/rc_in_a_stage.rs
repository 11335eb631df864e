use std::rc::Rc;

use streamflow::stream_job;

fn main() {
    let limit = Rc::new(3);
    let _job = stream_job! { from kafka("a") | filter(|line| line.len() > *limit) | print };
}
