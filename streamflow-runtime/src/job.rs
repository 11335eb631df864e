//! A compiled job, ready to run.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::cli::{self, Command, CommandLine};
use crate::config::{Environment, RunConfig};
use crate::connection::Connection;
use crate::driver;
use crate::error::{Code, Error, Result};
use crate::explain::Explanation;
use crate::history::History;
use crate::lock::{self, Locking};
use crate::plan::Plan;
use crate::run::{Run, Setting};
use crate::shutdown::StopSignal;
use crate::sink::Sink;
use crate::time::Clock;
use crate::topics::{Samples, Topics};
use crate::worker::{Description, Outcome, Worker};

/// A compiled job: what `stream_job!` gives.
///
/// [`main`] gives it a command line; [`run`](Job::run) and [`test`](Job::test) are there for
/// programs that embed it.
#[must_use = "a job does nothing until it is run: `streamflow::main(job)`, `job.run()`, `job.test()`"]
pub struct Job<'e> {
    plan: &'static Plan,
    history: &'static History,
    sinks: Vec<Arc<dyn Sink>>,
    samples: Vec<Samples>,
    work: Box<dyn Fn(&mut Worker<'_>) -> Outcome + Send + Sync + 'e>,
    /// Its sinks are open for one run at a time.
    is_running: AtomicBool,
}

impl fmt::Debug for Job<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("plan", &self.plan)
            .field("sinks", &self.sinks)
            .finish_non_exhaustive()
    }
}

/// Makes a job of its compiled parts. Called by generated code.
#[doc(hidden)]
pub fn job<'e>(
    plan: &'static Plan,
    sinks: Vec<Arc<dyn Sink>>,
    work: impl Fn(&mut Worker<'_>) -> Outcome + Send + Sync + 'e,
) -> Job<'e> {
    Job {
        plan,
        history: &History::NONE,
        sinks,
        samples: Vec::new(),
        work: Box::new(work),
        is_running: AtomicBool::new(false),
    }
}

/// Adds what the job says about its former state. Called by generated code.
#[doc(hidden)]
pub fn with_history<'e>(job: Job<'e>, history: &'static History) -> Job<'e> {
    Job { history, ..job }
}

/// What stands in the place of a job that does not compile, so that the code around it does.
#[doc(hidden)]
pub fn broken_job() -> Job<'static> {
    const NOTHING: Plan = Plan::empty("broken");
    job(&NOTHING, Vec::new(), |_| Ok(()))
}

/// A run of a job. Dropped, it has ended.
struct Running<'j>(&'j AtomicBool);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Job<'_> {
    /// The plan that the compiler made: stages, state, settings.
    pub fn plan(&self) -> &'static Plan {
        self.plan
    }

    /// The sinks, in the order in which they stand in the job.
    #[cfg(feature = "object-store")]
    pub(crate) fn sinks(&self) -> &[Arc<dyn Sink>] {
        &self.sinks
    }

    /// Gives a topic sample records, for runs without a broker.
    ///
    /// With a broker they are not used.
    pub fn samples(mut self, samples: Samples) -> Self {
        self.samples.push(samples);
        self
    }

    /// The job in words: loops, state, exchanges, types, and what it promises.
    pub fn explain(&self) -> String {
        self.explanation().text()
    }

    /// The job to be shown, with the types that its compiled loop knows. Nothing is opened and
    /// nothing runs.
    pub fn explanation(&self) -> Explanation {
        match self.description() {
            Ok(description) => Explanation::described(self.plan, description),
            Err(_) => Explanation::of(self.plan),
        }
    }

    /// Writes the layouts of the job's named state to `streamflow.lock`, or checks that they stand
    /// there; gives what has changed.
    ///
    /// # Errors
    ///
    /// See [`Code`]: the job has no name or no named state, a type in it does not derive `State`,
    /// or the file cannot be read or written.
    pub fn lock(&self, locking: &Locking) -> Result<String> {
        let states = lock::states(self.plan, self.history, self.description()?.locked)?;
        lock::lock(self.plan.name, self.history, states, locking)
    }

    /// What the compiled loop says about itself. Nothing is opened and nothing runs.
    fn description(&self) -> Result<Description> {
        let run = Run::new(
            self.plan,
            self.history,
            Vec::new(),
            Setting {
                config: RunConfig {
                    // Whoever runs the job may hold it, and it has nothing to say about types.
                    checkpoint: None,
                    parallelism: 1,
                    ..RunConfig::of(self.plan)?
                },
                connection: Connection::InProcess(Arc::new(Topics::new())),
                clock: Clock::default(),
                stop: StopSignal::new(),
            },
        )?;
        Worker::describe(&run, &self.work)
    }

    /// Runs the job with the settings of its header, on in-process topics, until its input ends.
    ///
    /// # Errors
    ///
    /// Whatever ends the job: see [`Code`].
    pub fn run(&self) -> Result<()> {
        self.run_with(RunConfig::of(self.plan)?, StopSignal::new())
    }

    /// Runs the job until its input ends or `stop` is requested.
    ///
    /// # Errors
    ///
    /// Whatever ends the job: see [`Code`]. A job that is running already is not run a second time
    /// at once.
    pub fn run_with(&self, config: RunConfig, stop: StopSignal) -> Result<()> {
        let clock = Clock::default();
        let connection = self.connect(&config, &clock)?;
        self.drive(Setting {
            config,
            connection,
            clock,
            stop,
        })
    }

    /// Runs the job on topics inside the process, until its input ends or `stop` is requested.
    ///
    /// # Errors
    ///
    /// Whatever ends the job: see [`Code`].
    pub fn run_on(&self, topics: Arc<Topics>, config: RunConfig, stop: StopSignal) -> Result<()> {
        let connection = Connection::InProcess(topics);
        self.drive(Setting {
            config,
            connection,
            clock: Clock::default(),
            stop,
        })
    }

    fn drive(&self, setting: Setting) -> Result<()> {
        let _running = self.begin()?;
        driver::drive(&self.prepare(setting)?, &self.work)
    }

    /// Makes this the run that the job is in.
    fn begin(&self) -> Result<Running<'_>> {
        if self.is_running.swap(true, Ordering::AcqRel) {
            let what = format!("the job `{}` is running already", self.plan.name);
            return Err(Error::new(Code::Config, what).help(
                "let it end first, or make another one: each `stream_job! { … }` that is evaluated, and each call of a job that is a function, gives one",
            ));
        }
        Ok(Running(&self.is_running))
    }

    /// A run of this job, not yet begun.
    pub(crate) fn prepare(&self, setting: Setting) -> Result<Run> {
        Run::new(self.plan, self.history, self.sinks.clone(), setting)
    }

    /// The loop of the job, as one worker runs it.
    pub(crate) fn work(&self, worker: &mut Worker<'_>) -> Outcome {
        (self.work)(worker)
    }

    /// In-process topics with the sample records of this job.
    pub(crate) fn topics(&self, now_ms: i64) -> Topics {
        let mut topics = Topics::new();
        for samples in &self.samples {
            topics.add_samples(samples.clone());
        }
        topics.start(now_ms);
        topics
    }

    fn connect(&self, config: &RunConfig, clock: &Clock) -> Result<Connection> {
        match &config.brokers {
            None => Ok(Connection::InProcess(Arc::new(self.topics(clock.now_ms())))),
            #[cfg(feature = "kafka")]
            Some(_) => Ok(Connection::Kafka(Arc::new(crate::kafka::Client::connect(
                config,
            )?))),
            #[cfg(not(feature = "kafka"))]
            Some(brokers) => Err(Error::new(
                Code::Config,
                format!("cannot connect to `{brokers}`: this binary was built without Kafka"),
            )
            .help("build it with streamflow's feature `kafka`, which is on by default")),
        }
    }

    /// What a run without a broker says first.
    fn introduction(&self) -> String {
        if self.samples.is_empty() {
            return String::new();
        }
        let topics: Vec<String> = self.samples.iter().map(ToString::to_string).collect();
        format!(
            "no broker is named: running on sample records inside this process ({}); for a Kafka cluster: --brokers host:9092",
            topics.join(", ")
        )
    }
}

/// Gives a job a command line: `run` (the default), `explain`, `graph` and `lock`.
///
/// Ends the process with the exit code of the error if the job fails.
///
/// # Errors
///
/// None are returned: the process ends with the exit code of the error, after saying it on
/// standard error in one line.
#[expect(
    clippy::needless_pass_by_value,
    reason = "`main(stream_job! { … })` reads as it should"
)]
pub fn main(job: Job<'_>) -> Result<()> {
    cli::end(command(&job))
}

fn command(job: &Job<'_>) -> Result<()> {
    let environment = Environment::of_process();
    let CommandLine { command, verbosity } =
        cli::parse(job.plan, std::env::args_os(), &environment)?;
    match command {
        Command::Print(text) => cli::print(&text),
        Command::Explain(view, transport) => {
            let explanation = job.explanation();
            cli::print(&view.of(&match transport {
                Some(transport) => explanation.by(transport),
                None => explanation,
            }))
        }
        Command::Lock(locking) => cli::print(&job.lock(&locking)?),
        Command::Run(config) => {
            cli::start_log(verbosity, &environment)?;
            let introduction = job.introduction();
            if config.brokers.is_none() && !introduction.is_empty() {
                cli::say(&introduction);
            }
            let stop = StopSignal::on_signals()?;
            stop.end_process_after(config.shutdown)?;
            job.run_with(*config, stop)
        }
    }
}
