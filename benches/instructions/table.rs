//! The figures as a table, and which of them are off.

/// How much a figure may be off, in percent.
const TOLERANCE: f64 = 3.0;

/// The figures of one kernel.
pub(crate) struct Row {
    pub(crate) kernel: &'static str,
    pub(crate) instructions: f64,
    /// `None` where nothing was committed for it.
    pub(crate) expected: Option<f64>,
}

impl Row {
    fn difference_percent(&self) -> Option<f64> {
        let expected = self.expected?;
        Some((self.instructions / expected - 1.0) * 100.0)
    }

    pub(crate) fn is_as_expected(&self) -> bool {
        self.difference_percent()
            .is_some_and(|percent| percent.abs() <= TOLERANCE)
    }

    /// What is wrong with a figure that is not as expected.
    pub(crate) fn complaint(&self) -> String {
        let Row {
            kernel,
            instructions,
            ..
        } = self;
        match self.difference_percent() {
            Some(percent) => {
                let than = if percent > 0.0 { "more" } else { "fewer" };
                let percent = percent.abs();
                format!(
                    "error: `{kernel}` takes {percent:.1} % {than} instructions than it did \
                     (at most {TOLERANCE} %)"
                )
            }
            None => format!("error: `{kernel}` is new: {instructions:.1} instructions per record"),
        }
    }
}

pub(crate) fn print(rows: &[Row]) {
    println!(
        "{:<28} {:>20} {:>10} {:>11}",
        "kernel", "instructions/record", "expected", "difference"
    );
    for row in rows {
        let expected = row.expected.map(|figure| format!("{figure:.1}"));
        let difference = row.difference_percent().map(|by| format!("{by:+.2} %"));
        println!(
            "{:<28} {:>20.1} {:>10} {:>11}",
            row.kernel,
            row.instructions,
            expected.as_deref().unwrap_or("-"),
            difference.as_deref().unwrap_or("-"),
        );
    }
}
