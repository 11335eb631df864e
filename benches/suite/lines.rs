//! Makes lines `userN,/M`, as long as is asked for, from users who are chosen by chance.

use streamflow_test_support::random::{Choice, Random};

/// How many pages there are: each is as likely as the others.
pub(crate) const PAGES: u32 = 10;

/// The accesses of users.
pub(crate) struct UserLines {
    pub(crate) users: u32,
    pub(crate) choice: Choice,
    /// How long a line is. One whose user's number has many digits may be longer.
    pub(crate) bytes: usize,
}

/// One of them.
pub(crate) struct UserLine {
    pub(crate) user: u32,
    pub(crate) page: u32,
    pub(crate) line: String,
}

impl UserLines {
    /// So many lines, the same in every run.
    pub(crate) fn take(&self, records: u32) -> impl Iterator<Item = UserLine> {
        let mut random = Random::new(2);
        (0..records).map(move |_| {
            let user = self.choice.next(&mut random);
            let page = random.below(PAGES);
            let mut line = format!("user{user},/{page}");
            while line.len() < self.bytes {
                line.push('x');
            }
            UserLine { user, page, line }
        })
    }

    /// How often each user comes.
    pub(crate) fn counts(&self, records: u32) -> Vec<u64> {
        let mut counts = vec![0; self.users as usize];
        for UserLine { user, .. } in self.take(records) {
            counts[user as usize] += 1;
        }
        counts
    }
}
