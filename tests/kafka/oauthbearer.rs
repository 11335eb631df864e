//! Listeners that ask for a token, and an endpoint that gives them.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use std::{fs, thread};

use streamflow::{Code, Error, RunConfig, StopSignal, Through, Until, stream_job};
use streamflow_test_support::kafka::{
    self, Admin, Answer, Broker, Compression, Message, StoredMessage, TokenEndpoint,
};
use streamflow_test_support::process::{Job, built_example, without_settings};

use crate::{PATIENCE, config, flag};

crate::with_each_source! {
    topics_are_read_and_written_with_a_token,
    sessions_that_expire_while_a_job_runs_lose_nothing,
    whoever_has_no_token_of_use_is_told_so,
    secret_and_token_are_in_nothing_that_a_job_says,
}

type Properties = Vec<(String, String)>;

/// Where the listener is, and what a client needs there.
fn with_tokens(broker: &Broker, endpoint: &TokenEndpoint, protocol: &str) -> (String, Properties) {
    let (brokers, mut properties) = broker.secured(protocol, "OAUTHBEARER");
    properties.extend(endpoint.properties());
    (brokers, properties)
}

fn set(properties: &mut Properties, name: &str, value: &str) {
    properties.retain(|(known, _)| known != name);
    properties.push((name.to_owned(), value.to_owned()));
}

/// Copies one topic to another, with these properties.
fn copy(
    broker: &Broker,
    way: Through,
    (brokers, properties): (String, Properties),
    (from, to): (&str, &str),
) -> Result<(), Error> {
    let job = stream_job! { from kafka(from) | to kafka(to) };
    let group = kafka::unique("group");
    let config = RunConfig {
        brokers: Some(brokers),
        properties,
        ..config(job.plan(), broker, way, &group)
    };
    job.run_with(config, StopSignal::new()).map(drop)
}

fn topics_are_read_and_written_with_a_token(way: Through) {
    let test = "topics_are_read_and_written_with_a_token";
    let Some(broker) = kafka::secured_broker_or_skip(test) else {
        return;
    };
    let admin = broker.admin();
    admin.create_topic("from", 2);
    let records = (0..100_000).map(|n| Message::from(format!("record {n}")));
    admin.produce("from", records, Compression::Lz4);
    for protocol in ["SASL_PLAINTEXT", "SASL_SSL"] {
        let endpoint = broker.token_endpoint();
        let to = kafka::unique("to");
        admin.create_topic(&to, 3);
        let reached = with_tokens(&broker, &endpoint, protocol);
        copy(&broker, way, reached, ("from", &to)).expect("it is let in");
        assert_eq!(admin.end_offsets(&to).values().sum::<i64>(), 100_000);
        let n_tokens = endpoint.tokens().len();
        assert_eq!(n_tokens, 1, "all connections share a token");
    }
}

/// Sends records for some time, numbered from `n_sent` on; gives the number behind them.
fn send_for(admin: &Admin, topic: &str, mut n_sent: u64, time: Duration) -> u64 {
    let begun = Instant::now();
    while begun.elapsed() < time {
        let records = (n_sent..n_sent + 100).map(|n| Message::from(n.to_string()));
        admin.produce(topic, records, Compression::None);
        n_sent += 100;
        thread::sleep(Duration::from_millis(50));
    }
    n_sent
}

fn sessions_that_expire_while_a_job_runs_lose_nothing(way: Through) {
    let test = "sessions_that_expire_while_a_job_runs_lose_nothing";
    let Some(broker) = kafka::secured_broker_or_skip(test) else {
        return;
    };
    let admin = broker.admin();
    admin.create_topic("from", 2);
    admin.create_topic("to", 2);
    let endpoint = broker.token_endpoint();
    endpoint.answer(Answer::Token(Duration::from_secs(5)));
    let (brokers, properties) = with_tokens(&broker, &endpoint, "SASL_SSL");
    let stop = StopSignal::new();
    let job = stream_job! { from kafka("from") | to kafka("to") };
    let config = RunConfig {
        brokers: Some(brokers),
        properties,
        until: Until::Stopped,
        ..config(job.plan(), &broker, way, "copies")
    };
    let n_sent = thread::scope(|scope| {
        let running = scope.spawn({
            let stop = stop.clone();
            move || job.run_with(config, stop)
        });
        // Several sessions, and more than two tokens; for a while the endpoint is of no use.
        let mut n_sent = send_for(&admin, "from", 0, Duration::from_secs(9));
        endpoint.answer(Answer::Overloaded);
        let copied = || admin.end_offsets("to").values().sum::<i64>().unsigned_abs();
        n_sent = send_for(&admin, "from", n_sent, Duration::from_secs(7));
        endpoint.answer(Answer::Token(Duration::from_secs(5)));
        let begun = Instant::now();
        while copied() < n_sent && !running.is_finished() && begun.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(50));
        }
        stop.request();
        running.join().unwrap().expect("it goes on");
        n_sent
    });
    assert!(endpoint.tokens().len() >= 3, "{}", endpoint.tokens().len());
    let messages = admin.messages("to");
    let copied: BTreeSet<&str> = messages.iter().map(StoredMessage::text).collect();
    assert_eq!(messages.len(), usize::try_from(n_sent).unwrap());
    assert_eq!(copied.len(), messages.len(), "each record once");
}

fn whoever_has_no_token_of_use_is_told_so(way: Through) {
    let test = "whoever_has_no_token_of_use_is_told_so";
    let Some(broker) = kafka::secured_broker_or_skip(test) else {
        return;
    };
    let admin = broker.admin();
    admin.create_topic("from", 1);
    admin.create_topic("to", 1);
    let endpoint = broker.token_endpoint();
    let why = |change: &dyn Fn(&mut Properties)| {
        let (brokers, mut properties) = with_tokens(&broker, &endpoint, "SASL_PLAINTEXT");
        change(&mut properties);
        let begun = Instant::now();
        let error = copy(&broker, way, (brokers, properties), ("from", "to")).unwrap_err();
        let line = error.one_line();
        assert!(begun.elapsed() < Duration::from_secs(15), "{line}");
        assert!(line.contains("OAUTHBEARER"), "{line}");
        let secrets = endpoint.tokens();
        let mut secrets = secrets
            .iter()
            .map(String::as_str)
            .chain([endpoint.secret()]);
        assert!(!secrets.any(|secret| line.contains(secret)), "{line}");
        (error.code(), line)
    };

    let (code, line) = why(&|it| set(it, "sasl.oauthbearer.client.secret", "another"));
    assert_eq!(code, Code::NotAuthorized, "{line}");
    assert!(line.contains("invalid_client: who are you?"), "{line}");
    assert!(!line.contains("another"), "{line}");

    let nobody = "http://127.0.0.1:1/token";
    let (code, line) = why(&|it| set(it, "sasl.oauthbearer.token.endpoint.url", nobody));
    assert_eq!(code, Code::BrokerUnreachable, "{line}");
    assert!(line.contains("127.0.0.1:1/token"), "{line}");

    let (code, line) = why(&|it| {
        set(
            it,
            "sasl.oauthbearer.token.endpoint.url",
            "http://idp.example/token",
        );
    });
    assert_eq!(code, Code::Config, "{line}");
    assert!(line.contains("https://"), "{line}");

    // No authority of the system has signed the certificate.
    let under_tls = broker.address_under_tls();
    let (code, line) = why(&|it| set(it, "sasl.oauthbearer.token.endpoint.url", &under_tls));
    assert_eq!(code, Code::NotAuthorized, "{line}");
    assert!(line.contains("https.ca.location"), "{line}");
    // The one that is named has: what listens there is no endpoint.
    let (_, of_broker) = broker.secured("SSL", "");
    let certificate = &of_broker.iter().find(|(name, _)| name == "ssl.ca.location");
    let (_, certificate) = certificate.expect("it has a certificate");
    let (code, line) = why(&|it| {
        set(it, "sasl.oauthbearer.token.endpoint.url", &under_tls);
        set(it, "https.ca.location", certificate);
    });
    assert_eq!(code, Code::BrokerUnreachable, "{line}");

    endpoint.answer(Answer::ForgedToken);
    // Another scope would be another client; this makes it one.
    let (code, line) = why(&|it| set(it, "sasl.oauthbearer.extensions", "traceId=forged"));
    assert_eq!(code, Code::NotAuthorized, "{line}");
    assert!(
        line.contains("invalid_token") && line.contains("127.0.0.1"),
        "{line}"
    );
}

fn secret_and_token_are_in_nothing_that_a_job_says(way: Through) {
    let test = "secret_and_token_are_in_nothing_that_a_job_says";
    let Some(broker) = kafka::secured_broker_or_skip(test) else {
        return;
    };
    let admin = broker.admin();
    admin.create_topic("user_access", 1);
    let records = (0..100).map(|n| Message::from(format!("user{n},/home")));
    admin.produce("user_access", records, Compression::None);
    let endpoint = broker.token_endpoint();
    // The one beside the tests may be built without TLS.
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let example = built_example(package, "user_access", &["--features", "tls"]).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let run = |command_and_flags: &[&str]| {
        let (brokers, mut properties) = with_tokens(&broker, &endpoint, "SASL_PLAINTEXT");
        set(
            &mut properties,
            "sasl.oauthbearer.client.secret",
            "${CLIENT_SECRET}",
        );
        let properties = properties.iter();
        let lines = properties.map(|(name, value)| format!("{name} = {value:?}\n"));
        let file = directory.path().join("streamflow.toml");
        fs::write(&file, format!("[kafka]\n{}", lines.collect::<String>())).unwrap();
        let mut command = without_settings(Command::new(&example));
        command.args(command_and_flags);
        command.args(["--brokers", &brokers, "--source", flag(way)]);
        command.arg("--config").arg(&file);
        command
            .env("STREAMFLOW_LOG", "trace")
            .env("CLIENT_SECRET", endpoint.secret());
        let ended = Job::start(&mut command).wait(PATIENCE);
        let said = format!("{}{}", ended.stdout, ended.stderr);
        let secrets = endpoint.tokens();
        let secrets = secrets
            .iter()
            .map(String::as_str)
            .chain([endpoint.secret()]);
        for secret in secrets {
            assert!(!said.contains(secret), "{said}");
        }
        (ended.code, said)
    };
    let (code, said) = run(&["run", "--until", "caught-up", "--from", "earliest"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("(user7,1)"), "{said}");
    let (code, said) = run(&["explain"]);
    assert_eq!(code, Some(0), "{said}");
    endpoint.answer(Answer::ForgedToken);
    let (code, said) = run(&["run", "--until", "caught-up", "--from", "earliest"]);
    assert_eq!(code, Some(77), "{said}");
    assert!(said.contains("invalid_token"), "{said}");
}
