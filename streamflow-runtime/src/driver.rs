//! Drives a run: opens its sinks, runs its workers, and says why it has ended.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use crate::error::{Code, Error, Result};
use crate::panics;
use crate::plan::{Plan, Role, Stage};
use crate::run::Run;
use crate::sink::SinkOpening;
use crate::worker::{Halt, Outcome, Worker};

/// The loop of a job, as one worker runs it.
type Work<'w> = dyn Fn(&mut Worker<'_>) -> Outcome + Sync + 'w;

/// Runs a job to its end.
pub(crate) fn drive(run: &Run, work: &Work<'_>) -> Result<()> {
    for sink in run.sinks() {
        sink.open(&SinkOpening {
            plan: run.plan,
            connection: &run.connection,
            config: &run.config,
            clock: &run.clock,
            captures_output: run.is_test(),
        })?;
    }
    thread::scope(|scope| {
        if run.has_checkpoints() {
            let spawned = thread::Builder::new()
                .name("streamflow-save".to_owned())
                .spawn_scoped(scope, || run.saving.work(run));
            if let Err(cause) = spawned {
                return run.abort(
                    Error::new(Code::Bug, "cannot start a thread to save on").caused_by(cause),
                );
            }
        }
        for index in 1..run.config.parallelism {
            let name = format!("streamflow-{index}");
            let spawned = thread::Builder::new()
                .name(name)
                .spawn_scoped(scope, move || worker(run, work, index));
            if let Err(cause) = spawned {
                run.abort(Error::new(Code::Bug, "cannot start a worker").caused_by(cause));
            }
        }
        worker(run, work, 0);
        run.saving.close();
    });
    run.report_skipped();
    run.take_failure().map_or(Ok(()), Err)
}

fn worker(run: &Run, work: &Work<'_>, index: usize) {
    let mut worker = Worker::new(run, index);
    let _quiet = panics::caught_here();
    match catch_unwind(AssertUnwindSafe(|| work(&mut worker))) {
        Ok(Ok(()) | Err(Halt::Aborted)) => {}
        Ok(Err(Halt::Failed(error))) => run.abort(error),
        Err(panic) => run.abort(panicked(run.plan, &worker, panic.as_ref())),
    }
}

fn panicked(plan: &Plan, worker: &Worker<'_>, panic: &(dyn Any + Send)) -> Error {
    let caught = panics::last_here(panic);
    // The stage that begins last in front of the line, unless it is one that has no code of the
    // user's: the panic is then in a function behind the job. Where several stand on one line, the last one
    // that has.
    let stage = caught
        .line
        .and_then(|line| {
            let begun = plan.stages.iter().filter(|stage| stage.line <= line);
            begun.max_by_key(|stage| (stage.line, has_code(stage)))
        })
        .filter(|stage| has_code(stage));
    let what = match stage {
        Some(stage) => format!(
            "stage `{}` panicked at {}: {}",
            stage.text, caught.place, caught.message
        ),
        None => format!("a stage panicked at {}: {}", caught.place, caught.message),
    };
    let error = Error::new(Code::Panicked, what);
    let error = match worker.place() {
        Some(place) => error.at(place),
        None => error,
    };
    let mend = if caught.message.ends_with("with overflow") {
        "take a wider type, or a sign in place of the closure, as in `reduce_by_key(+)`: where its sum does \
         not fit, the record is refused by the stage's policy"
    } else {
        "mend the closure, or let it give an error instead (`try_map`)"
    };
    error.help(format!("nothing since the last save is committed: {mend}"))
}

/// Whether code of the user's stands in the stage.
fn has_code(stage: &Stage) -> bool {
    match stage.role {
        Role::Stateless => true,
        Role::Aggregate { .. } | Role::Ordered { .. } | Role::EventTime { .. } | Role::Sink => {
            stage.text.contains('|') || stage.operator == "for_each"
        }
        Role::Source | Role::Table { .. } | Role::LookUp { .. } => false,
    }
}
