use std::time::Duration;

use super::*;
use crate::config::{From, Until};

const PLAN: Plan = Plan::empty("user_access");

fn command(arguments: &[&str]) -> Result<Command> {
    let arguments = std::iter::once("user_access").chain(arguments.iter().copied());
    parse(&PLAN, arguments, &Environment::default()).map(|line| line.command)
}

fn run_config(arguments: &[&str]) -> RunConfig {
    match command(arguments).unwrap() {
        Command::Run(config) => *config,
        other => panic!("{other:?} is no run"),
    }
}

fn refusal(arguments: &[&str]) -> String {
    let error = command(arguments).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    let line = error.one_line();
    line.strip_prefix("streamflow: SF0201 ").unwrap().to_owned()
}

#[test]
fn run_is_what_happens_without_a_command() {
    let flags = [
        "--brokers",
        "a:1",
        "--group",
        "g",
        "--checkpoint",
        "ck",
        "--checkpoint-every",
        "10s",
        "--from",
        "latest",
        "--until",
        "caught-up",
        "--for",
        "30s",
        "--parallelism",
        "2",
        "--shutdown",
        "5s",
        "-X",
        "client.id=x",
        "-X",
        "linger.ms=5",
    ];
    let with_run: Vec<&str> = ["run"].into_iter().chain(flags).collect();
    for config in [run_config(&flags), run_config(&with_run)] {
        assert_eq!(config.brokers.as_deref(), Some("a:1"));
        assert_eq!(config.group, "g");
        assert_eq!(config.checkpoint, Some("ck".into()));
        assert_eq!(config.checkpoint_every, Duration::from_secs(10));
        assert_eq!(config.from, From::Latest);
        assert_eq!(config.until, Until::CaughtUp);
        assert_eq!(config.run_for, Some(Duration::from_secs(30)));
        assert_eq!(config.parallelism, 2);
        assert_eq!(config.shutdown, Duration::from_secs(5));
        assert_eq!(config.properties.len(), 2);
    }
}

#[test]
fn explain_asks_for_no_settings() {
    let environment = Environment {
        variables: [("STREAMFLOW_FROM".to_owned(), "nowhere".to_owned())].into(),
        directory: None,
    };
    let line = parse(&PLAN, ["user_access", "explain", "-v"], &environment).unwrap();
    assert!(matches!(
        line.command,
        Command::Explain(View::Text, Some(_))
    ));
    assert_eq!(line.verbosity, 1);
}

fn view(arguments: &[&str]) -> View {
    match command(arguments).unwrap() {
        Command::Explain(view, _) => view,
        other => panic!("{other:?} shows nothing"),
    }
}

#[test]
fn explain_and_graph_have_the_same_formats_and_defaults_of_their_own() {
    assert_eq!(view(&["explain"]), View::Text);
    assert_eq!(view(&["graph"]), View::Mermaid);
    for command in ["explain", "graph"] {
        for (name, format) in [
            ("text", View::Text),
            ("json", View::Json),
            ("mermaid", View::Mermaid),
            ("dot", View::Dot),
            ("svg", View::Svg),
        ] {
            assert_eq!(view(&[command, "--format", name]), format);
        }
    }
}

#[test]
fn acls_are_a_view_of_their_own() {
    assert_eq!(view(&["explain", "--acls"]), View::Acls);
    for arguments in [
        ["explain", "--acls", "--format", "dot"],
        ["explain", "--format", "dot", "--acls"],
    ] {
        assert_eq!(
            refusal(&arguments),
            "`--acls` and `--format` do not go together: `--format json` has the ACLs too, under `acls`"
        );
    }
    assert_eq!(
        refusal(&["graph", "--acls"]),
        "there is no flag `--acls` here: `--help` lists what there is"
    );
}

#[test]
fn verbosity_is_counted_wherever_it_stands() {
    for arguments in [
        ["user_access", "-vv", "--for=1s"],
        ["user_access", "run", "-vv"],
    ] {
        assert_eq!(
            parse(&PLAN, arguments, &Environment::default())
                .unwrap()
                .verbosity,
            2
        );
    }
}

#[test]
fn help_teaches_and_version_names_streamflow() {
    let Command::Print(help) = command(&["--help"]).unwrap() else {
        panic!("no text")
    };
    for part in [
        "--brokers <HOST:PORT>",
        "STREAMFLOW_BROKERS",
        "Examples:",
        "Exit codes:",
    ] {
        assert!(help.contains(part), "{part} is missing in:\n{help}");
    }
    let Command::Print(version) = command(&["--version"]).unwrap() else {
        panic!("no text")
    };
    assert!(version.starts_with("user_access (streamflow "), "{version}");
}

#[test]
fn wrong_flag_is_answered_with_the_near_miss() {
    assert_eq!(
        refusal(&["--broker", "a:1"]),
        "there is no flag `--broker` here: did you mean `--brokers`?"
    );
    assert_eq!(
        refusal(&["run", "--colour"]),
        "there is no flag `--colour` here: `--help` lists what there is"
    );
}

#[test]
fn wrong_command_is_answered_with_the_near_miss() {
    assert_eq!(
        refusal(&["explian"]),
        "there is no command `explian`: did you mean `explain`?"
    );
    assert_eq!(
        refusal(&["start"]),
        "there is no command `start`: the commands are `run`, `explain` and `graph`"
    );
}

#[test]
fn wrong_value_is_answered_with_the_right_ones() {
    assert_eq!(
        refusal(&["explain", "--format", "pdf"]),
        "`pdf` is no value of `--format`: give `text`, `json`, `mermaid`, `dot` or `svg`"
    );
    assert_eq!(
        refusal(&["graph", "--format", "mermaids"]),
        "`mermaids` is no value of `--format`: did you mean `mermaid`?"
    );
    assert_eq!(
        refusal(&["--group"]),
        "flag `--group` has no value: `--help` lists what there is"
    );
    assert_eq!(
        refusal(&["--from", "latst"]),
        "`from` cannot be read: `latst` is not known: flag `--from`: did you mean `latest`?"
    );
}

#[test]
fn flags_that_contradict_are_refused() {
    assert_eq!(
        refusal(&["--group", "a", "--group", "b"]),
        "flag `--group` is given twice: give it once"
    );
    assert_eq!(
        refusal(&["--group", "a", "explain"]),
        "flags stand in front of a command: write them behind it, as in `run --brokers HOST:PORT`"
    );
}

#[test]
fn secret_in_the_wrong_place_is_not_repeated() {
    for arguments in [
        ["run", "sasl.password=hunter2"],
        ["--sasl.password=hunter2", "run"],
    ] {
        assert!(!refusal(&arguments).contains("hunter2"));
    }
}

#[test]
fn lock_writes_the_file_beside_the_manifest_or_the_one_that_is_named() {
    let environment = Environment {
        variables: [("CARGO_MANIFEST_DIR".to_owned(), "/crate".to_owned())].into(),
        directory: None,
    };
    let locking = |arguments: &[&str]| {
        let arguments = ["user_access", "lock"].iter().chain(arguments);
        match parse(&PLAN, arguments, &environment).unwrap().command {
            Command::Lock(locking) => locking,
            other => panic!("{other:?} does not lock"),
        }
    };
    let plain = locking(&[]);
    assert_eq!(plain.mode, Mode::Write);
    assert_eq!(plain.file, Path::new("/crate/streamflow.lock"));
    let check = locking(&["--check", "--file", "other.lock"]);
    assert_eq!(check.mode, Mode::Check);
    assert_eq!(check.file, Path::new("other.lock"));
}
