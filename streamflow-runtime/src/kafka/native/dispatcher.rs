//! Gives each partition to the fetcher of the broker that leads it, on a thread of its own.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::brokers::Brokers;
use super::connection::Trouble;
use super::health::Health;
use super::inbox::Inbox;
use super::protocol::{Metadata, PartitionLeader};
use super::settings::Settings;
use super::stop::Stop;
use super::{Assigned, Event, Verdict, backoff, cannot_read, codes, fetcher};
use crate::error::{Code, Error, Result};

/// How long the cluster may not know a partition before it counts as deleted: a broker that has
/// just started does not know all of them yet.
const GONE_AFTER: Duration = Duration::from_secs(10);

/// How long the cluster may name leaders of the past before a topic counts as made anew: a broker
/// that is cut off from the others does not know of later ones.
const MADE_ANEW_AFTER: Duration = Duration::from_secs(60);

/// After so many tries in vain it is said that a partition is waited for.
const SAID_AFTER: u32 = 8;

/// What the threads of one reader share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) settings: Arc<Settings>,
    pub(super) health: Arc<Health>,
    pub(super) stop: Arc<Stop>,
    /// How many fetchers the reader has, and how many readers the run has: they share the memory.
    n_fetchers: AtomicUsize,
    n_readers: usize,
    to_reader: Sender<Event>,
    to_dispatcher: Sender<Message>,
}

/// What the dispatcher hears.
#[derive(Debug)]
pub(super) enum Message {
    /// These partitions are to be fetched.
    Homeless(Vec<Assigned>),
    /// The fetcher of a broker has ended, and had these partitions left.
    Ended { broker: i32, left: Vec<Assigned> },
    /// Nobody reads any more.
    Stop,
}

/// About how many bytes the responses in memory take together, of all readers of a run.
const BUDGET_BYTES: usize = 256 << 20;
/// What a response may have however many brokers and readers there are.
const LEAST_SHARE_BYTES: usize = 256 << 10;

impl Shared {
    /// The most bytes of one response.
    pub(super) fn most_bytes(&self) -> i32 {
        let n_fetchers = self.n_fetchers.load(Ordering::Relaxed).max(1);
        let n_buffers = n_fetchers * fetcher::BUFFERS * self.n_readers;
        let share = (BUDGET_BYTES / n_buffers).max(LEAST_SHARE_BYTES);
        let share = i32::try_from(share).unwrap_or(i32::MAX);
        self.settings.most_bytes.min(share)
    }

    /// How much memory of a response is kept for the next one.
    pub(super) fn kept_bytes(&self) -> usize {
        usize::try_from(self.most_bytes()).unwrap_or(0) * 2
    }

    pub(super) fn tell_reader(&self, event: Event) {
        // A reader that is gone has no use for it.
        let _ = self.to_reader.send(event);
    }

    pub(super) fn tell_dispatcher(&self, message: Message) {
        // A dispatcher ends with its reader, and then nobody has a use for it.
        let _ = self.to_dispatcher.send(message);
    }
}

/// A reader's side of its dispatcher and its fetchers. Dropped, it lets them end.
#[derive(Debug)]
pub(crate) struct Dispatcher {
    shared: Arc<Shared>,
    events: Receiver<Event>,
}

impl Dispatcher {
    /// Starts to fetch partitions.
    pub(in crate::kafka) fn start(
        settings: Arc<Settings>,
        health: Arc<Health>,
        n_readers: usize,
        partitions: Vec<Assigned>,
    ) -> Result<Self> {
        let (to_reader, events) = channel();
        let (to_dispatcher, messages) = channel();
        let shared = Arc::new(Shared {
            settings,
            health,
            stop: Arc::default(),
            n_fetchers: AtomicUsize::new(0),
            n_readers: n_readers.max(1),
            to_reader,
            to_dispatcher,
        });
        let dispatching = Dispatching {
            brokers: Brokers::new(&shared.settings, &shared.stop),
            shared: Arc::clone(&shared),
            messages,
            homeless: Vec::new(),
            inboxes: BTreeMap::new(),
            asked_in_vain: 0,
            ask_from: Instant::now(),
        };
        thread::Builder::new()
            .name("streamflow-lead".to_owned())
            .spawn(move || dispatching.run_or_tell())
            .map_err(|cause| {
                Error::new(Code::Bug, "cannot start a thread to fetch on").caused_by(cause)
            })?;
        let dispatcher = Dispatcher { shared, events };
        dispatcher.fetch(partitions);
        Ok(dispatcher)
    }

    /// Fetches partitions from now on, too.
    pub(crate) fn fetch(&self, partitions: Vec<Assigned>) {
        self.shared.tell_dispatcher(Message::Homeless(partitions));
    }

    /// The next event, waiting for at most `wait` for it.
    pub(crate) fn next(&self, wait: Duration) -> Option<Event> {
        if wait.is_zero() {
            return self.events.try_recv().ok();
        }
        self.events.recv_timeout(wait).ok()
    }
}

impl Drop for Dispatcher {
    fn drop(&mut self) {
        self.shared.tell_dispatcher(Message::Stop);
        self.shared.stop.stop();
    }
}

/// A partition that nobody fetches, and when to ask for its leader.
#[derive(Debug)]
struct Homeless {
    partition: Assigned,
    from: Instant,
}

#[derive(Debug)]
struct Dispatching {
    shared: Arc<Shared>,
    brokers: Brokers,
    messages: Receiver<Message>,
    homeless: Vec<Homeless>,
    /// The fetchers that run, by the broker's number.
    inboxes: BTreeMap<i32, Arc<Inbox>>,
    /// How often in a row no broker has answered, and when to ask again.
    asked_in_vain: u32,
    ask_from: Instant,
}

impl Dispatching {
    fn run_or_tell(self) {
        let shared = Arc::clone(&self.shared);
        if catch_unwind(AssertUnwindSafe(|| self.run())).is_err() {
            let error = Error::new(Code::Bug, "the thread that finds leaders panicked");
            shared.tell_reader(Event::Failed(error));
        }
    }

    fn run(mut self) {
        loop {
            let message = match self.due() {
                None => match self.messages.recv() {
                    Ok(message) => Some(message),
                    Err(_) => return,
                },
                Some(due) => {
                    let wait = due.saturating_duration_since(Instant::now());
                    match self.messages.recv_timeout(wait) {
                        Ok(message) => Some(message),
                        Err(RecvTimeoutError::Timeout) => None,
                        Err(RecvTimeoutError::Disconnected) => return,
                    }
                }
            };
            match message {
                Some(Message::Homeless(partitions)) => self.take_in(partitions),
                Some(Message::Ended { broker, left }) => {
                    self.inboxes.remove(&broker);
                    self.count_fetchers();
                    self.take_in(left);
                }
                Some(Message::Stop) => return,
                None => self.settle(),
            }
        }
    }

    /// When to ask for leaders, if there is a partition that lacks one.
    fn due(&self) -> Option<Instant> {
        let first = self.homeless.iter().map(|homeless| homeless.from).min()?;
        Some(first.max(self.ask_from))
    }

    fn take_in(&mut self, partitions: Vec<Assigned>) {
        let most = partitions.iter().map(|partition| partition.attempts).max();
        // One pause for all of them: they are asked for in one request.
        let from = Instant::now() + backoff::pause(most.unwrap_or(0));
        for partition in partitions {
            if partition.attempts == SAID_AFTER {
                tracing::warn!("{}: no broker has it, trying on", partition.place());
            }
            self.homeless.push(Homeless { partition, from });
        }
    }

    /// Asks for the leaders of the partitions that lack one, and gives them to their fetchers.
    fn settle(&mut self) {
        self.homeless
            .retain(|homeless| homeless.partition.is_wanted());
        if self.homeless.is_empty() {
            return;
        }
        let mut topics: Vec<Arc<str>> = Vec::new();
        for Homeless { partition, .. } in &self.homeless {
            if !topics.contains(&partition.topic) {
                topics.push(Arc::clone(&partition.topic));
            }
        }
        match self.brokers.ask(&topics) {
            Ok(metadata) => {
                self.asked_in_vain = 0;
                let homeless = std::mem::take(&mut self.homeless);
                let partitions = homeless.into_iter().map(|homeless| homeless.partition);
                self.send_home(&metadata, partitions.collect());
            }
            Err(trouble) => {
                match trouble {
                    Trouble::Refused(error) | Trouble::Foreign(error) => {
                        self.shared.tell_reader(Event::Failed(error));
                    }
                    Trouble::Lost(reason) if !self.shared.stop.is_stopped() => {
                        self.shared.health.failed(&reason);
                    }
                    Trouble::Lost(_) => {}
                }
                self.asked_in_vain += 1;
                self.ask_from = Instant::now() + backoff::pause(self.asked_in_vain);
            }
        }
    }

    fn send_home(&mut self, metadata: &Metadata, partitions: Vec<Assigned>) {
        let mut by_broker: BTreeMap<i32, Vec<Assigned>> = BTreeMap::new();
        let mut without = Vec::new();
        for mut partition in partitions {
            match metadata.leader(&partition.topic, partition.partition) {
                Ok(PartitionLeader { epoch, .. }) if partition.is_behind(epoch) => {
                    self.brokers.ask_another();
                    without.extend(self.behind(partition, epoch));
                }
                Ok(PartitionLeader { broker, epoch }) => {
                    partition.leader_epoch = epoch;
                    partition.unknown_since = None;
                    by_broker.entry(broker).or_default().push(partition);
                }
                Err(code) => without.extend(self.without_leader(partition, code)),
            }
        }
        for (broker, partitions) in by_broker {
            without.extend(self.give(metadata, broker, partitions));
        }
        self.take_in(without);
    }

    /// What becomes of a partition whose leader, as a broker names it, is one of the past: it waits
    /// for another broker to say more, or the run ends.
    fn behind(&self, mut partition: Assigned, epoch: i32) -> Option<Assigned> {
        partition.attempts += 1;
        let since = *partition.unknown_since.get_or_insert_with(Instant::now);
        if since.elapsed() < MADE_ANEW_AFTER {
            return Some(partition);
        }
        let what = format!(
            "the topic is not the one that was read: its leader is of epoch {epoch}, and there \
             were later ones"
        );
        let error = Error::new(Code::OffsetOutOfRange, what).at(partition.place());
        self.shared.tell_reader(Event::Failed(error.help(
            "it was deleted and made anew: begin with `--from earliest` and another `--group` or `--checkpoint`",
        )));
        None
    }

    /// What becomes of a partition that nobody leads: it waits, or the run ends.
    fn without_leader(&self, mut partition: Assigned, code: i16) -> Option<Assigned> {
        partition.attempts += 1;
        if code == codes::UNKNOWN_TOPIC_OR_PARTITION {
            let since = *partition.unknown_since.get_or_insert_with(Instant::now);
            if since.elapsed() >= GONE_AFTER {
                self.shared
                    .tell_reader(Event::Failed(cannot_read(&partition, code)));
                return None;
            }
            return Some(partition);
        }
        partition.unknown_since = None;
        match Verdict::of(&partition, code) {
            Verdict::AskAnew | Verdict::OutOfRange => Some(partition),
            Verdict::Give(error) => {
                self.shared.tell_reader(Event::Failed(error));
                None
            }
        }
    }

    fn count_fetchers(&self) {
        let n_fetchers = self.inboxes.len();
        self.shared.n_fetchers.store(n_fetchers, Ordering::Relaxed);
    }

    /// Gives partitions to the fetcher of a broker; those that it does not take come back.
    fn give(
        &mut self,
        metadata: &Metadata,
        broker: i32,
        partitions: Vec<Assigned>,
    ) -> Vec<Assigned> {
        let partitions = match self.inboxes.get(&broker) {
            Some(inbox) => match inbox.put(partitions) {
                Ok(()) => return Vec::new(),
                // It is just ending, and its own message has not come yet.
                Err(partitions) => partitions,
            },
            None => partitions,
        };
        if self.inboxes.contains_key(&broker) {
            return tried_once_more(partitions);
        }
        let Some(found) = metadata.broker(broker) else {
            return tried_once_more(partitions);
        };
        let inbox = Arc::new(Inbox::new(partitions));
        self.inboxes.insert(broker, Arc::clone(&inbox));
        self.count_fetchers();
        fetcher::start(&self.shared, found.clone(), &inbox);
        Vec::new()
    }
}

fn tried_once_more(mut partitions: Vec<Assigned>) -> Vec<Assigned> {
    for partition in &mut partitions {
        partition.attempts += 1;
    }
    partitions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::RunConfig;
    use crate::kafka::events::Events;
    use crate::plan::Plan;

    const PLAN: Plan = Plan::empty("user_access");

    fn shared(n_readers: usize, n_fetchers: usize) -> (Shared, Receiver<Event>) {
        let settings = Settings::of(&RunConfig {
            brokers: Some("a:9092".to_owned()),
            ..RunConfig::of(&PLAN).unwrap()
        });
        let (to_reader, events) = channel();
        let shared = Shared {
            settings: Arc::new(settings.unwrap()),
            health: Arc::new(Health::new(Arc::new(Events::default()))),
            stop: Arc::default(),
            n_fetchers: AtomicUsize::new(n_fetchers),
            n_readers,
            to_reader,
            to_dispatcher: channel().0,
        };
        (shared, events)
    }

    #[test]
    fn topic_that_stays_behind_what_was_read_of_it_is_another_one() {
        let (shared, events) = shared(1, 0);
        let dispatching = Dispatching {
            brokers: Brokers::new(&shared.settings, &shared.stop),
            shared: Arc::new(shared),
            messages: channel().1,
            homeless: Vec::new(),
            inboxes: BTreeMap::new(),
            asked_in_vain: 0,
            ask_from: Instant::now(),
        };
        let mut partition = Assigned::new(0, "t".into(), 3, 70, i64::MAX);
        partition.last_epoch = 5;
        assert!(partition.is_behind(4) && !partition.is_behind(5) && !partition.is_behind(-1));
        let mut partition = dispatching.behind(partition, 4).expect("it is waited for");
        assert!(events.try_recv().is_err());
        partition.unknown_since = Instant::now().checked_sub(MADE_ANEW_AFTER);
        assert!(dispatching.behind(partition, 4).is_none());
        match events.try_recv() {
            Ok(Event::Failed(error)) => {
                let line = error.one_line();
                assert!(line.contains("`t`[3] at offset 70"), "{line}");
                assert!(line.contains("made anew"), "{line}");
            }
            event => panic!("{event:?}"),
        }
    }

    #[test]
    fn memory_is_shared_by_all_brokers_and_readers() {
        let most_bytes = |n_readers, n_fetchers| shared(n_readers, n_fetchers).0.most_bytes();
        assert_eq!(most_bytes(1, 0), 8 << 20);
        assert_eq!(most_bytes(16, 1), 8 << 20);
        assert_eq!(most_bytes(16, 4), 2 << 20);
        assert_eq!(most_bytes(64, 100), 256 << 10);
    }
}
