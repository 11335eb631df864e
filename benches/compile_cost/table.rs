//! The figures of all rounds, as a table.

/// Bytes in a MiB.
pub(crate) const MIB: f64 = 1024.0 * 1024.0;

/// The figures of one job in one round.
pub(crate) struct Taken {
    pub(crate) expansion_s: f64,
    pub(crate) optimised_s: f64,
    pub(crate) check_s: f64,
    pub(crate) check_peak_bytes: f64,
    pub(crate) build_s: f64,
    pub(crate) build_peak_bytes: f64,
}

/// The figures of one job, each with one entry for each round.
#[derive(Clone, Default)]
pub(crate) struct Figures {
    pub(crate) expansion_s: Vec<f64>,
    optimised_s: Vec<f64>,
    pub(crate) check_s: Vec<f64>,
    pub(crate) check_peak_bytes: Vec<f64>,
    build_s: Vec<f64>,
    build_peak_bytes: Vec<f64>,
}

impl Figures {
    pub(crate) fn take(&mut self, taken: Taken) {
        self.expansion_s.push(taken.expansion_s);
        self.optimised_s.push(taken.optimised_s);
        self.check_s.push(taken.check_s);
        self.check_peak_bytes.push(taken.check_peak_bytes);
        self.build_s.push(taken.build_s);
        self.build_peak_bytes.push(taken.build_peak_bytes);
    }
}

/// Median, minimum and maximum of a figure.
pub(crate) struct Spread {
    pub(crate) median: f64,
    min: f64,
    max: f64,
}

impl Spread {
    pub(crate) fn of(figures: &[f64]) -> Self {
        let mut sorted = figures.to_vec();
        sorted.sort_by(f64::total_cmp);
        Self {
            median: sorted[sorted.len() / 2],
            min: sorted[0],
            max: sorted[sorted.len() - 1],
        }
    }

    fn shown(&self, scale: f64, decimals: usize) -> String {
        let [median, min, max] = [self.median, self.min, self.max].map(|figure| figure * scale);
        format!("{median:.decimals$} ({min:.decimals$}..{max:.decimals$})")
    }
}

/// Prints a row for each job. Expansion is shown less that of the first, which has no job.
pub(crate) fn print(sizes: &[usize], figures: &[Figures]) {
    println!(
        "{:>9} {:>18} {:>18} {:>18} {:>14} {:>18} {:>14}",
        "operators", "macro ms", "macro -O3 ms", "check s", "peak MiB", "build s", "peak MiB"
    );
    let Some(empty) = figures.first() else { return };
    let less = |times: &[f64], base: &[f64]| {
        let base = Spread::of(base).median;
        let times: Vec<f64> = times.iter().map(|time| time - base).collect();
        Spread::of(&times).shown(1e3, 1)
    };
    let plain = |figures: &[f64], scale, decimals| Spread::of(figures).shown(scale, decimals);
    for (operators, row) in sizes.iter().zip(figures) {
        println!(
            "{operators:>9} {:>18} {:>18} {:>18} {:>14} {:>18} {:>14}",
            less(&row.expansion_s, &empty.expansion_s),
            less(&row.optimised_s, &empty.optimised_s),
            plain(&row.check_s, 1.0, 2),
            plain(&row.check_peak_bytes, 1.0 / MIB, 0),
            plain(&row.build_s, 1.0, 2),
            plain(&row.build_peak_bytes, 1.0 / MIB, 0),
        );
    }
}
