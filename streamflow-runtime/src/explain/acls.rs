//! Says what Kafka must allow the job, and no more: as commands for `kafka-acls.sh`.
//!
//! The idempotent producer needs nothing beside `Write` on its topics since Kafka 3.0 (KIP-679);
//! brokers before that ask for `IdempotentWrite` on the cluster.

use std::fmt::Write as _;

use serde::Serialize;

use crate::plan::{OnError, Plan, Role, Topic};

const READS: &[&str] = &["Read", "Describe"];
const WRITES: &[&str] = &["Write", "Describe"];

/// Operations that must be allowed on something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Acl {
    /// The kind of thing: a topic, a group.
    pub(super) resource: Resource,
    /// Its name, where the job says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    /// The expression that gives its name, where a run decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expression: Option<&'static str>,
    pub(super) operations: &'static [&'static str],
}

/// The kind of thing that an ACL is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Resource {
    Topic,
    Group,
}

/// Everything that must be allowed.
pub(super) fn needed(plan: &Plan) -> Vec<Acl> {
    let mut acls: Vec<Acl> = Vec::new();
    let mut reads = false;
    for stage in plan.stages {
        let operations = match stage.role {
            Role::Source => READS,
            // What is no sink writes its late records.
            Role::Sink
            | Role::Stateless
            | Role::Aggregate { .. }
            | Role::Ordered { .. }
            | Role::Table { .. }
            | Role::LookUp { .. }
            | Role::EventTime { .. } => WRITES,
        };
        reads |= stage.role == Role::Source && !stage.topics.is_empty();
        let of_stage = stage.topics.iter().map(|topic| (topic, operations));
        let dead_letters = match &stage.on_error {
            OnError::DeadLetter(topic) => Some((topic, WRITES)),
            OnError::Fail | OnError::Skip | OnError::Replace | OnError::To(_) => None,
        };
        for (topic, operations) in of_stage.chain(dead_letters) {
            let (name, expression) = match *topic {
                Topic::Named(name) => (Some(name.to_owned()), None),
                Topic::Expression(expression) => (None, Some(expression)),
            };
            let acl = Acl {
                resource: Resource::Topic,
                name,
                expression,
                operations,
            };
            if !acls.contains(&acl) {
                acls.push(acl);
            }
        }
    }
    if reads {
        acls.push(Acl {
            resource: Resource::Group,
            name: Some(format!("streamflow.{}", plan.name)),
            expression: None,
            operations: &["Read"],
        });
    }
    acls
}

const COMMAND: &str =
    "kafka-acls.sh --bootstrap-server HOST:PORT --add --allow-principal User:NAME";

/// The commands that allow it.
pub(super) fn script(plan: &Plan) -> String {
    let acls = needed(plan);
    if acls.is_empty() {
        return format!(
            "# The job `{}` names no topics: it needs no ACLs.\n",
            plan.name
        );
    }
    let mut out = format!(
        "# What the job `{}` must be allowed. HOST:PORT is a broker, NAME the principal of the job.\n",
        plan.name
    );
    for acl in &acls {
        let mut command = COMMAND.to_owned();
        for operation in acl.operations {
            // Writing to a string cannot fail.
            let _infallible = write!(command, " --operation {operation}");
        }
        let kind = match acl.resource {
            Resource::Topic => "topic",
            Resource::Group => "group",
        };
        if acl.resource == Resource::Group {
            out.push_str("# The consumer group; with `--group` the job has another.\n");
        }
        match (&acl.name, acl.expression) {
            (Some(name), _) => line(&mut out, format_args!("{command} --{kind} {}", word(name))),
            (None, Some(expression)) => {
                line(
                    &mut out,
                    format_args!(
                        "# The topics that the expression `{expression}` gives; for each:"
                    ),
                );
                line(&mut out, format_args!("# {command} --{kind} TOPIC"));
            }
            (None, None) => {}
        }
    }
    let writes = acls.iter().any(|acl| acl.operations.contains(&"Write"));
    if writes {
        out.push_str(
            "# The producer is idempotent. That is part of Write since Kafka 3.0; older brokers need:\n",
        );
        line(
            &mut out,
            format_args!("# {COMMAND} --operation IdempotentWrite --cluster"),
        );
    }
    out
}

/// A word of a command, in quotes where the shell would read more into it.
fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _infallible = writeln!(out, "{text}");
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn name_that_the_shell_would_take_apart_is_quoted() {
        assert_eq!(word("user_access.v1-a"), "user_access.v1-a");
        assert_eq!(word("a b"), "'a b'");
        assert_eq!(word("it's"), r"'it'\''s'");
    }
}
