//! Starts the log: lines on standard error, warnings and worse unless more is asked for.

use tracing_subscriber::EnvFilter;

use crate::config::Environment;
use crate::error::{Code, Error, Result};

/// Starts the log of the process. `-v` decides what it says; without one the environment
/// variables `STREAMFLOW_LOG` and `RUST_LOG` do, in this order.
///
/// A program that has set up its own log keeps it.
pub fn start_log(verbosity: u8, environment: &Environment) -> Result<()> {
    let filter = filter(verbosity, environment)?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false);
    if log.try_init().is_err() {
        tracing::debug!("the program has its own log");
    }
    Ok(())
}

fn filter(verbosity: u8, environment: &Environment) -> Result<EnvFilter> {
    let asked = |variable| {
        environment
            .variables
            .get(variable)
            .filter(|text| !text.is_empty())
    };
    let directives = match verbosity {
        0 => match (asked("STREAMFLOW_LOG"), asked("RUST_LOG")) {
            (Some(directives), _) | (None, Some(directives)) => directives.as_str(),
            (None, None) => "warn",
        },
        1 => "info",
        2 => "debug",
        3.. => "trace",
    };
    EnvFilter::try_new(directives).map_err(|cause| {
        Error::new(
            Code::Config,
            format!("`{directives}` is no filter for the log"),
        )
        .caused_by(cause)
        .at("environment variable `STREAMFLOW_LOG` or `RUST_LOG`")
        .help("give `error`, `warn`, `info`, `debug` or `trace`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(verbosity: u8, variables: &[(&str, &str)]) -> String {
        let variables = variables
            .iter()
            .map(|(name, text)| ((*name).into(), (*text).into()))
            .collect();
        let environment = Environment {
            variables,
            directory: None,
        };
        filter(verbosity, &environment).map_or_else(|e| e.one_line(), |f| f.to_string())
    }

    #[test]
    fn flag_beats_our_variable_beats_the_general_one() {
        let variables = [("STREAMFLOW_LOG", "error"), ("RUST_LOG", "trace")];
        assert_eq!(written(0, &[]), "warn");
        assert_eq!(written(0, &variables[1..]), "trace");
        assert_eq!(written(0, &variables), "error");
        assert_eq!(written(1, &variables), "info");
        assert_eq!(written(9, &variables), "trace");
    }

    #[test]
    fn filter_that_makes_no_sense_is_refused() {
        let line = written(0, &[("STREAMFLOW_LOG", "streamflow=loud")]);
        assert!(
            line.starts_with("streamflow: SF7801 `streamflow=loud`"),
            "{line}"
        );
    }
}
