//! The book is whole: its table of contents, its links, and the tests of its code.
//!
//! What the code does is tested where it stands, by the documentation's tests: see `src/book.rs`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use streamflow_test_support::book::folder;

/// A line of a page.
enum Line<'p> {
    /// The language behind the fence that opens a block of code; empty if there is none.
    Opens(&'p str),
    Code,
    Text(&'p str),
}

/// The lines of a page, told apart.
fn lines(page: &str) -> Vec<Line<'_>> {
    let mut inside = false;
    let mut lines = Vec::new();
    for line in page.lines() {
        lines.push(match line.trim_start().strip_prefix("```") {
            Some(language) if !inside => {
                inside = true;
                Line::Opens(language)
            }
            Some(_) => {
                inside = false;
                Line::Code
            }
            None if inside => Line::Code,
            None => Line::Text(line),
        });
    }
    lines
}

/// Where the links of a text lead to: `[words](here)`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|behind| behind.split_once(')'))
        .map(|(target, _)| target)
}

/// Every page of the folder by its path inside of it, but for the table of contents.
fn pages() -> BTreeSet<String> {
    let mut pages = BTreeSet::new();
    collect(&folder(), &folder(), &mut pages);
    pages.remove("SUMMARY.md");
    pages
}

fn collect(root: &Path, inside: &Path, pages: &mut BTreeSet<String>) {
    for entry in fs::read_dir(inside).expect("a folder of the book") {
        let path = entry.expect("an entry of the folder").path();
        if path.is_dir() {
            collect(root, &path, pages);
        } else {
            let name = path.strip_prefix(root).expect("it lies in the folder");
            pages.insert(name.to_string_lossy().into_owned());
        }
    }
}

fn read(page: &str) -> String {
    let path: PathBuf = folder().join(page);
    fs::read_to_string(&path).unwrap_or_else(|cause| panic!("{}: {cause}", path.display()))
}

/// What a heading is called behind a `#`.
fn anchor(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter_map(|letter| match letter {
            ' ' => Some('-'),
            '-' | '_' => Some(letter),
            letter => letter.is_alphanumeric().then_some(letter),
        })
        .collect()
}

fn anchors(page: &str) -> BTreeSet<String> {
    lines(page)
        .iter()
        .filter_map(|line| match line {
            Line::Text(text) => text.strip_prefix('#'),
            Line::Opens(_) | Line::Code => None,
        })
        .map(|heading| anchor(heading.trim_start_matches('#').trim()))
        .collect()
}

#[test]
fn table_of_contents_lists_every_page_once() {
    let contents = read("SUMMARY.md");
    let mut listed: Vec<String> = links(&contents).map(str::to_owned).collect();
    listed.sort();
    assert_eq!(listed, pages().into_iter().collect::<Vec<_>>());
}

#[test]
fn links_inside_of_the_book_lead_somewhere() {
    let mut broken = Vec::new();
    for page in pages() {
        let text = read(&page);
        let prose = lines(&text).into_iter().filter_map(|line| match line {
            Line::Text(text) => Some(text),
            Line::Opens(_) | Line::Code => None,
        });
        for target in prose.flat_map(links) {
            if target.contains("://") {
                continue;
            }
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let from = folder().join(&page);
            let to = match file {
                "" => from,
                file => from.parent().expect("a page lies in a folder").join(file),
            };
            let leads = fs::read_to_string(to)
                .is_ok_and(|page| heading.is_empty() || anchors(&page).contains(heading));
            if !leads {
                broken.push(format!("{page}: {target}"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn blocks_of_code_say_their_language() {
    for page in pages() {
        for line in lines(&read(&page)) {
            if let Line::Opens(language) = line {
                assert!(
                    !language.is_empty(),
                    "{page} has a block without a language"
                );
            }
        }
    }
}

#[test]
fn pages_with_rust_are_tested() {
    let tested: BTreeSet<String> = include_str!("../src/book.rs")
        .lines()
        .filter_map(|line| line.trim().strip_suffix("\";"))
        .filter_map(|line| line.split_once('"'))
        .map(|(_, file)| file.to_owned())
        .collect();
    let with_rust: BTreeSet<String> = pages()
        .into_iter()
        .filter(|page| {
            lines(&read(page)).iter().any(|line| match line {
                Line::Opens(language) => {
                    language.starts_with("rust") && !language.contains("ignore")
                }
                Line::Code | Line::Text(_) => false,
            })
        })
        .collect();
    assert_eq!(tested, with_rust, "the pages in src/book.rs");
}
