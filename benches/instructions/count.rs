//! Counts the instructions of one kernel: this program once more, under callgrind.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

use crate::kernels::{self, Kernel, Load};

/// The argument in front of a kernel's name, in the program that is counted.
const KERNEL: &str = "--kernel";

/// How often each count is taken.
const ROUNDS: usize = 3;

/// Runs a kernel, if this is the program that is counted.
pub(crate) fn run_if_asked() -> bool {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [asked, name, measured, spare] = &arguments[..] else {
        return false;
    };
    if asked != KERNEL {
        return false;
    }
    let number = |text: &str| text.parse().expect("a number of records");
    let load = Load {
        measured: number(measured),
        spare: number(spare),
    };
    let kernel = kernels::ALL.iter().find(|kernel| kernel.name == name);
    (kernel.expect("a kernel").run)(load);
    true
}

/// What one more record costs.
pub(crate) fn instructions_per_record(kernel: &Kernel) -> f64 {
    let n = kernel.records;
    let (once, twice) = thread::scope(|scope| {
        let once = scope.spawn(|| fewest_instructions(kernel, Load::new(n, n)));
        let twice = fewest_instructions(kernel, Load::new(2 * n, 0));
        (once.join().expect("it is counted"), twice)
    });
    let difference = twice.checked_sub(once).expect("more records cost more");
    let difference = u32::try_from(difference).expect("a kernel is short");
    f64::from(difference) / f64::from(n)
}

/// Counts several times. What is not the same each time only adds: tables hash with a random seed,
/// and with an unlucky one keys collide more often.
fn fewest_instructions(kernel: &Kernel, load: Load) -> u64 {
    let counts = (0..ROUNDS).map(|_| instructions(kernel, load));
    counts.min().expect("at least one round")
}

fn instructions(kernel: &Kernel, load: Load) -> u64 {
    let directory = tempfile::tempdir().expect("a directory for the counts");
    let counts = directory.path().join("counts");
    let valgrind = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", counts.display()))
        .arg(std::env::current_exe().expect("this program has a path"))
        .args([KERNEL, kernel.name])
        .args([load.measured, load.spare].map(|records| records.to_string()))
        .env_clear()
        .output()
        .expect("valgrind runs");
    assert!(
        valgrind.status.success(),
        "`{}` fails under Valgrind: {}",
        kernel.name,
        String::from_utf8_lossy(&valgrind.stderr)
    );
    total(&counts)
}

/// The total of callgrind's output, that of all threads.
fn total(counts: &Path) -> u64 {
    let counts = fs::read_to_string(counts).expect("callgrind writes its counts");
    let total = counts
        .lines()
        .find_map(|line| line.strip_prefix("totals: "));
    let total = total.expect("callgrind writes the total");
    total.trim().parse().expect("the total is one number")
}
