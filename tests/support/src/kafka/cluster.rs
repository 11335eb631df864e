//! Three Kafka brokers that are one cluster.

use std::array;
use std::fs;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

use super::broker::{ATTEMPTS, Failure, Kind, no_place};
use super::distribution::Distribution;
use super::settings::Ports;
use super::{Admin, Broker, Unavailable};

/// Three brokers, each with copies of all that is in the cluster: any two go on without the third.
#[derive(Debug)]
pub struct Cluster {
    distribution: Distribution,
    brokers: [Broker; 3],
}

impl Cluster {
    /// Starts three brokers on free ports and waits until all are ready.
    fn start() -> Result<Self, Unavailable> {
        let distribution = Distribution::get()?;
        for _ in 0..ATTEMPTS {
            let cluster = Cluster::prepared(&distribution)?;
            // They are ready when there are two at least, so none is waited for before the rest.
            let outcomes = thread::scope(|scope| {
                let starting = cluster.brokers.each_ref();
                let starting = starting.map(|broker| scope.spawn(|| broker.begin()));
                starting.map(|starting| starting.join().expect("no broker panics"))
            });
            let mut failures = outcomes.into_iter().filter_map(Result::err);
            match failures.next() {
                None => return Ok(cluster),
                Some(Failure::AddressInUse) => {}
                Some(Failure::Other(why)) => return Err(Unavailable::because(why)),
            }
        }
        let why = format!("others took the brokers' ports {ATTEMPTS} times");
        Err(Unavailable::because(why))
    }

    fn prepared(distribution: &Distribution) -> Result<Self, Unavailable> {
        let ports = Ports::free_for::<3>().map_err(|cause| no_place(&cause))?;
        let controllers = ports.map(|ports| ports.controller);
        let prepared = |id: i32, ports| {
            let kind = Kind::Member { id, controllers };
            Broker::prepared(distribution.clone(), ports, kind)
        };
        let [first, second, third] = ports;
        Ok(Cluster {
            distribution: distribution.clone(),
            brokers: [
                prepared(1, first)?,
                prepared(2, second)?,
                prepared(3, third)?,
            ],
        })
    }

    /// The cluster of this process, started when it is first asked for, with all brokers up.
    pub(super) fn shared() -> Result<MutexGuard<'static, Self>, &'static Unavailable> {
        static SHARED: OnceLock<Result<Mutex<Cluster>, Unavailable>> = OnceLock::new();
        let shared = SHARED.get_or_init(|| Cluster::start().map(Mutex::new));
        let shared = shared.as_ref()?;
        // A test that has failed may have left brokers as it needed them.
        let cluster = shared.lock().unwrap_or_else(PoisonError::into_inner);
        for broker in &cluster.brokers {
            broker.resume();
            if !broker.is_running() {
                broker.restart();
            }
        }
        Ok(cluster)
    }

    /// The brokers, by number: the first one is number 1 of the cluster.
    pub fn brokers(&self) -> &[Broker; 3] {
        &self.brokers
    }

    /// Where clients find the cluster.
    pub fn bootstrap(&self) -> String {
        self.brokers.each_ref().map(Broker::bootstrap).join(",")
    }

    /// A client to change and look at what is in the cluster.
    pub fn admin(&self) -> Admin {
        Admin::new(&self.bootstrap())
    }

    /// The same, of one that has never talked to a broker, by number: it may be silent, and is not
    /// asked.
    pub fn admin_without(&self, broker: i32) -> Admin {
        let others = self.brokers.iter().zip(1..).filter(|(_, id)| *id != broker);
        let others: Vec<String> = others.map(|(other, _)| other.bootstrap()).collect();
        Admin::new(&others.join(","))
    }

    /// Waits until every broker knows a topic that has just been created.
    pub fn wait_until_known(&self, topic: &str, n_partitions: usize) {
        for broker in &self.brokers {
            let admin = broker.admin();
            admin.wait_for_leaders(topic, |leaders| leaders.len() == n_partitions);
        }
    }

    /// Lets partitions of a topic have other leaders: each moves from its broker to the next one,
    /// which is to lead it from then on, and this returns when the cluster has been told so.
    ///
    /// # Panics
    ///
    /// If it is refused.
    pub fn move_leaders(&self, topic: &str, n_partitions: i32) {
        let leaders = self.admin().leaders(topic);
        let partitions: Vec<String> = (0..n_partitions)
            .map(|partition| {
                let leader = leaders.get(&partition).copied().unwrap_or(1);
                let copies: [i32; 3] = array::from_fn(|at| {
                    let steps = i32::try_from(at).expect("there are three");
                    (leader + steps) % 3 + 1
                });
                format!(r#"{{"topic":"{topic}","partition":{partition},"replicas":{copies:?}}}"#)
            })
            .collect();
        let plan = format!(r#"{{"version":1,"partitions":[{}]}}"#, partitions.join(","));
        let directory = tempfile::tempdir().expect("a temporary directory");
        let file = directory.path().join("plan.json");
        fs::write(&file, plan).expect("the plan can be written");
        let class = "org.apache.kafka.tools.reassign.ReassignPartitionsCommand";
        let command_line = self.distribution.command_line(class);
        let ended = Command::new(&command_line[0])
            .args(&command_line[1..])
            .args(["--bootstrap-server", &self.bootstrap(), "--execute"])
            .arg("--reassignment-json-file")
            .arg(file)
            .output()
            .expect("`java` runs");
        let said = String::from_utf8_lossy(&ended.stdout);
        assert!(ended.status.success(), "leaders cannot be moved: {said}");
    }
}
