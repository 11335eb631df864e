//! What is counted: parts of the way of a record, and whole jobs.

mod batches;
mod jobs;
mod keys;
mod text;

/// How many records a batch has.
const BATCH: u32 = 4_096;

/// Something that records go through.
pub(crate) struct Kernel {
    pub(crate) name: &'static str,
    /// How many records are enough for a steady figure: whole batches.
    pub(crate) records: u32,
    pub(crate) run: fn(Load),
}

/// How many records a kernel is to take, and how many more it is to prepare only, so that what is
/// prepared is always the same.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) measured: u32,
    pub(crate) spare: u32,
}

impl Load {
    pub(crate) fn new(measured: u32, spare: u32) -> Self {
        Load { measured, spare }
    }
}

/// All of them, in the order of the table.
pub(crate) const ALL: [Kernel; 8] = [
    Kernel {
        name: "batch: check, walk",
        records: 64 * BATCH,
        run: batches::check_and_walk,
    },
    Kernel {
        name: "batch: unpack lz4, walk",
        records: 32 * BATCH,
        run: batches::unpack_and_walk,
    },
    Kernel {
        name: "text: decode, split",
        records: 64 * BATCH,
        run: text::decode_and_split,
    },
    Kernel {
        name: "key: 1,000 in cache",
        records: 64 * BATCH,
        run: keys::few,
    },
    Kernel {
        name: "key: 300,000, gathered",
        records: 128 * BATCH,
        run: keys::many,
    },
    Kernel {
        name: "job: count per user",
        records: 32 * BATCH,
        run: jobs::count_per_user,
    },
    Kernel {
        name: "job: averages",
        records: 16 * BATCH,
        run: jobs::averages,
    },
    Kernel {
        name: "job: JSON, sum per user",
        records: 16 * BATCH,
        run: jobs::json,
    },
];

/// The seed job's lines: `user7,/page/3`.
fn access(n: u32, users: u32) -> String {
    let user = n.wrapping_mul(2_654_435_761) % users;
    format!("user{user},/page/{}", n % 50)
}
