//! Drives a run: opens its sinks, runs its workers, and says why it has ended.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use crate::error::{Code, Error, Result};
use crate::panics;
use crate::plan::{Plan, Role};
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
    // user's: the panic is then in a function behind the job.
    let stage = caught
        .line
        .and_then(|line| {
            let begun = plan.stages.iter().filter(|stage| stage.line <= line);
            begun.max_by_key(|stage| stage.line)
        })
        .filter(|stage| stage.role == Role::Stateless || stage.operator == "for_each");
    let what = match stage {
        Some(stage) => format!(
            "stage `{}` panicked at {}: {}",
            stage.text, caught.place, caught.message
        ),
        None => format!("a stage panicked at {}: {}", caught.place, caught.message),
    };
    Error::new(Code::Panicked, what).at(worker.place()).help(
        "nothing since the last save is committed: mend the closure, or let it give an error instead (`try_map`)",
    )
}
