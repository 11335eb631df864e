use super::*;
use crate::plan::Settings;

const PLAN: Plan = Plan {
    name: "user_access",
    stages: &[],
    settings: Settings {
        checkpoint: None,
        checkpoint_every_ms: None,
        parallelism: Some(3),
        memory_bytes: Some(2 << 30),
        shutdown_ms: Some(5_000),
    },
};

fn environment(variables: &[(&str, &str)]) -> Environment {
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).into(), (*value).into()))
        .collect();
    Environment {
        variables,
        directory: None,
    }
}

fn flags(settings: &[(Setting, &str)]) -> Flags {
    let settings = settings
        .iter()
        .map(|(setting, text)| (*setting, (*text).into()))
        .collect();
    Flags {
        settings,
        ..Flags::default()
    }
}

fn in_file(text: &str) -> (tempfile::TempDir, Environment) {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("streamflow.toml"), text).unwrap();
    std::fs::write(directory.path().join("pw"), "hunter2\n").unwrap();
    let environment = Environment {
        directory: Some(directory.path().into()),
        ..environment(&[])
    };
    (directory, environment)
}

fn refusal(flags: &Flags, environment: &Environment) -> String {
    resolve(&PLAN, flags, environment).unwrap_err().one_line()
}

#[test]
fn without_any_say_the_header_and_the_defaults_count() {
    let config = RunConfig::of(&PLAN).unwrap();
    assert_eq!(config.brokers, None);
    assert_eq!(config.group, "streamflow.user_access");
    assert_eq!(config.checkpoint_every, Duration::from_secs(1));
    assert_eq!(config.from, From::Checkpoint);
    assert_eq!(config.until, Until::Stopped);
    assert_eq!(config.parallelism, 3);
    assert_eq!(config.shutdown, Duration::from_secs(5));
}

#[test]
fn flag_beats_environment_beats_file_beats_header() {
    let parallelism = |flags: &Flags, environment: &Environment| {
        resolve(&PLAN, flags, environment)
            .unwrap()
            .config
            .parallelism
    };
    let (_directory, mut environment) = in_file("parallelism = 5");
    assert_eq!(parallelism(&flags(&[]), &environment), 5);
    environment
        .variables
        .insert("STREAMFLOW_PARALLELISM".into(), "6".into());
    assert_eq!(parallelism(&flags(&[]), &environment), 6);
    assert_eq!(
        parallelism(&flags(&[(Setting::Parallelism, "7")]), &environment),
        7
    );
}

#[test]
fn every_value_knows_where_it_was_set() {
    let (_directory, environment) = in_file("\nfrom = \"latest\"");
    let resolved = resolve(&PLAN, &flags(&[(Setting::Group, "g")]), &environment).unwrap();
    let line = Origin::File {
        path: "streamflow.toml".into(),
        line: 2,
    };
    assert_eq!(resolved.origins.get(&Setting::From), Some(&line));
    assert_eq!(
        resolved.origins.get(&Setting::Group),
        Some(&Origin::Flag("group"))
    );
    assert_eq!(
        resolved.origins.get(&Setting::Shutdown),
        Some(&Origin::Header)
    );
    assert_eq!(resolved.origins.get(&Setting::Brokers), None);
}

#[test]
fn bad_value_is_refused_with_the_place_it_came_from() {
    assert_eq!(
        refusal(
            &flags(&[]),
            &environment(&[("STREAMFLOW_PARALLELISM", "many")])
        ),
        "streamflow: SF7801 `parallelism` cannot be read: `many` is no number of workers: \
         environment variable `STREAMFLOW_PARALLELISM`: give a whole number from 1 to 1024"
    );
    assert_eq!(
        refusal(&flags(&[(Setting::For, "10")]), &environment(&[])),
        "streamflow: SF0201 `for` cannot be read: `10` has no unit: flag `--for`: \
         write `10ms`, `10s`, `10m`, `10h` or `10d`"
    );
    let (_directory, environment) = in_file("checkpoint = \"s3://bucket\"");
    assert!(
        refusal(&flags(&[]), &environment).contains("streamflow.toml, line 1: give a directory")
    );
}

#[test]
fn empty_variable_is_not_taken_for_none() {
    let line = refusal(&flags(&[]), &environment(&[("STREAMFLOW_BROKERS", "")]));
    assert!(line.contains("names no broker"), "{line}");
}

#[test]
fn misspelt_variable_is_not_passed_over() {
    let line = refusal(&flags(&[]), &environment(&[("STREAMFLOW_BROKER", "a:1")]));
    assert!(
        line.contains("did you mean `STREAMFLOW_BROKERS`?"),
        "{line}"
    );
    // What Kubernetes sets beside a service called `streamflow` is none of ours.
    let service = environment(&[
        ("STREAMFLOW_SERVICE_HOST", "10.0.0.1"),
        ("STREAMFLOW_PORT", "1"),
    ]);
    assert!(resolve(&PLAN, &flags(&[]), &service).is_ok());
}

#[test]
fn file_that_is_named_must_exist() {
    let named = Flags {
        config: Some("none.toml".into()),
        ..Flags::default()
    };
    let line = refusal(&named, &environment(&[]));
    assert!(
        line.contains("SF7801 cannot read the configuration file"),
        "{line}"
    );
    assert!(line.contains("none.toml"), "{line}");
}

#[test]
fn properties_come_in_order_and_flags_take_the_place_of_the_file() {
    let (_directory, environment) = in_file("[kafka]\nfetch.min.bytes = 1\nclient.id = \"a\"\n");
    let flags = Flags {
        properties: vec!["client.id=b=c".into(), "debug=".into()],
        ..Flags::default()
    };
    let properties = resolve(&PLAN, &flags, &environment)
        .unwrap()
        .config
        .properties;
    let expected = [
        ("fetch.min.bytes", "1"),
        ("client.id", "b=c"),
        ("debug", ""),
    ];
    assert_eq!(
        properties,
        expected.map(|(name, value)| (name.into(), value.into()))
    );
}

#[test]
fn properties_that_would_break_a_promise_are_refused() {
    let flags = Flags {
        properties: vec!["enable.auto.commit=true".into()],
        ..Flags::default()
    };
    let line = refusal(&flags, &environment(&[]));
    assert!(
        line.contains("SF0201 property `enable.auto.commit` cannot be set"),
        "{line}"
    );
    let (_directory, environment) = in_file("[kafka]\nbootstrap.servers = \"a:1\"\n");
    let line = refusal(&Flags::default(), &environment);
    assert!(
        line.contains("line 2: use `brokers` or `--brokers`"),
        "{line}"
    );
}

#[test]
fn secrets_come_from_files_and_variables_and_are_never_shown() {
    let (_directory, mut environment) =
        in_file("[kafka]\nsasl.password = \"${file:pw}\"\nsasl.username = \"${KAFKA_USER}\"\n");
    environment
        .variables
        .insert("KAFKA_USER".into(), "canary".into());
    let flags = Flags {
        properties: vec!["ssl.key.password=${KAFKA_USER}2".into()],
        ..Flags::default()
    };
    let resolved = resolve(&PLAN, &flags, &environment).unwrap();
    assert_eq!(
        resolved.config.properties[0],
        ("sasl.password".into(), "hunter2".into())
    );
    assert_eq!(
        resolved.config.properties[2],
        ("ssl.key.password".into(), "canary2".into())
    );
    let shown = format!("{resolved:?} {flags:?} {environment:?}");
    assert!(
        !shown.contains("hunter2") && !shown.contains("canary"),
        "{shown}"
    );
}

#[test]
fn secret_without_a_name_is_not_repeated() {
    let flags = Flags {
        properties: vec!["sasl.password:hunter2".into()],
        ..Flags::default()
    };
    let line = refusal(&flags, &environment(&[]));
    assert!(
        line.contains("flag `-X`: write `-X property=value`"),
        "{line}"
    );
    assert!(!line.contains("hunter2"), "{line}");
}

#[test]
fn missing_variable_is_named_with_its_line() {
    let (_directory, environment) = in_file("[kafka]\nsasl.password = \"${PW}\"\n");
    let line = refusal(&Flags::default(), &environment);
    assert!(
        line.contains("variable `PW` is not set: streamflow.toml, line 2"),
        "{line}"
    );
}
