//! What a job costs its author while compiling: the macro, `cargo check` and `cargo build` after an
//! edit, and the compiler's memory, for jobs of 1, 10 and 50 operators.
//!
//! ```text
//! cargo bench --no-default-features --bench compile_cost
//! ```
//!
//! A project of its own, with an empty `main` and a binary for each job, is written beside the
//! benchmark's build, and depends on the facade by path and without Kafka. The dependencies are
//! built at the first run, and kept. Then each round changes a number in the first closure of each
//! job, and looks at what that costs:
//!
//! - *macro*: rustc's time for expanding the macros of the crate (its pass `macro_expand_crate`),
//!   less that of the empty `main`: loading the macro, running it, and parsing what it wrote. Once
//!   with the macro as `cargo build` makes it, without optimisation, and once with
//!   `[profile.dev.build-override] opt-level = 3`.
//! - *check* and *build*: `cargo check` and `cargo build` on the wall, as they are at a keyboard:
//!   incremental, unoptimised, every dependency ready.
//! - *peak*: the most memory that the rustc of that step ever had resident. On Linux it is the
//!   `VmHWM` that the system keeps for the process; elsewhere the most that rustc saw at the start
//!   or end of one of its passes.
//!
//! Passes are shown by unstable flags, which a wrapper around rustc adds for the project's own
//! binaries and nothing else; what is timed on the wall runs without it. The aims are measured
//! here, not enforced: the exit code is 0 either way.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod jobs;
mod project;
mod stand_in;
mod table;

use std::process::{Command, ExitCode};

use project::{Macro, Project, Step};
use table::{Figures, MB, Spread, Taken, without};

const ROUNDS: u64 = 5;
/// The first is the empty `main`, which the others are compared with.
const SIZES: [usize; 4] = [0, 1, 10, 50];

fn main() -> ExitCode {
    if let Some(status) = stand_in::run_if_asked() {
        return status;
    }
    let project = Project::write(&SIZES);
    println!("{}", machine());
    println!("building the dependencies and every job once ...");
    round(&project, 0);
    let mut figures = vec![Figures::default(); SIZES.len()];
    for edit in 1..=ROUNDS {
        for (figures, taken) in figures.iter_mut().zip(round(&project, edit)) {
            figures.take(&taken);
        }
    }
    println!("{ROUNDS} rounds, median (min..max)\n");
    table::print(&SIZES, &figures);
    println!();
    judge(&figures);
    ExitCode::SUCCESS
}

/// Edits and compiles each job in every way there is to measure.
fn round(project: &Project, round: u64) -> Vec<Taken> {
    SIZES
        .iter()
        .map(|operators| {
            // Each compilation follows an edit of its own, or there would be nothing to do.
            let mut edit = round * 5;
            let mut edited = || {
                edit += 1;
                project.edit(*operators, edit);
            };
            edited();
            let check_s = project.time(*operators, Step::Check);
            edited();
            let build_s = project.time(*operators, Step::Build);
            edited();
            let check = project.watch(*operators, Step::Check, Macro::AsBuilt);
            edited();
            let build = project.watch(*operators, Step::Build, Macro::AsBuilt);
            edited();
            let optimised = project.watch(*operators, Step::Check, Macro::Optimised);
            Taken {
                expansion_s: check.expansion_s,
                optimised_s: optimised.expansion_s,
                check_s,
                check_peak_bytes: check.peak_bytes,
                build_s,
                build_peak_bytes: build.peak_bytes,
            }
        })
        .collect()
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let rustc = Command::new("rustc").arg("--version").output();
    let rustc = rustc.expect("rustc runs").stdout;
    format!(
        "{cores} cores, {}",
        String::from_utf8_lossy(&rustc).trim_end()
    )
}

/// Says of each aim whether it is reached.
fn judge(figures: &[Figures]) {
    let [empty, one, ten, fifty] = figures else {
        panic!("there are figures for each size");
    };
    let median = |figures: &[f64]| Spread::of(figures).median;
    let further_s = (median(&fifty.expansion_s) - median(&one.expansion_s)) / 49.0;
    let each_s = median(&without(&empty.expansion_s, &ten.expansion_s)) / 10.0;
    let check_s = median(&ten.check_s);
    let peak_mb = median(&ten.check_peak_bytes) / MB;
    let aims = [
        (
            "macro, each operator behind the first",
            further_s * 1e3,
            2.0,
            "ms",
        ),
        (
            "macro, each of 10 with a share of loading it",
            each_s * 1e3,
            2.0,
            "ms",
        ),
        ("`cargo check` of 10 after an edit", check_s, 1.5, "s"),
        ("peak memory of its rustc", peak_mb, 500.0, "MB"),
    ];
    for (what, is, aim, unit) in aims {
        let verdict = if is < aim { "reached" } else { "MISSED" };
        println!("{what}: {is:.2} {unit}, aim under {aim} {unit}: {verdict}");
    }
}
