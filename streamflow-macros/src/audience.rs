//! Who reads an expansion: the Rust compiler, or an editor.

/// The reader of an expansion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// The Rust compiler: it gets the job, or the mistakes and whatever is sound besides.
    Compiler,
    /// An editor: it asks about jobs that are being written, so it gets all of the user's code,
    /// sound or not, in a form that has types.
    Editor,
}

impl Audience {
    /// The one who has this macro expanded.
    ///
    /// rust-analyzer expands macros in a process of its own, and tells them nothing: the name of
    /// the program is all there is to go by.
    pub(crate) fn of_this_process() -> Self {
        static IN_EDITOR: std::sync::LazyLock<bool> = std::sync::LazyLock::new(|| {
            std::env::current_exe().is_ok_and(|program| {
                program
                    .file_name()
                    .is_some_and(|name| name.to_string_lossy().contains("rust-analyzer"))
            })
        });
        if *IN_EDITOR {
            Audience::Editor
        } else {
            Audience::Compiler
        }
    }
}
