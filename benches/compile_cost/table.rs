//! The figures of all rounds, as a table.

/// Bytes in a megabyte.
pub(crate) const MB: f64 = 1e6;

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
    pub(crate) fn take(&mut self, taken: &Taken) {
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

/// Prints a row for each job; the first row is the empty `main`, whose expansion the others are
/// shown without.
pub(crate) fn print(sizes: &[usize], figures: &[Figures]) {
    println!(
        "{:>9} {:>18} {:>18} {:>18} {:>14} {:>18} {:>14}",
        "operators", "macro ms", "macro -O3 ms", "check s", "peak MB", "build s", "peak MB"
    );
    let Some(empty) = figures.first() else { return };
    for (operators, row) in sizes.iter().zip(figures) {
        let [as_built, optimised] = if *operators == 0 {
            ["-", "-"].map(str::to_owned)
        } else {
            [
                Spread::of(&without(&empty.expansion_s, &row.expansion_s)).shown(1e3, 1),
                Spread::of(&without(&empty.optimised_s, &row.optimised_s)).shown(1e3, 1),
            ]
        };
        println!(
            "{operators:>9} {as_built:>18} {optimised:>18} {:>18} {:>14} {:>18} {:>14}",
            Spread::of(&row.check_s).shown(1.0, 2),
            Spread::of(&row.check_peak_bytes).shown(1.0 / MB, 0),
            Spread::of(&row.build_s).shown(1.0, 2),
            Spread::of(&row.build_peak_bytes).shown(1.0 / MB, 0),
        );
    }
}

/// The times of a job, less the median of what the empty `main` took.
pub(crate) fn without(empty: &[f64], times: &[f64]) -> Vec<f64> {
    let empty = Spread::of(empty).median;
    times.iter().map(|time| time - empty).collect()
}
