//! What rust-analyzer knows inside of a job: each question is asked about a job that is complete,
//! and about one that is not.

mod cases;

use std::fs;
use std::path::Path;

use cases::{CASES, Case, NAMED, Question};
use streamflow_editor_tests::client::Client;
use streamflow_editor_tests::project::Project;
use streamflow_editor_tests::questions::Editor;
use streamflow_editor_tests::server;

#[test]
fn questions_about_jobs_are_answered_while_they_are_being_written() {
    let Some((mut client, mut project)) = start() else {
        return;
    };
    let mut failures = Vec::new();
    for case in CASES {
        for (state, job) in [("complete", case.complete), ("incomplete", case.incomplete)] {
            let job = job.replace(NAMED, "");
            let mut editor = Editor::new(&mut client, &mut project, &job);
            let answered = answer(case, state, &mut editor);
            let said = diagnostics(case, state, &mut editor);
            for failure in [answered, said].into_iter().filter_map(Result::err) {
                failures.push(format!("{}, {state}: {job}\n    {failure}", case.what));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The corpus of the compiler's own tests: what an editor gets for it has no mistakes either.
#[test]
fn nothing_is_underlined_in_jobs_without_mistakes() {
    let Some((mut client, mut project)) = start() else {
        return;
    };
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../streamflow-macros/src/tests/jobs");
    for entry in fs::read_dir(folder).expect("the corpus") {
        let path = entry.expect("a file of the corpus").path();
        let job = fs::read_to_string(&path).expect("a job of the corpus");
        let said = Editor::new(&mut client, &mut project, &job).diagnostics();
        assert_eq!(said, [], "{}", path.display());
    }
}

/// A server that has loaded its project; or none, and the reason is printed.
fn start() -> Option<(Client, Project)> {
    let program = match server::find() {
        Ok(program) => program,
        Err(reason) => {
            let required = std::env::var_os(server::VARIABLE).is_some();
            assert!(!required, "{}: {reason}", server::VARIABLE);
            eprintln!("SKIPPED: no rust-analyzer to ask: {reason}");
            return None;
        }
    };
    let project = Project::new();
    // Kept from one run to the next: rust-analyzer builds the macro there.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("editor");
    let mut client = Client::start(&program, project.root(), &target);
    project.open(&mut client);
    Some((client, project))
}

/// Whether the editor's question gets the right answer.
fn answer(case: &Case, state: &str, editor: &mut Editor<'_>) -> Result<(), String> {
    match case.question {
        Question::Hover(expected) => {
            let shown = editor.hover();
            holds(shown.contains(expected), expected, &shown)
        }
        Question::Completion(expected) => {
            let offered = editor.completions();
            let all = expected
                .iter()
                .all(|word| offered.iter().any(|offer| offer == word));
            holds(all, expected, &offered)
        }
        Question::NoHover => {
            let shown = editor.hover();
            holds(shown.is_empty(), "nothing", &shown)
        }
        Question::NoCompletion(word) => {
            let offered = editor.completions();
            holds(
                offered.iter().all(|offer| offer != word),
                "this to be missing",
                &offered,
            )
        }
        Question::Definition(expected) => {
            let found = editor.definitions();
            let first = found.first().is_some_and(|line| line.contains(expected));
            holds(first, expected, &found)
        }
        Question::Rename(name) => {
            let job = match state {
                "complete" => case.complete,
                _ => case.incomplete,
            };
            let expected = cases::renamed(editor.text(), job, name);
            let renamed = editor.renamed(cases::NEW_NAME);
            holds(renamed == expected, &expected, &renamed)
        }
    }
}

/// Whether the mistakes of the job, and nothing else, are underlined.
fn diagnostics(case: &Case, state: &str, editor: &mut Editor<'_>) -> Result<(), String> {
    let expected: &[(&str, &str)] = match state {
        "complete" => &[],
        _ => case.mistakes,
    };
    let said = editor.diagnostics();
    let same = said.len() == expected.len()
        && expected.iter().all(|(token, message)| {
            said.iter()
                .any(|(underlined, text)| underlined == token && text.contains(message))
        });
    holds(same, expected, &said)
}

fn holds(
    holds: bool,
    expected: &(impl std::fmt::Debug + ?Sized),
    found: &(impl std::fmt::Debug + ?Sized),
) -> Result<(), String> {
    if holds {
        Ok(())
    } else {
        Err(format!("expected {expected:?}, found {found:?}"))
    }
}
