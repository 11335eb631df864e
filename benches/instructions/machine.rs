//! What the figures depend on besides the code: compiler, processor, C library, Valgrind.

use std::process::Command;

use serde::{Deserialize, Serialize};

/// The argument that asks for what the processor can do.
const PROCESSOR: &str = "--processor";

/// Where figures are from.
#[derive(Serialize, Deserialize)]
pub(crate) struct Machine {
    rustc: String,
    target: String,
    /// What code that asks finds that the processor can do, under Valgrind.
    processor: String,
    libc: String,
    valgrind: String,
}

/// Prints what the processor can do, if this is the program that is asked.
pub(crate) fn run_if_asked() -> bool {
    let is_asked = std::env::args()
        .nth(1)
        .is_some_and(|asked| asked == PROCESSOR);
    if is_asked {
        println!("{}", processor());
    }
    is_asked
}

impl Machine {
    /// This one; or why there is none.
    pub(crate) fn here() -> Result<Self, String> {
        let valgrind = said_by(Command::new("valgrind").arg("--version"))?;
        let this = std::env::current_exe().map_err(|error| error.to_string())?;
        let mut asked = Command::new("valgrind");
        asked.arg("--tool=none").arg(this).arg(PROCESSOR);
        let rustc = said_by(Command::new("rustc").arg("-vV"))?;
        let of_rustc = |field: &str| {
            let mut lines = rustc.lines();
            let found = lines.find_map(|line| line.strip_prefix(field));
            found.unwrap_or_default().to_owned()
        };
        Ok(Machine {
            rustc: of_rustc("rustc "),
            target: of_rustc("host: "),
            processor: said_by(&mut asked)?,
            libc: said_by(Command::new("getconf").arg("GNU_LIBC_VERSION")).unwrap_or_default(),
            valgrind,
        })
    }

    /// Why figures of the two cannot be compared.
    ///
    /// Valgrind only counts, and the C library does little: with others of them, the comparison is
    /// worth more than what they change.
    pub(crate) fn difference(&self, expected: &Machine) -> Option<String> {
        let decisive = [
            (&self.rustc, &expected.rustc, "of rustc"),
            (&self.target, &expected.target, "for"),
            (&self.processor, &expected.processor, "of a processor with"),
        ];
        decisive.iter().find_map(|(here, there, what)| {
            (here != there).then(|| format!("the figures are {what} {there}, and this is {here}"))
        })
    }

    /// What else is not the same.
    pub(crate) fn note(&self, expected: &Machine) -> Option<String> {
        let others = [
            (&self.libc, &expected.libc),
            (&self.valgrind, &expected.valgrind),
        ];
        others.iter().find_map(|(here, there)| {
            (here != there).then(|| format!("the figures are of {there}, and this is {here}"))
        })
    }
}

/// What a command prints, or why it does not.
fn said_by(command: &mut Command) -> Result<String, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output();
    let output = output.map_err(|error| format!("`{program}` cannot be started: {error}"))?;
    if !output.status.success() {
        return Err(format!("`{program}` fails: {}", output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(target_arch = "x86_64")]
fn processor() -> String {
    use std::arch::is_x86_feature_detected as has;
    let features = [
        ("sse4.2", has!("sse4.2")),
        ("avx", has!("avx")),
        ("avx2", has!("avx2")),
        ("bmi2", has!("bmi2")),
        ("erms", has!("ermsb")),
        ("avx512f", has!("avx512f")),
    ];
    let found = features.iter().filter(|(_, is_there)| *is_there);
    found.map(|(name, _)| *name).collect::<Vec<_>>().join(" ")
}

#[cfg(not(target_arch = "x86_64"))]
fn processor() -> String {
    std::env::consts::ARCH.to_owned()
}
