#[derive(streamflow::State)]
struct Tree {
    below: Vec<Tree>,
}

#[derive(streamflow::State)]
struct Open<T> {
    inside: T,
}

struct Strange;

#[derive(streamflow::State)]
struct Holder {
    strange: Strange,
}

fn main() {}
