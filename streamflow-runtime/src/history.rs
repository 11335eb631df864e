//! What a job says about the state of its former versions: `state counts migrate v1 -> v2 (…)`,
//! `drop state counts`. The macro writes it as a constant.

/// What a job says about its former state.
#[derive(Debug, Clone, Copy)]
pub struct History {
    /// The named states that are past their first version.
    pub versions: &'static [Version],
    /// The names of states that the job keeps no longer: `drop state NAME`.
    pub dropped: &'static [&'static str],
}

/// The version of a named state.
#[derive(Debug, Clone, Copy)]
pub struct Version {
    /// The state's name.
    pub state: &'static str,
    /// Its version, as the last migration or `streamflow.lock` says.
    pub version: u32,
}

impl History {
    /// The history of a job that has none.
    pub const NONE: History = History {
        versions: &[],
        dropped: &[],
    };

    /// The present version of a state, from 1.
    pub fn version(&self, state: &str) -> u32 {
        let known = self.versions.iter().find(|known| known.state == state);
        known.map_or(1, |known| known.version)
    }

    /// Whether the job says that it keeps this state no longer.
    pub fn drops(&self, state: &str) -> bool {
        self.dropped.contains(&state)
    }
}
