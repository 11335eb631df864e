//! Words the figures of several runs.

/// Median, least and greatest, as in `24 (22..31)`; the greater of the two in the middle where their
/// number is even.
pub fn spread(figures: impl IntoIterator<Item = f64>, decimals: usize) -> String {
    let mut figures: Vec<f64> = figures.into_iter().collect();
    figures.sort_by(f64::total_cmp);
    let [min, median, max] = [0, figures.len() / 2, figures.len().saturating_sub(1)]
        .map(|place| figures.get(place).copied().unwrap_or_default());
    format!("{median:.decimals$} ({min:.decimals$}..{max:.decimals$})")
}

/// The figure below which a share of them lies, such as 0.99; they are in order.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a place in a list, of a share between 0 and 1"
    )]
    let place = (share * sorted.len() as f64).ceil() as usize;
    sorted
        .get(place.saturating_sub(1).min(sorted.len().saturating_sub(1)))
        .copied()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figure_in_the_middle_stands_first() {
        assert_eq!(spread([3.0, 1.0, 2.25], 1), "2.2 (1.0..3.0)");
        assert_eq!(spread([], 0), "0 (0..0)");
    }

    #[test]
    fn a_quantile_is_one_of_the_figures() {
        let figures: Vec<f64> = (1..=1000).map(f64::from).collect();
        let quantiles = [0.0, 0.5, 0.99, 0.999, 1.0].map(|share| quantile(&figures, share));
        assert_eq!(
            format!("{quantiles:?}"),
            "[1.0, 500.0, 990.0, 999.0, 1000.0]"
        );
        assert!(quantile(&[], 0.5).abs() < f64::EPSILON);
    }
}
