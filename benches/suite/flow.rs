//! Sends records at a constant rate, and looks when they come out again.
//!
//! Time counts from when a record was scheduled, not from when it was sent: a sender that falls
//! behind, because of its own work or of the broker's, makes the figures worse, and cannot hide that
//! records had to wait. Sender and receiver are threads of this process and share the cores with the
//! broker and the job.

use std::ops::ControlFlow;
use std::thread;
use std::time::{Duration, Instant};

use streamflow_test_support::figures::quantile;
use streamflow_test_support::kafka::{Arrivals, Compression, Message, Schedule};
use streamflow_test_support::process;

use crate::bench::{Bench, PARTITIONS};
use crate::job;

/// How long a rate is held before anything counts.
const WARM_UP_S: u32 = 2;
/// How long what is still on its way is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(100);
const LINE_BYTES: usize = 100;

/// Records `keyK,NUMBER,` of a hundred bytes, whose keys take turns.
#[derive(Clone, Copy)]
pub(crate) struct Flow<'f> {
    pub(crate) input: &'f str,
    pub(crate) per_second: u32,
    pub(crate) keys: u32,
}

/// The first message of a flow, by which a job shows that it runs.
const PROBE: &str = "probe,probe";

impl Flow<'_> {
    /// How many records are sent.
    pub(crate) fn records(&self, bench: &Bench<'_>) -> u32 {
        self.per_second * (WARM_UP_S + bench.arguments.seconds)
    }

    /// Sends the flow's records, and hands over whatever arrives, with the time since the flow's
    /// beginning, until `take` has enough.
    pub(crate) fn run(
        &self,
        bench: &Bench<'_>,
        arrivals: &Arrivals,
        mut take: impl FnMut(Duration, Option<&[u8]>, &[u8]) -> ControlFlow<()>,
    ) -> Schedule {
        let schedule = Schedule {
            // Time for the sender to connect.
            begin: Instant::now() + Duration::from_millis(300),
            per_second: self.per_second,
            count: self.records(bench),
        };
        let Flow { input, keys, .. } = *self;
        thread::scope(|scope| {
            scope.spawn(|| {
                let line = |number| Message::from(line(number % keys, number));
                bench.admin.send_paced(input, schedule, line);
            });
            let deadline = schedule.begin + schedule.since_begin(schedule.count) + PATIENCE;
            while Instant::now() < deadline {
                let taken = arrivals.next(LOOK, |key, value| {
                    let at = Instant::now().saturating_duration_since(schedule.begin);
                    take(at, key, value.unwrap_or_default())
                });
                if taken.is_some_and(|taken| taken.is_break()) {
                    break;
                }
            }
        });
        schedule
    }
}

/// Whether something at this time after the beginning of a flow counts.
pub(crate) fn counts(since_begin: Duration) -> bool {
    since_begin >= Duration::from_secs(WARM_UP_S.into())
}

fn line(key: u32, number: u32) -> String {
    let mut line = format!("key{key},{number},");
    while line.len() < LINE_BYTES {
        line.push('x');
    }
    line
}

/// The number of a record of a flow.
fn number(value: &[u8]) -> Option<u32> {
    let mut fields = value.split(|byte| *byte == b',').skip(1);
    std::str::from_utf8(fields.next()?).ok()?.parse().ok()
}

/// When the records of a flow arrived.
pub(crate) struct Passed {
    /// From schedule to arrival, in milliseconds and in order.
    latencies_ms: Vec<f64>,
    /// The longest time in which nothing arrived.
    longest_gap_ms: f64,
    /// Why it does not count.
    pub(crate) refused: Option<String>,
}

impl Passed {
    /// Sends a flow and waits until each of its records has arrived.
    pub(crate) fn of(bench: &Bench<'_>, flow: Flow<'_>, arrivals: &Arrivals) -> Self {
        let count = flow.records(bench);
        let mut arrived: Vec<Option<Duration>> = vec![None; count as usize];
        let (mut missing, mut twice) = (count, 0_u32);
        let (mut last, mut longest_gap) = (Duration::ZERO, Duration::ZERO);
        let schedule = flow.run(bench, arrivals, |at, _key, value| {
            let place = number(value).and_then(|number| arrived.get_mut(number as usize));
            match place {
                // A probe.
                None => {}
                Some(known @ None) => {
                    *known = Some(at);
                    missing -= 1;
                }
                Some(Some(_)) => twice += 1,
            }
            if counts(at) {
                longest_gap = longest_gap.max(at.saturating_sub(last));
            }
            last = at;
            if missing == 0 {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        let scheduled = (0..count).map(|number| schedule.since_begin(number));
        let counted = scheduled.zip(arrived).filter(|(at, _)| counts(*at));
        let mut latencies_ms: Vec<f64> = counted
            .filter_map(|(scheduled, arrived)| Some(ms(arrived?.saturating_sub(scheduled))))
            .collect();
        latencies_ms.sort_by(f64::total_cmp);
        let refused = (missing > 0 || twice > 0).then(|| {
            format!("of {count} records {missing} did not arrive, and {twice} arrived twice")
        });
        Passed {
            latencies_ms,
            longest_gap_ms: ms(longest_gap),
            refused,
        }
    }

    pub(crate) fn figures(&self) -> Vec<(&'static str, f64)> {
        let latency = |share| quantile(&self.latencies_ms, share);
        vec![
            ("p50_ms", latency(0.5)),
            ("p99_ms", latency(0.99)),
            ("p999_ms", latency(0.999)),
            ("max_ms", latency(1.0)),
            ("longest_gap_ms", self.longest_gap_ms),
        ]
    }
}

/// A job that runs beside a flow.
pub(crate) struct Running {
    job: process::Job,
    cpu_s_before: f64,
    begun: Instant,
}

impl Running {
    /// Starts a job and waits until it has passed on a probe of each partition. `probes_in` says for
    /// how many probes a message of the output stands.
    pub(crate) fn start(
        bench: &Bench<'_>,
        command_line: &[String],
        input: &str,
        arrivals: &Arrivals,
        probes_in: impl Fn(&[u8]) -> u64,
    ) -> Result<Self, String> {
        let job = process::Job::start(&mut job::command(command_line));
        let probes = (0..PARTITIONS.cast_signed())
            .map(|partition| Message::from(PROBE).for_partition(partition));
        let mut missing = bench.admin.produce(input, probes, Compression::None);
        let deadline = Instant::now() + PATIENCE;
        while missing > 0 {
            let arrived = arrivals.next(LOOK, |_, value| probes_in(value.unwrap_or_default()));
            missing = missing.saturating_sub(arrived.unwrap_or(0));
            if Instant::now() > deadline {
                return Err(format!("the job does not run: {}", job.stderr()));
            }
        }
        Ok(Running {
            cpu_s_before: job.cpu_s(),
            begun: Instant::now(),
            job,
        })
    }

    /// Ends the job; gives how much of a core it has taken since its start, in percent, and why it
    /// does not count.
    pub(crate) fn end(mut self) -> (f64, Option<String>) {
        let cpu_s = self.job.cpu_s() - self.cpu_s_before;
        let percent = 100.0 * cpu_s / self.begun.elapsed().as_secs_f64();
        self.job.terminate();
        let ended = self.job.wait(PATIENCE);
        let refused = (ended.code != Some(0))
            .then(|| format!("it did not end well: {:?} {}", ended.code, ended.stderr));
        (percent, refused)
    }
}

pub(crate) fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
