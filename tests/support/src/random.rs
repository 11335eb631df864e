//! Numbers that look random and are the same in every run.

/// A sequence of numbers (`SplitMix64`).
#[derive(Debug)]
pub struct Random(u64);

impl Random {
    /// The sequence of a seed.
    pub fn new(seed: u64) -> Self {
        Random(seed)
    }

    /// The next number, each as likely as the others.
    #[expect(clippy::should_implement_trait, reason = "it never ends")]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, each as likely as the others.
    pub fn below(&mut self, end: u32) -> u32 {
        let scaled = u64::from(self.bits()) * u64::from(end);
        u32::try_from(scaled >> 32).unwrap_or_default()
    }

    /// A number from 0 to 1.
    pub fn share(&mut self) -> f64 {
        f64::from(self.bits()) / (f64::from(u32::MAX) + 1.0)
    }

    fn bits(&mut self) -> u32 {
        u32::try_from(self.next() >> 32).unwrap_or_default()
    }
}

/// Which of several things comes next.
#[derive(Debug)]
pub enum Choice {
    /// Each is as likely as the others; how many there are.
    Uniform(u32),
    /// The one in place n comes 1/n times as often as the first: the share of each with all before
    /// it.
    Zipf(Vec<f64>),
}

impl Choice {
    /// Zipf's law with the exponent 1 over `end` things.
    pub fn zipf(end: u32) -> Self {
        let mut sum = 0.0;
        let sums = (1..=end).map(|place| {
            sum += 1.0 / f64::from(place);
            sum
        });
        let mut shares: Vec<f64> = sums.collect();
        for share in &mut shares {
            *share /= sum;
        }
        Choice::Zipf(shares)
    }

    /// What comes next, by its number.
    pub fn next(&self, random: &mut Random) -> u32 {
        match self {
            Choice::Uniform(end) => random.below(*end),
            Choice::Zipf(shares) => {
                let share = random.share();
                let place = shares.partition_point(|up_to| *up_to < share);
                u32::try_from(place.min(shares.len() - 1)).unwrap_or_default()
            }
        }
    }
}
