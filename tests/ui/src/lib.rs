//! What the compiler says to mistakes in a job: see `tests/ui.rs` and the folders in `cases`.
