//! Fetches from one broker the partitions that it leads, on a thread of its own.
//!
//! ```text
//! send ─┬─► receive into a free buffer ─► note the next offsets ─► send ─► hand over ─┐
//!       └───────────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! The next request goes out before what has come is looked at. A buffer is free when the reader
//! has given it back: without one nothing is received, and the broker's own buffers fill.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use std::{mem, thread};

use super::connection::{Connection, Trouble};
use super::dispatcher::{Message, Shared};
use super::fetched::{Buffer, Fetched, Found};
use super::inbox::Inbox;
use super::protocol::{Api, Broker, FetchRequest, FetchedPartition, Wanted, read_fetch};
use super::truncation::{Log, log_was_cut, look_at_log};
use super::{Assigned, Event, Verdict};
use crate::batch::extent;
use crate::error::{Code, Error};

/// How many responses of one broker are in memory at most.
pub(super) const BUFFERS: usize = 2;

/// One broker and what is fetched from it.
#[derive(Debug)]
struct Fetcher {
    shared: Arc<Shared>,
    broker: Broker,
    inbox: Arc<Inbox>,
    partitions: Vec<Assigned>,
    /// The partition that is named first in the next request: each in turn, as a response is full
    /// before it has come to the last.
    turn: usize,
    /// The one that was named first in the request under way.
    named_first: usize,
    free: Receiver<Buffer>,
    /// Partitions that the dispatcher is to find a new place for.
    homeless: Vec<Assigned>,
}

/// Starts to fetch from a broker.
pub(super) fn start(shared: &Arc<Shared>, broker: Broker, inbox: &Arc<Inbox>) {
    let (home, free) = channel();
    for _ in 0..BUFFERS {
        Buffer::new(home.clone()).go_home();
    }
    let fetcher = Fetcher {
        shared: Arc::clone(shared),
        broker,
        inbox: Arc::clone(inbox),
        partitions: Vec::new(),
        turn: 0,
        named_first: 0,
        free,
        homeless: Vec::new(),
    };
    let spawned = thread::Builder::new()
        .name("streamflow-fetch".to_owned())
        .spawn(move || fetcher.run());
    if let Err(cause) = spawned {
        let error = Error::new(Code::Bug, "cannot start a thread to fetch on");
        shared.tell_reader(Event::Failed(error.caused_by(cause)));
    }
}

impl Fetcher {
    fn run(mut self) {
        let outcome = catch_unwind(AssertUnwindSafe(|| self.fetch()));
        let broker = self.broker.id;
        match outcome {
            Ok(Ok(())) => {}
            Ok(Err(Trouble::Lost(reason))) => {
                if !self.shared.stop.is_stopped() {
                    self.shared.health.failed(&reason);
                }
            }
            Ok(Err(Trouble::Refused(error) | Trouble::Foreign(error))) => {
                self.shared.tell_reader(Event::Failed(error));
            }
            Err(_) => {
                let error = Error::new(Code::Bug, "the thread that fetches records panicked");
                self.shared.tell_reader(Event::Failed(error));
            }
        }
        let mut left = mem::take(&mut self.partitions);
        left.extend(self.inbox.close());
        for partition in &mut left {
            partition.attempts += 1;
        }
        left.append(&mut self.homeless);
        self.shared.tell_dispatcher(Message::Ended { broker, left });
    }

    /// Fetches until there is nothing left to fetch here, or nobody wants it.
    fn fetch(&mut self) -> Result<(), Trouble> {
        let shared = Arc::clone(&self.shared);
        let address = (self.broker.host.as_str(), self.broker.port);
        let mut connection = Connection::open(address, &shared.settings, &shared.stop)?;
        let version = connection.version(Api::Fetch)?;
        let longest_wait = u64::try_from(shared.settings.longest_wait_ms).unwrap_or(0);
        connection.allow(Duration::from_millis(longest_wait))?;
        let _up = shared.health.up();
        let mut under_way = self.request(&mut connection, version)?;
        while let Some(correlation) = under_way {
            let Ok(mut buffer) = self.free.recv() else {
                return Ok(());
            };
            buffer.frame.keep_at_most(shared.kept_bytes());
            connection.receive(correlation, &mut buffer.frame)?;
            let found = self.note(&connection, version, buffer.frame.bytes())?;
            shared.health.answered();
            let requested = self.request(&mut connection, version);
            // Before anything can go wrong: the next offsets are those behind it.
            if found.is_empty() {
                buffer.go_home();
            } else {
                shared.tell_reader(Event::Fetched(Fetched { buffer, found }));
            }
            if !self.homeless.is_empty() {
                let homeless = mem::take(&mut self.homeless);
                shared.tell_dispatcher(Message::Homeless(homeless));
            }
            under_way = requested?;
        }
        Ok(())
    }

    /// Begins to fetch the partitions in the inbox, those whose leader still holds what was read.
    fn take_over(&mut self, connection: &mut Connection) -> Result<(), Trouble> {
        let mut new = self.inbox.take().into_iter();
        while let Some(mut partition) = new.next() {
            match look_at_log(connection, &partition) {
                Ok(Log::Whole) => {
                    partition.checked_epoch = partition.leader_epoch;
                    self.partitions.push(partition);
                }
                Ok(Log::Cut(end_offset)) => {
                    let error = log_was_cut(&partition, end_offset);
                    self.shared.tell_reader(Event::Failed(error));
                }
                Ok(Log::Unknown(code)) => self.refuse(partition, code),
                Err(trouble) => {
                    self.partitions.push(partition);
                    self.partitions.extend(new);
                    return Err(trouble);
                }
            }
        }
        Ok(())
    }

    /// Asks for what comes next; `None` if nothing is left to ask for.
    fn request(
        &mut self,
        connection: &mut Connection,
        version: i16,
    ) -> Result<Option<i32>, Trouble> {
        connection.stay_logged_on(&self.shared.settings.security)?;
        loop {
            self.take_over(connection)?;
            if !self.partitions.is_empty() {
                break;
            }
            if self.inbox.close_if_empty() {
                return Ok(None);
            }
        }
        let settings = &self.shared.settings;
        let request = FetchRequest {
            longest_wait_ms: settings.longest_wait_ms,
            least_bytes: settings.least_bytes,
            most_bytes: self.shared.most_bytes(),
        };
        let n_partitions = self.partitions.len();
        self.named_first = self.turn % n_partitions;
        self.turn = (self.named_first + 1) % n_partitions;
        let (behind, first) = self.partitions.split_at(self.named_first);
        let wanted = first.iter().chain(behind).map(|partition| Wanted {
            topic: &partition.topic,
            partition: partition.partition,
            leader_epoch: partition.leader_epoch,
            offset: partition.next_offset,
            most_bytes: partition.most_bytes.max(settings.most_partition_bytes),
        });
        let sent = connection.send(Api::Fetch, version, |out| {
            request.write(version, out, wanted);
        });
        sent.map(Some)
    }

    /// Notes how far each partition has come with a response; gives what is in it for the reader.
    fn note(
        &mut self,
        connection: &Connection,
        version: i16,
        response: &[u8],
    ) -> Result<Vec<Found>, Trouble> {
        let mut parts = Vec::new();
        match read_fetch(version, response, |part| parts.push(part)) {
            Ok(0) => {}
            Ok(code) => return Err(connection.refused(Api::Fetch, code)),
            Err(malformed) => return Err(connection.malformed(Api::Fetch, malformed)),
        }
        let mut found = Vec::new();
        let mut refused = Vec::new();
        let mut expected = self.named_first;
        for part in parts {
            let Some(place) = self.place_of(&part, expected) else {
                continue;
            };
            expected = place + 1;
            if part.error == 0 {
                found.extend(self.advance(place, response, part));
            } else {
                refused.push((place, part.error));
            }
        }
        self.part_with(refused);
        Ok(found)
    }

    /// Which of the partitions a part of a response is about: the next one, as a rule.
    fn place_of(&self, fetched: &FetchedPartition<'_>, expected: usize) -> Option<usize> {
        let is_it = |partition: &Assigned| {
            partition.partition == fetched.partition && *partition.topic == *fetched.topic
        };
        let expected = expected % self.partitions.len().max(1);
        if self.partitions.get(expected).is_some_and(is_it) {
            return Some(expected);
        }
        self.partitions.iter().position(is_it)
    }

    /// Moves a partition on behind what has come of it.
    fn advance(
        &mut self,
        place: usize,
        response: &[u8],
        fetched: FetchedPartition<'_>,
    ) -> Option<Found> {
        let partition = self.partitions.get_mut(place)?;
        partition.attempts = 0;
        partition.unknown_since = None;
        let bytes = response.get(fetched.records.clone()).unwrap_or_default();
        let extent = extent(bytes);
        if extent.whole_bytes == 0 {
            if let Some(needed) = extent.cut_off_bytes {
                // Whatever is first in a request comes whole, and so may what has room enough.
                partition.most_bytes = i32::try_from(needed).unwrap_or(i32::MAX);
                self.turn = place;
            }
            return None;
        }
        let offset = partition.next_offset;
        partition.next_offset = extent.next_offset.map_or(offset, |next| next.max(offset));
        partition.last_epoch = extent.leader_epoch;
        let start = fetched.records.start;
        Some(Found {
            index: partition.index,
            offset,
            end_offset: fetched.end_offset,
            aborted: fetched.aborted,
            place: start..start + extent.whole_bytes,
        })
    }

    /// Lets go of partitions that have been read to their end or are another reader's, and of those
    /// that were refused.
    fn part_with(&mut self, mut refused: Vec<(usize, i16)>) {
        refused.sort_unstable();
        refused.dedup_by_key(|(place, _)| *place);
        for (place, code) in refused.into_iter().rev() {
            let partition = self.partitions.remove(place);
            self.refuse(partition, code);
        }
        self.partitions.retain(Assigned::is_wanted);
    }

    /// Does what an error of the broker about a partition asks for.
    fn refuse(&mut self, mut partition: Assigned, code: i16) {
        tracing::debug!("{}: error {code} of the broker", partition.place());
        match Verdict::of(&partition, code) {
            Verdict::AskAnew => {
                partition.attempts += 1;
                self.homeless.push(partition);
            }
            Verdict::OutOfRange => self.shared.tell_reader(Event::OutOfRange {
                index: partition.index,
                offset: partition.next_offset,
            }),
            Verdict::Give(error) => self.shared.tell_reader(Event::Failed(error)),
        }
    }
}
