//! The command line that every job binary has.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;
use std::time::Duration;

use streamflow_test_support::printed;
use streamflow_test_support::process::{Ended, Job, example_command};

const PATIENCE: Duration = Duration::from_secs(60);

fn ran(arguments: &[&str]) -> Ended {
    Job::start(example_command("user_access").args(arguments)).wait(PATIENCE)
}

#[test]
fn help_names_every_flag_and_exit_code() {
    let ended = ran(&["--help"]);
    assert_eq!(ended.code, Some(0));
    for word in [
        "--brokers",
        "--group",
        "--checkpoint",
        "--from",
        "--until",
        "--for",
        "--parallelism",
        "--config",
        "-X",
        "explain",
        "graph",
        "Exit codes",
    ] {
        assert!(
            ended.stdout.contains(word),
            "{word} is missing:\n{}",
            ended.stdout
        );
    }
}

#[test]
fn misspelt_flag_is_answered_in_one_line() {
    let ended = ran(&["--broker", "localhost:9092"]);
    assert_eq!(ended.code, Some(2));
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    assert!(ended.stderr.contains("--brokers"), "{}", ended.stderr);
}

#[test]
fn bad_value_of_a_flag_names_the_flag_and_what_is_expected() {
    let ended = ran(&["--for", "3 weeks"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("--for"), "{}", ended.stderr);
}

#[test]
fn explain_shows_the_plan_as_text_and_as_a_flowchart() {
    let text = ran(&["explain"]);
    assert_eq!(text.code, Some(0));
    assert!(
        text.stdout.contains("reduce_by_key(+) every 1s"),
        "{}",
        text.stdout
    );
    assert!(text.stdout.contains("at-least-once"), "{}", text.stdout);
    let mermaid = ran(&["explain", "--format", "mermaid"]);
    assert_eq!(mermaid.code, Some(0));
    assert!(
        mermaid.stdout.contains("\nflowchart TD\n"),
        "{}",
        mermaid.stdout
    );
}

#[test]
fn explain_says_in_which_way_topics_are_read_and_why() {
    let input = |arguments: &[&str]| {
        let ended = ran(&[&["explain"], arguments].concat());
        let line = ended.stdout.lines().find(|line| line.starts_with("input "));
        line.expect("there is such a line").to_owned()
    };
    let brokers = ["--brokers", "a:9092"];
    let rack = [&brokers[..], &["-X", "client.rack=r1"]].concat();
    let found = input(&brokers);
    assert!(found.contains("connections of streamflow's own"), "{found}");
    let found = input(&rack);
    assert!(
        found.contains("librdkafka: `client.rack` is set"),
        "{found}"
    );
    let found = input(&[&rack[..], &["--source", "native"]].concat());
    assert!(found.contains("not known: SF"), "{found}");
    let json = ran(&[
        "explain",
        "--format",
        "json",
        "--source",
        "rdkafka",
        "--brokers",
        "a",
    ]);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["input"]["through"], "rdkafka");
    assert_eq!(json["input"]["why"], "`source` says so");
}

#[test]
fn explain_names_the_types_that_only_the_compiler_knows() {
    let text = ran(&["explain"]);
    assert_eq!(text.code, Some(0));
    for words in ["→ &str\n", "→ (&str, u64)\n", "`keyed str -> u64`"] {
        assert!(text.stdout.contains(words), "{words}:\n{}", text.stdout);
    }
    let json = ran(&["explain", "--format", "json"]);
    let described: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(described["format"], 1);
    assert_eq!(described["edges"][2]["items"], "(&str, u64)");
}

#[test]
fn graph_draws_the_job_in_every_format() {
    for (arguments, begins) in [
        (vec!["graph"], "%% job user_access\n"),
        (
            vec!["graph", "--format", "dot"],
            "digraph \"user_access\" {\n",
        ),
        (vec!["graph", "--format", "svg"], "<svg xmlns="),
        (vec!["graph", "--format", "json"], "{\n  \"format\": 1,\n"),
        (
            vec!["graph", "--format", "text"],
            "job         user_access\n",
        ),
    ] {
        let ended = ran(&arguments);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert!(ended.stdout.starts_with(begins), "{}", ended.stdout);
    }
}

#[test]
fn book_shows_what_the_commands_print() {
    let book = include_str!("../docs/book/src/explain.md");
    for arguments in [vec!["explain"], vec!["explain", "--acls"], vec!["graph"]] {
        let printed = ran(&arguments).stdout;
        let block = format!("```text\n{printed}```\n");
        assert!(book.contains(&block), "{arguments:?} prints\n{printed}");
    }
}

#[test]
fn acls_are_commands_for_the_topic_and_the_group() {
    let ended = ran(&["explain", "--acls"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let commands: Vec<_> = ended
        .stdout
        .lines()
        .filter(|l| !l.starts_with('#'))
        .collect();
    let [topic, group] = commands.as_slice() else {
        panic!("{}", ended.stdout)
    };
    for command in [topic, group] {
        assert!(command.starts_with("kafka-acls.sh --bootstrap-server HOST:PORT --add "));
    }
    assert!(topic.ends_with("--operation Read --operation Describe --topic user_access"));
    assert!(group.ends_with("--operation Read --group streamflow.user_access"));
}

#[test]
fn configuration_file_is_read_and_a_flag_overrides_it() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("job.toml");
    std::fs::write(&file, "until = \"caught-up\"\nfor = \"1x\"\n").unwrap();
    let file = file.display().to_string();
    let ended = ran(&["--config", &file]);
    assert_eq!(ended.code, Some(78), "{}", ended.stderr);
    assert!(ended.stderr.contains("line 2"), "{}", ended.stderr);
    let ended = ran(&["--config", &file, "--for", "10s"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

#[test]
fn sigterm_ends_the_job_cleanly_with_what_it_has_counted() {
    let mut job = Job::start(&mut example_command("user_access"));
    job.wait_for_line(|line| line.starts_with("(user"), PATIENCE);
    job.terminate();
    let ended = job.wait(PATIENCE);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(
        printed::blocks(&ended.stdout).len() >= 2,
        "{}",
        ended.stdout
    );
}

#[test]
fn reader_that_goes_away_ends_the_job_quietly() {
    let mut child = example_command("user_access")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    drop(stdout);
    let mut stderr = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut stderr)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(141), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "only the introduction: {stderr}");
}

#[test]
fn secrets_are_not_repeated() {
    let ended = ran(&[
        "--brokers",
        "127.0.0.1:1",
        "-X",
        "sasl.password=hunter2",
        "-X",
        "sasl.mechanism=NONSENSE",
        "-X",
        "security.protocol=sasl_plaintext",
        "-vv",
    ]);
    assert_ne!(ended.code, Some(0));
    assert!(!ended.stderr.contains("hunter2"), "{}", ended.stderr);
    assert!(!ended.stdout.contains("hunter2"), "{}", ended.stdout);
}
