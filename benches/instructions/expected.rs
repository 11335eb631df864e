//! What was committed: the figures, and the machine that they are of.

use std::collections::BTreeMap;
use std::fs;

use serde::{Deserialize, Serialize};

use crate::machine::Machine;
use crate::table::Row;

/// From the directory of the package, in which cargo runs benchmarks.
const PATH: &str = "benches/instructions/expected.json";

/// The file `expected.json`.
#[derive(Serialize, Deserialize)]
pub(crate) struct Expected {
    #[serde(flatten)]
    pub(crate) machine: Machine,
    instructions_per_record: BTreeMap<String, f64>,
}

impl Expected {
    pub(crate) fn read() -> Self {
        let text = fs::read_to_string(PATH).expect("expected.json is there");
        serde_json::from_str(&text).expect("expected.json was written by --bless")
    }

    pub(crate) fn of(&self, kernel: &str) -> Option<f64> {
        self.instructions_per_record.get(kernel).copied()
    }

    pub(crate) fn of_rows(machine: Machine, rows: &[Row]) -> Self {
        let figure = |row: &Row| {
            (
                row.kernel.to_owned(),
                (row.instructions * 10.0).round() / 10.0,
            )
        };
        Expected {
            machine,
            instructions_per_record: rows.iter().map(figure).collect(),
        }
    }

    pub(crate) fn write(&self) {
        let text = serde_json::to_string_pretty(self).expect("figures can be written");
        fs::write(PATH, text + "\n").expect("expected.json can be written");
    }
}
