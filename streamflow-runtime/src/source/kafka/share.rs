//! Which partitions of the topics of a cluster are one worker's, and how far it has come with them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::reads::Reads;
use super::wanted::Wanted;
use crate::config::Until;
use crate::error::{Code, Error, Result};
use crate::kafka::{Client, Start};
use crate::source::{Opening, Partition, PartitionName};

/// How often the client of the run is asked what it has to say besides records.
const SERVE_EVERY: Duration = Duration::from_millis(100);

/// One worker's partitions.
#[derive(Debug)]
pub(super) struct Share {
    client: Arc<Client>,
    stage: usize,
    worker: usize,
    workers: usize,
    topics: Wanted,
    until: Until,
    /// How many partitions have been dealt out, to all workers.
    n_dealt: usize,
    partitions: Vec<Partition>,
    ends: Vec<End>,
    /// Where each partition ends, as far as it is known by now.
    log_ends: Vec<i64>,
    served: Instant,
}

/// Where a partition ends for this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Nowhere.
    Never,
    /// At the offset it had at the start of the run.
    At(i64),
    /// It has been reached, or another worker reads on.
    Reached,
}

impl Share {
    /// The partitions that are this worker's from the start.
    pub(super) fn open(
        client: &Arc<Client>,
        (topics, reads): (&Wanted, &Reads),
        opening: &Opening<'_>,
    ) -> Result<(Self, Vec<Start>)> {
        let starts = client.starts(opening.stage, || client.find_starts(topics, reads, opening))?;
        let mut share = Share {
            client: Arc::clone(client),
            stage: opening.stage,
            worker: opening.worker,
            workers: opening.workers,
            topics: topics.clone(),
            until: reads.until(opening.config.until),
            n_dealt: 0,
            partitions: Vec::new(),
            ends: Vec::new(),
            log_ends: Vec::new(),
            served: Instant::now(),
        };
        let own = share.take(&starts);
        client.will_read(own.iter());
        Ok((share, own))
    }

    /// Makes room for this worker's partitions among those that were not dealt out before.
    fn take(&mut self, starts: &[Start]) -> Vec<Start> {
        let (worker, workers) = (self.worker, self.workers);
        let new = starts.iter().enumerate().skip(self.n_dealt);
        let own = new.filter(|(index, _)| index % workers == worker);
        let own: Vec<Start> = own.map(|(_, start)| start.clone()).collect();
        for start in &own {
            self.add(&start.name, start.offset, start.end_offset);
        }
        self.n_dealt = starts.len();
        own
    }

    pub(super) fn client(&self) -> &Arc<Client> {
        &self.client
    }

    pub(super) fn partitions(&self) -> &[Partition] {
        &self.partitions
    }

    pub(super) fn partition(&self, index: usize) -> Option<&Partition> {
        self.partitions.get(index)
    }

    pub(super) fn end(&self, index: usize) -> End {
        self.ends.get(index).copied().unwrap_or(End::Reached)
    }

    /// The first offset of a partition that is not this run's; `None` if it has been read so far.
    pub(super) fn end_offset(&self, index: usize) -> Option<i64> {
        match self.end(index) {
            End::Never => Some(i64::MAX),
            End::At(end_offset) => Some(end_offset),
            End::Reached => None,
        }
    }

    /// Notes that a partition has been read to its end, or is another worker's.
    pub(super) fn reach(&mut self, index: usize) {
        if let Some(end) = self.ends.get_mut(index) {
            *end = End::Reached;
        }
    }

    /// Makes room for a partition that another worker has let go of.
    pub(super) fn adopt(&mut self, name: &PartitionName, next_offset: i64) -> Result<()> {
        let starts = self.client.known_starts(self.stage);
        let start = starts
            .iter()
            .flat_map(|starts| starts.iter())
            .find(|start| start.name == *name);
        let Some(start) = start else {
            let what = format!("nobody has begun to read {name}, which moves to another worker");
            return Err(Error::new(Code::Bug, what));
        };
        self.add(name, next_offset, start.end_offset);
        Ok(())
    }

    /// Notes where a partition ends by now.
    pub(super) fn log_ends(&mut self, index: usize, end_offset: i64) {
        if let Some(known) = self.log_ends.get_mut(index) {
            *known = end_offset;
        }
    }

    /// Whether nothing is known of a partition behind an offset.
    pub(super) fn is_caught_up(&self, index: usize, next_offset: i64) -> bool {
        let log_end = self.log_ends.get(index);
        self.end(index) == End::Reached || log_end.is_none_or(|end| next_offset >= *end)
    }

    fn add(&mut self, name: &PartitionName, start_offset: i64, end_offset: i64) {
        self.log_ends.push(end_offset);
        self.ends.push(match self.until {
            Until::Stopped => End::Never,
            Until::CaughtUp if start_offset >= end_offset => End::Reached,
            Until::CaughtUp => End::At(end_offset),
        });
        self.partitions.push(Partition {
            name: name.clone(),
            start_offset,
        });
    }

    /// Whether nothing more will come. A worker without partitions has reached all of its ends;
    /// more may come only in a run without an end.
    pub(super) fn has_ended(&self) -> bool {
        let is_bounded = self.until == Until::CaughtUp;
        is_bounded && self.ends.iter().all(|end| *end == End::Reached)
    }

    /// Hears now and then what the client has to say; gives the partitions that are new.
    pub(super) fn serve(&mut self) -> Result<Vec<Start>> {
        if self.served.elapsed() < SERVE_EVERY {
            return Ok(Vec::new());
        }
        self.served = Instant::now();
        self.client.serve()?;
        Ok(match self.until {
            Until::Stopped => self.take_new(),
            Until::CaughtUp => Vec::new(),
        })
    }

    fn take_new(&mut self) -> Vec<Start> {
        if self.worker == 0 {
            self.client.look_for_partitions(self.stage, &self.topics);
        }
        let known = self.client.known_starts(self.stage);
        match known.filter(|starts| starts.len() > self.n_dealt) {
            Some(starts) => self.take(&starts),
            None => Vec::new(),
        }
    }
}
