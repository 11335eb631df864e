//! How many instructions a record costs, in the parts of a job and in whole jobs: counted under
//! Valgrind, and compared with what was committed.
//!
//! ```text
//! cargo bench --bench instructions
//! cargo bench --bench instructions -- --bless
//! ```
//!
//! Times wobble by a third on a shared machine; the number of instructions does not. So a change of
//! more than 3 % fails, in either direction: a kernel that got faster is blessed too, or it could
//! lose again what it has gained, unseen. `--bless` writes `expected.json`.
//!
//! The program starts itself under `valgrind --tool=callgrind` for each kernel: for N records and
//! for 2 N, with all that is prepared the same, three times each. The difference between the smallest
//! counts, divided by N, is printed; start and end of the process cancel out.
//!
//! Figures are of one compiler on one kind of processor: what `expected.json` names must be what is
//! there, or nothing is compared. Code that asks the processor what it can do (CRC32C, `memchr`, the
//! C library) asks Valgrind here, which answers for one of a few processors of its own, depending on
//! whether the real one has AVX2; what it answered is written down. Without Valgrind the program
//! says `SKIPPED`, and with `STREAMFLOW_TEST_VALGRIND=required` it fails.
//!
//! The crates that do this, `iai-callgrind` and `gungraun`, want a second program of just their own
//! version installed, which cargo cannot be told to build; hence these few files.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod count;
mod expected;
mod kernels;
mod machine;
mod table;

use std::process::ExitCode;

use expected::Expected;
use machine::Machine;
use table::Row;

/// Set to `required`, it makes a missing Valgrind a failure.
const POLICY: &str = "STREAMFLOW_TEST_VALGRIND";

fn main() -> ExitCode {
    if machine::run_if_asked() || count::run_if_asked() {
        return ExitCode::SUCCESS;
    }
    let machine = match Machine::here() {
        Ok(machine) => machine,
        Err(why) => return without_valgrind(&why),
    };
    let blesses = std::env::args().any(|argument| argument == "--bless");
    let expected = Expected::read();
    if let Some(difference) = machine.difference(&expected.machine)
        && !blesses
    {
        println!("SKIPPED: {difference}");
        return ExitCode::SUCCESS;
    }
    let rows: Vec<Row> = kernels::ALL
        .iter()
        .map(|kernel| Row {
            kernel: kernel.name,
            instructions: count::instructions_per_record(kernel),
            expected: expected.of(kernel.name),
        })
        .collect();
    table::print(&rows);
    if blesses {
        Expected::of_rows(machine, &rows).write();
        return ExitCode::SUCCESS;
    }
    let verdict = judge(&rows);
    if verdict == ExitCode::FAILURE
        && let Some(note) = machine.note(&expected.machine)
    {
        println!("  note: {note}");
    }
    verdict
}

fn without_valgrind(why: &str) -> ExitCode {
    if std::env::var(POLICY).is_ok_and(|policy| policy == "required") {
        println!("Valgrind is needed ({POLICY}=required): {why}");
        return ExitCode::FAILURE;
    }
    println!("SKIPPED: {why}");
    ExitCode::SUCCESS
}

/// Says which kernels are not what was expected, and what to do.
fn judge(rows: &[Row]) -> ExitCode {
    let off: Vec<&Row> = rows.iter().filter(|row| !row.is_as_expected()).collect();
    if off.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!();
    for row in &off {
        println!("{}", row.complaint());
    }
    println!("  help: if this is meant: cargo bench --bench instructions -- --bless");
    ExitCode::FAILURE
}
