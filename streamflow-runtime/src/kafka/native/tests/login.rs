//! What becomes of connections whose login is good for a while only.

use super::sending::{send, sender};
use super::*;
use crate::kafka::native::Pending;

const USER: [(&str, &str); 4] = [
    ("security.protocol", "SASL_PLAINTEXT"),
    ("sasl.mechanism", "PLAIN"),
    ("sasl.username", "me"),
    ("sasl.password", "hunter2"),
];

/// Little more than the second within which nobody may log on twice.
const SESSION: Duration = Duration::from_millis(1_400);

#[test]
fn whoever_reads_logs_on_again_over_the_same_connection() {
    let cluster = Cluster::start(1, vec![log(10)]);
    cluster.end_logins_after(SESSION);
    let mut reading = read(&cluster, &USER);
    reading.up_to(10);
    let (n_logins, n_connections) = (cluster.n_logins(), cluster.n_connections());
    cluster.wait_until("two more logins", |it| it.n_logins() >= n_logins + 2);
    cluster.append(10);
    reading.up_to(20);
    assert_eq!(cluster.n_connections(), n_connections);
}

#[test]
fn whoever_sends_logs_on_again_over_the_same_connection() {
    let cluster = Cluster::start(1, vec![Vec::new()]);
    cluster.end_logins_after(SESSION);
    let sender = sender(&cluster, &USER);
    send(&sender, 0..10).unwrap();
    Pending::flush(&[sender.pending()]).unwrap();
    let (n_logins, n_connections) = (cluster.n_logins(), cluster.n_connections());
    cluster.wait_until("another login", |it| {
        send(&sender, 10..11).unwrap();
        Pending::flush(&[sender.pending()]).unwrap();
        it.n_logins() > n_logins
    });
    assert_eq!(cluster.n_connections(), n_connections);
}

#[test]
fn login_without_an_end_is_not_done_twice() {
    let cluster = Cluster::start(1, vec![log(10)]);
    let mut reading = read(&cluster, &USER);
    reading.up_to(10);
    assert_eq!(cluster.n_logins(), cluster.n_connections());
}
