//! Brokers that answer as they are told, each on a port of its own.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use super::{PATIENCE, batch};
use crate::batch::extent;
use crate::kafka::native::protocol::Api;
use crate::kafka::native::wire::{Input, Output};

pub(super) const TOPIC: &str = "t";

/// What is done with the next request to fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// All partitions have this error.
    Error(i16),
    /// The whole request has this error.
    ErrorOfAll(i16),
    /// Half of the response, and then the connection ends.
    CutOff,
    /// The connection ends.
    Hangup,
    /// A response whose counts make no sense.
    Garbage,
    /// The response to some other request.
    OfAnother,
    /// Nothing, ever.
    Silence,
}

/// The batches that the brokers have taken of one partition, and the number of the next record of
/// the only producer, in the last of his lives that they know of.
#[derive(Default)]
struct TakenIn {
    batches: Vec<Vec<u8>>,
    epoch: i16,
    next_sequence: i32,
}

pub(super) struct Cluster {
    state: Arc<Mutex<State>>,
}

struct State {
    ports: Vec<u16>,
    logs: Vec<Vec<Vec<u8>>>,
    /// The broker that leads each partition, and the epoch.
    leaders: Vec<i32>,
    epoch: i32,
    answers: VecDeque<Answer>,
    taken_in: Vec<TakenIn>,
    /// What is said of the end of an epoch: the epoch, the offset.
    end_of_epoch: (i32, i64),
    /// What is said of the leaders of all partitions so many times: the leader, the epoch.
    out_of_date: (usize, i32, i32),
    n_epochs: usize,
    /// How many connections are still closed as soon as they are opened.
    refused: usize,
    n_fetches: Vec<usize>,
    n_connections: usize,
    n_open: usize,
    /// The versions of requests to fetch that are understood, and the one that was used last.
    versions: (i16, i16),
    spoken: i16,
    /// The newest version of requests to produce, and whether there are numbers for producers.
    produced_in: i16,
    numbers_producers: bool,
    /// The brokers that answer nothing for the time being, and how many requests to produce all have
    /// received.
    silent: Vec<i32>,
    n_produces: usize,
    /// Whether even the first batch of a response is cut off at the limit of its partition.
    is_strict: bool,
    /// How long a login is good for, and how often somebody has logged on.
    session: Duration,
    n_logins: usize,
}

impl Cluster {
    /// Brokers 0 to `n_brokers`, the first of which leads every partition.
    pub(super) fn start(n_brokers: usize, logs: Vec<Vec<Vec<u8>>>) -> Self {
        let of_epoch_0 = |log: Vec<Vec<u8>>| log.into_iter().map(|it| taken_in(0, it)).collect();
        let logs: Vec<Vec<Vec<u8>>> = logs.into_iter().map(of_epoch_0).collect();
        let listeners: Vec<TcpListener> = (0..n_brokers)
            .map(|_| TcpListener::bind("127.0.0.1:0").unwrap())
            .collect();
        let port = |listener: &TcpListener| listener.local_addr().unwrap().port();
        let ports: Vec<u16> = listeners.iter().map(port).collect();
        let state = Arc::new(Mutex::new(State {
            leaders: logs.iter().map(|_| 0).collect(),
            taken_in: logs.iter().map(|_| TakenIn::default()).collect(),
            logs,
            epoch: 0,
            answers: VecDeque::new(),
            end_of_epoch: (0, i64::MAX),
            out_of_date: (0, 0, 0),
            n_epochs: 0,
            refused: 0,
            n_fetches: ports.iter().map(|_| 0).collect(),
            ports,
            n_connections: 0,
            n_open: 0,
            versions: (4, 18),
            spoken: 0,
            produced_in: 12,
            numbers_producers: true,
            silent: Vec::new(),
            n_produces: 0,
            is_strict: false,
            session: Duration::ZERO,
            n_logins: 0,
        }));
        for (listener, broker) in listeners.into_iter().zip(0..) {
            let state = Arc::clone(&state);
            thread::spawn(move || listen(&listener, broker, &state));
        }
        Cluster { state }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(super) fn bootstrap(&self) -> String {
        format!("127.0.0.1:{}", self.state().ports[0])
    }

    pub(super) fn n_partitions(&self) -> usize {
        self.state().logs.len()
    }

    /// Names one more broker, which listens at this port.
    pub(super) fn add_broker(&self, port: u16) {
        self.state().ports.push(port);
    }

    /// Gives the partitions to these brokers.
    pub(super) fn lead(&self, leaders: &[i32]) {
        let mut state = self.state();
        state.leaders = leaders.to_vec();
        state.epoch += 1;
    }

    /// Gives each partition more batches of one record.
    pub(super) fn append(&self, n_batches: i64) {
        let epoch = self.state().epoch;
        for log in &mut self.state().logs {
            let end = log.last().and_then(|last| extent(last).next_offset);
            let end = end.unwrap_or(0);
            log.extend((end..end + n_batches).map(|offset| taken_in(epoch, batch(offset, 1))));
        }
    }

    pub(super) fn answer(&self, answer: Answer) {
        self.state().answers.push_back(answer);
    }

    /// The batches that were taken of a partition, without those that were there before.
    pub(super) fn taken_in(&self, partition: usize) -> Vec<Vec<u8>> {
        self.state().taken_in[partition].batches.clone()
    }

    /// How many answers have not been given yet.
    pub(super) fn n_answers(&self) -> usize {
        self.state().answers.len()
    }

    /// Names a leader of the past the next few times.
    pub(super) fn be_out_of_date(&self, times: usize, leader: i32, epoch: i32) {
        self.state().out_of_date = (times, leader, epoch);
    }

    /// How often a leader of the past will still be named.
    pub(super) fn n_out_of_date(&self) -> usize {
        self.state().out_of_date.0
    }

    pub(super) fn end_epoch_at(&self, epoch: i32, end_offset: i64) {
        self.state().end_of_epoch = (epoch, end_offset);
    }

    /// How often the end of an epoch was asked for.
    pub(super) fn n_epochs(&self) -> usize {
        self.state().n_epochs
    }

    pub(super) fn refuse(&self, n_connections: usize) {
        self.state().refused = n_connections;
    }

    /// Understands requests to fetch from this version on only.
    pub(super) fn speak(&self, oldest: i16) {
        self.state().versions.0 = oldest;
    }

    pub(super) fn speak_at_most(&self, newest: i16) {
        self.state().versions.1 = newest;
    }

    /// Understands requests to produce up to this version only.
    pub(super) fn produce_at_most(&self, newest: i16) {
        self.state().produced_in = newest;
    }

    /// Knows nothing of numbers for producers.
    pub(super) fn number_nobody(&self) {
        self.state().numbers_producers = false;
    }

    /// Lets these brokers, and no others, take requests and say nothing.
    pub(super) fn silence(&self, brokers: &[i32]) {
        self.state().silent = brokers.to_vec();
    }

    /// How many requests to produce have come.
    pub(super) fn n_produces(&self) -> usize {
        self.state().n_produces
    }

    /// Forgets the last records of a partition, as a leader does that has not had them.
    pub(super) fn forget(&self, partition: usize, n_records: i32) {
        self.state().taken_in[partition].next_sequence -= n_records;
    }

    pub(super) fn keep_strictly_to_limits(&self) {
        self.state().is_strict = true;
    }

    pub(super) fn spoken(&self) -> i16 {
        self.state().spoken
    }

    pub(super) fn n_fetches(&self, broker: usize) -> usize {
        self.state().n_fetches[broker]
    }

    pub(super) fn n_connections(&self) -> usize {
        self.state().n_connections
    }

    /// Wants to be shown again, each time after so long, who somebody is.
    pub(super) fn end_logins_after(&self, session: Duration) {
        self.state().session = session;
    }

    pub(super) fn n_logins(&self) -> usize {
        self.state().n_logins
    }

    pub(super) fn n_open(&self) -> usize {
        self.state().n_open
    }

    pub(super) fn wait_until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !is_so(self) {
            assert!(begun.elapsed() < PATIENCE, "{what}: not in time");
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// A batch as the leader of an epoch keeps it.
fn taken_in(epoch: i32, mut batch: Vec<u8>) -> Vec<u8> {
    batch[12..16].copy_from_slice(&epoch.to_be_bytes());
    batch
}

fn listen(listener: &TcpListener, broker: i32, state: &Arc<Mutex<State>>) {
    for stream in listener.incoming() {
        let (stream, state) = (stream.unwrap(), Arc::clone(state));
        {
            let mut state = state.lock().unwrap();
            state.n_connections += 1;
            if state.refused > 0 {
                state.refused -= 1;
                continue;
            }
            state.n_open += 1;
        }
        thread::spawn(move || {
            // It ends when the other side closes the connection.
            let _ended = serve(&stream, broker, &state);
            state.lock().unwrap().n_open -= 1;
        });
    }
}

fn serve(mut stream: &TcpStream, broker: i32, state: &Mutex<State>) -> io::Result<()> {
    let mut good_until = None;
    loop {
        let mut length = [0; 4];
        stream.read_exact(&mut length)?;
        let mut request = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap()];
        stream.read_exact(&mut request)?;
        state.lock().unwrap().n_produces += usize::from(request[..2] == [0, 0]);
        while state.lock().unwrap().silent.contains(&broker) {
            thread::sleep(Duration::from_millis(1));
        }
        let mut input = Input::new(&request);
        let (key, version) = (input.i16().unwrap(), input.i16().unwrap());
        let correlation = input.i32().unwrap();
        assert_eq!(input.text(), Ok("streamflow"));
        let mut out = Output::default();
        out.i32(0);
        out.i32(correlation);
        let mut answer = None;
        if key == Api::Handshake.key() {
            assert_eq!(input.text(), Ok("PLAIN"));
            out.i16(0);
            out.count(0);
        } else if key == Api::Authenticate.key() {
            assert_eq!(version, 1);
            let mut state = state.lock().unwrap();
            state.n_logins += 1;
            good_until = (!state.session.is_zero()).then(|| Instant::now() + state.session);
            write_authenticate(&mut out, state.session);
        } else if good_until.is_some_and(|until| until < Instant::now()) {
            // As a broker does.
            return Ok(());
        } else if key == Api::Versions.key() {
            let state = state.lock().unwrap();
            let (oldest, newest) = state.versions;
            out.i16(0);
            let mut apis = vec![
                [Api::Fetch.key(), oldest, newest],
                [Api::Metadata.key(), 0, 13],
                [Api::Epochs.key(), 0, 4],
                [Api::Produce.key(), 0, state.produced_in],
                [Api::Handshake.key(), 0, 1],
                [Api::Authenticate.key(), 0, 2],
            ];
            if state.numbers_producers {
                apis.push([Api::ProducerId.key(), 0, 5]);
            }
            out.count(apis.len());
            for number in apis.into_iter().flatten() {
                out.i16(number);
            }
        } else if key == Api::Metadata.key() {
            write_metadata(&mut out, version, &mut state.lock().unwrap());
        } else if key == Api::ProducerId.key() {
            out.i32(0);
            out.i16(0);
            out.i64(PRODUCER_ID);
            out.i16(0);
        } else if key == Api::Produce.key() {
            assert_eq!(version, 8);
            let mut state = state.lock().unwrap();
            answer = state.answers.pop_front();
            write_produce(&mut out, broker, (&request, &mut input), &mut state, answer);
        } else if key == Api::Epochs.key() {
            let mut state = state.lock().unwrap();
            state.n_epochs += 1;
            write_end_of_epoch(&mut out, state.end_of_epoch);
        } else {
            let mut state = state.lock().unwrap();
            state.n_fetches[usize::try_from(broker).unwrap()] += 1;
            state.spoken = version;
            answer = state.answers.pop_front();
            write_fetch(&mut out, version, broker, &mut input, &state, answer);
        }
        let length = i32::try_from(out.len() - 4).unwrap();
        out.patch_i32(0, length);
        match answer {
            Some(Answer::Hangup) => return Ok(()),
            Some(Answer::Silence) => {
                // Until the other side has had enough.
                return stream.read_exact(&mut [0; 1]);
            }
            Some(Answer::OfAnother) => out.patch_i32(4, correlation + 100),
            _ => {}
        }
        let mut response = out.into_bytes();
        if answer == Some(Answer::CutOff) {
            response.truncate(response.len() / 2);
        }
        stream.write_all(&response)?;
        if answer == Some(Answer::CutOff) {
            return Ok(());
        }
    }
}

fn write_authenticate(out: &mut Output, session: Duration) {
    out.i16(0);
    out.i16(-1);
    out.count(0);
    out.i64(i64::try_from(session.as_millis()).unwrap());
}

fn write_metadata(out: &mut Output, version: i16, state: &mut State) {
    assert_eq!(version, 7);
    out.i32(0);
    out.count(state.ports.len());
    for (port, id) in state.ports.iter().zip(0..) {
        out.i32(id);
        out.text("127.0.0.1");
        out.i32(i32::from(*port));
        out.i16(-1);
    }
    out.text("cluster");
    out.i32(0);
    out.count(1);
    out.i16(0);
    out.text(TOPIC);
    out.bool(false);
    let (times, leader, epoch) = state.out_of_date;
    let named = (times > 0).then_some((leader, epoch));
    state.out_of_date.0 = times.saturating_sub(1);
    out.count(state.leaders.len());
    for (leader, number) in state.leaders.iter().zip(0..) {
        let (leader, epoch) = named.unwrap_or((*leader, state.epoch));
        out.i16(0);
        out.i32(number);
        out.i32(leader);
        out.i32(epoch);
        out.count(0);
        out.count(0);
        out.count(0);
    }
}

fn write_end_of_epoch(out: &mut Output, (epoch, end_offset): (i32, i64)) {
    out.i32(0);
    out.count(1);
    out.text(TOPIC);
    out.count(1);
    out.i16(0);
    out.i32(0);
    out.i32(epoch);
    out.i64(end_offset);
}

const PRODUCER_ID: i64 = 4_711;

/// Takes batches in as a broker does: each once, and in the order of their numbers.
fn write_produce(
    out: &mut Output,
    broker: i32,
    (bytes, request): (&[u8], &mut Input<'_>),
    state: &mut State,
    answer: Option<Answer>,
) {
    assert_eq!(request.nullable_text(), Ok(None));
    assert_eq!(request.i16(), Ok(-1), "all replicas");
    request.i32().unwrap();
    request.exactly_one().unwrap();
    assert_eq!(request.text(), Ok(TOPIC));
    let n_partitions = request.count(1).unwrap();
    out.count(if answer == Some(Answer::Garbage) {
        77_777
    } else {
        1
    });
    out.text(TOPIC);
    out.count(n_partitions);
    for _ in 0..n_partitions {
        let number = request.i32().unwrap();
        let batch = &bytes[request.place_of_bytes().unwrap()];
        let partition = usize::try_from(number).unwrap();
        let error = match answer {
            Some(Answer::Error(code)) => code,
            _ if state.leaders[partition] != broker => 6,
            _ => state.taken_in[partition].take_in(batch),
        };
        out.i32(number);
        out.i16(error);
        out.i64(0);
        out.i64(-1);
        out.i64(0);
        out.count(0);
        out.i16(-1);
    }
    out.i32(0);
}

impl TakenIn {
    fn take_in(&mut self, batch: &[u8]) -> i16 {
        let number = |at: usize| i32::from_be_bytes(batch[at..at + 4].try_into().unwrap());
        assert_eq!(batch[43..51], PRODUCER_ID.to_be_bytes());
        let (first, n_records) = (number(53), number(57));
        let epoch = i16::from_be_bytes(batch[51..53].try_into().unwrap());
        match epoch.cmp(&self.epoch) {
            Ordering::Less => return 47,
            Ordering::Equal => {}
            Ordering::Greater if first > 0 => return 45,
            Ordering::Greater => (self.epoch, self.next_sequence) = (epoch, 0),
        }
        if first < self.next_sequence {
            return 46;
        }
        if first > self.next_sequence {
            return 45;
        }
        self.next_sequence = first + n_records;
        self.batches.push(batch.to_vec());
        0
    }
}

fn write_fetch(
    out: &mut Output,
    version: i16,
    broker: i32,
    request: &mut Input<'_>,
    state: &State,
    answer: Option<Answer>,
) {
    out.i32(0);
    if version >= 7 {
        out.i16(match answer {
            Some(Answer::ErrorOfAll(code)) => code,
            _ => 0,
        });
        out.i32(0);
    }
    // Replica, wait, bytes at least and at most, isolation; session.
    for _ in 0..4 {
        request.i32().unwrap();
    }
    request.bool().unwrap();
    if version >= 7 {
        request.i64().unwrap();
    }
    let n_topics = request.count(1).unwrap();
    out.count(if answer == Some(Answer::Garbage) {
        77_777
    } else {
        n_topics
    });
    let mut has_records = false;
    for _ in 0..n_topics {
        assert_eq!(request.text(), Ok(TOPIC));
        out.text(TOPIC);
        let n_partitions = request.count(1).unwrap();
        out.count(n_partitions);
        for _ in 0..n_partitions {
            let number = request.i32().unwrap();
            let epoch = if version >= 9 {
                request.i32().unwrap()
            } else {
                -1
            };
            let offset = request.i64().unwrap();
            if version >= 5 {
                request.i64().unwrap();
            }
            let most_bytes = usize::try_from(request.i32().unwrap()).unwrap();
            let partition = usize::try_from(number).unwrap();
            let error = match answer {
                Some(Answer::Error(code)) => code,
                _ if state.leaders[partition] != broker => 6,
                _ if epoch >= 0 && epoch < state.epoch => 74,
                _ => 0,
            };
            let mut records = Vec::new();
            if error == 0 {
                for batch in &state.logs[partition] {
                    let ends = extent(batch).next_offset.unwrap();
                    if ends > offset && records.len() < most_bytes {
                        records.extend(batch);
                    }
                }
                let is_first = !has_records && !state.is_strict;
                if !is_first {
                    records.truncate(most_bytes);
                }
            }
            has_records |= !records.is_empty();
            write_partition(out, version, number, error, &records);
        }
    }
}

fn write_partition(out: &mut Output, version: i16, number: i32, error: i16, records: &[u8]) {
    out.i32(number);
    out.i16(error);
    out.i64(0);
    out.i64(0);
    if version >= 5 {
        out.i64(0);
    }
    out.count(0);
    out.count(records.len());
    for byte in records {
        out.i8(byte.cast_signed());
    }
}
