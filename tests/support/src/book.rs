//! Pages of the book that are made from the code: held against the tree, or written to it.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// Set to write the pages instead of comparing them.
const WRITE: &str = "STREAMFLOW_WRITE_BOOK";

/// The folder of the book's pages.
///
/// Cargo says where a test belongs when it runs. What is compiled in may be another checkout, where several share a
/// target folder.
///
/// # Panics
///
/// Panics if there is no book.
#[must_use]
pub fn folder() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    let folders = package
        .ancestors()
        .map(|folder| folder.join("docs/book/src"));
    let mut books = folders.filter(|folder| folder.is_dir());
    books.next().expect("the repository has a book")
}

/// Compares generated pages, by their paths in [`folder`], with those of the tree. Where
/// `STREAMFLOW_WRITE_BOOK` is set, writes them instead.
///
/// # Panics
///
/// Panics if a page is missing or another, and says how to write it.
pub fn holds(pages: &BTreeMap<String, String>) {
    let stale: Vec<&str> = pages
        .iter()
        .filter(|(path, page)| {
            let on_disk = fs::read_to_string(folder().join(path)).unwrap_or_default();
            on_disk != **page
        })
        .map(|(path, _)| path.as_str())
        .collect();
    if std::env::var_os(WRITE).is_none() {
        assert!(
            stale.is_empty(),
            "generated pages of the book are out of date: {stale:?}\n\
             write them anew, and read the difference:\n\
             {WRITE}=1 cargo test -p streamflow-macros -p streamflow-ui-tests book"
        );
        return;
    }
    for path in stale {
        let page = folder().join(path);
        let parent = page.parent().expect("a page lies in a folder");
        fs::create_dir_all(parent).expect("the folder of a page can be made");
        fs::write(&page, &pages[path]).expect("a page of the book can be written");
    }
}

/// The generated pages in a folder inside of [`folder`] that are not among these any more.
///
/// # Panics
///
/// Panics if there are any, unless `STREAMFLOW_WRITE_BOOK` is set: then they are removed.
pub fn holds_no_others(inside: &str, pages: &BTreeMap<String, String>) {
    let entries = fs::read_dir(folder().join(inside)).expect("the folder has pages");
    let left: Vec<String> = entries
        .map(|entry| entry.expect("an entry of the folder").file_name())
        .map(|name| format!("{inside}/{}", name.to_string_lossy()))
        .filter(|path| !pages.contains_key(path))
        .collect();
    if std::env::var_os(WRITE).is_none() {
        assert!(
            left.is_empty(),
            "nothing gives these pages of the book any more: {left:?}\n\
             {WRITE}=1 cargo test -p streamflow-macros -p streamflow-ui-tests book"
        );
        return;
    }
    for path in left {
        fs::remove_file(folder().join(path)).expect("a page of the book can be removed");
    }
}
