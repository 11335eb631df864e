//! Weighs the places that can set something against each other.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::expand::expand;
use super::file::{self, File};
use super::setting::{Origin, Setting};
use super::values::{self, Refusal};
use super::{From, RunConfig, Through, Until, nearest, properties};
use crate::error::{Code, Error, Result};
use crate::plan::{Plan, Settings};
use crate::time::duration;

const CONFIG_VARIABLE: &str = "STREAMFLOW_CONFIG";
const LOG_VARIABLE: &str = "STREAMFLOW_LOG";
const CONFIG_FILE: &str = "streamflow.toml";
const DEFAULT_CHECKPOINT_EVERY: Duration = Duration::from_secs(1);
/// Kubernetes kills after 30 s.
const DEFAULT_SHUTDOWN: Duration = Duration::from_secs(25);

/// What the command line says, before anything is read into it.
#[derive(Clone, Default)]
pub struct Flags {
    /// The flags that set something, each with its value.
    pub settings: Vec<(Setting, String)>,
    /// `--config`.
    pub config: Option<PathBuf>,
    /// The values of `-X`, `property=value`.
    pub properties: Vec<String>,
}

impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Properties may be secret, and are not even known to be properties yet.
        f.debug_struct("Flags")
            .field("settings", &self.settings)
            .field("config", &self.config)
            .field("n_properties", &self.properties.len())
            .finish()
    }
}

/// What surrounds the process. The default is empty: no variables, and no file is looked for.
#[derive(Clone, Default)]
pub struct Environment {
    /// The environment variables.
    pub variables: BTreeMap<String, String>,
    /// Where relative paths begin, and `streamflow.toml` is looked for.
    pub directory: Option<PathBuf>,
}

impl Environment {
    /// The environment of this process. Variables that are not UTF-8 are left out.
    pub fn of_process() -> Self {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Environment {
            variables,
            directory: Some(PathBuf::from(".")),
        }
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("variables", &self.variables.keys())
            .field("directory", &self.directory)
            .finish()
    }
}

/// The settings of a run, and where those that are not defaults were set.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// The settings.
    pub config: RunConfig,
    /// Where each setting came from; what is missing has its default.
    pub origins: BTreeMap<Setting, Origin>,
}

/// Weighs flags, environment, file, job header and defaults, in this order.
///
/// A bad value is refused with the place it came from: [`Code::Usage`] for a flag,
/// [`Code::Config`] for the rest.
///
/// ```
/// use streamflow_runtime::config::{Environment, Flags, Setting, resolve};
/// # use streamflow_runtime::plan::Plan;
/// # const PLAN: Plan = Plan::empty("user_access");
///
/// let mut environment = Environment::default();
/// environment.variables.insert("STREAMFLOW_GROUP".into(), "from the environment".into());
/// let mut flags = Flags::default();
/// let resolved = resolve(&PLAN, &flags, &environment)?;
/// assert_eq!(resolved.config.group, "from the environment");
///
/// flags.settings.push((Setting::Group, "from a flag".into()));
/// let resolved = resolve(&PLAN, &flags, &environment)?;
/// assert_eq!(resolved.config.group, "from a flag");
/// # Ok::<(), streamflow_runtime::Error>(())
/// ```
pub fn resolve(plan: &Plan, flags: &Flags, environment: &Environment) -> Result<Resolved> {
    let directory = environment.directory.as_deref().unwrap_or(Path::new("."));
    near_variables(environment)?;
    let file = match config_file(flags, environment) {
        Some(path) => file::read(&path, directory)?,
        None => File::default(),
    };

    // From the weakest to the strongest: what comes later takes the place of what was there.
    let mut given = Given::default();
    given.header(plan.settings);
    let filled_in = |text: &str, origin: &Origin| {
        expand(text, &environment.variables, directory).map_err(|missing| {
            refuse(
                origin,
                missing,
                "set it, or write `$${` for a `${` meant as it is",
            )
        })
    };
    for (setting, entry) in &file.settings {
        let origin = Origin::File {
            path: file.path.clone(),
            line: entry.line,
        };
        given.put(*setting, filled_in(&entry.text, &origin)?, origin);
    }
    for setting in Setting::ALL {
        if let Some(text) = environment.variables.get(setting.variable()) {
            given.put(setting, text.clone(), Origin::Variable(setting.variable()));
        }
    }
    for (setting, text) in &flags.settings {
        given.put(*setting, text.clone(), Origin::Flag(setting.flag()));
    }

    let mut properties = Properties::default();
    for (name, entry) in &file.properties {
        let origin = Origin::File {
            path: file.path.clone(),
            line: entry.line,
        };
        properties.put(name, filled_in(&entry.text, &origin)?, &origin)?;
    }
    let mut object_store = Vec::new();
    for (name, entry) in &file.object_store {
        let origin = Origin::File {
            path: file.path.clone(),
            line: entry.line,
        };
        object_store.push((name.clone(), filled_in(&entry.text, &origin)?));
    }
    let origin = Origin::Flag("X");
    for text in &flags.properties {
        // Without its name nobody knows whether the value is secret: it is not repeated.
        let (name, value) = text
            .split_once('=')
            .filter(|(name, _)| !name.is_empty())
            .ok_or_else(|| {
                refuse(
                    &origin,
                    "a property has no `=`",
                    "write `-X property=value`",
                )
            })?;
        properties.put(name.trim(), filled_in(value, &origin)?, &origin)?;
    }
    Ok(Resolved {
        config: RunConfig {
            object_store,
            ..given.config(plan.name, properties.in_order)?
        },
        origins: given.origins(),
    })
}

/// The file to read: the one that is named, which must exist, or the usual one if it does.
fn config_file(flags: &Flags, environment: &Environment) -> Option<PathBuf> {
    let named = flags.config.clone().or_else(|| {
        environment
            .variables
            .get(CONFIG_VARIABLE)
            .map(PathBuf::from)
    });
    named.or_else(|| {
        let directory = environment.directory.as_ref()?;
        directory
            .join(CONFIG_FILE)
            .exists()
            .then(|| PathBuf::from(CONFIG_FILE))
    })
}

/// A misspelt variable would be passed over in silence: `STREAMFLOW_BROKER` would leave the job
/// on topics inside the process. Variables that resemble none of ours are somebody else's.
fn near_variables(environment: &Environment) -> Result<()> {
    let known = || {
        Setting::ALL
            .map(Setting::variable)
            .into_iter()
            .chain([CONFIG_VARIABLE, LOG_VARIABLE])
    };
    for variable in environment.variables.keys() {
        let Some(name) = variable.strip_prefix("STREAMFLOW_") else {
            continue;
        };
        if known().any(|known| known == variable) {
            continue;
        }
        let names = known().filter_map(|known| known.strip_prefix("STREAMFLOW_"));
        if let Some(near) = nearest(name, names) {
            return Err(Error::new(
                Code::Config,
                format!("environment variable `{variable}` sets nothing"),
            )
            .help(format!("did you mean `STREAMFLOW_{near}`?")));
        }
    }
    Ok(())
}

fn refuse(origin: &Origin, found: impl Into<String>, expected: impl Into<String>) -> Error {
    let code = match origin {
        Origin::Flag(_) => Code::Usage,
        Origin::Variable(_) | Origin::File { .. } | Origin::Header => Code::Config,
    };
    Error::new(code, found).at(origin).help(expected)
}

/// The strongest value of each setting so far.
#[derive(Default)]
struct Given {
    values: BTreeMap<Setting, (String, Origin)>,
}

impl Given {
    fn put(&mut self, setting: Setting, text: String, origin: Origin) {
        self.values.insert(setting, (text, origin));
    }

    fn header(&mut self, settings: Settings) {
        let Settings {
            checkpoint,
            checkpoint_every_ms,
            parallelism,
            memory_bytes,
            shutdown_ms,
        } = settings;
        let written = |ms: u64| duration::display_ms(ms).to_string();
        let texts = [
            (Setting::Checkpoint, checkpoint.map(str::to_owned)),
            (Setting::CheckpointEvery, checkpoint_every_ms.map(written)),
            (
                Setting::Parallelism,
                parallelism.map(|workers| workers.to_string()),
            ),
            (
                Setting::Memory,
                memory_bytes.map(|bytes| format!("{bytes}B")),
            ),
            (Setting::Shutdown, shutdown_ms.map(written)),
        ];
        for (setting, text) in texts {
            if let Some(text) = text {
                self.put(setting, text, Origin::Header);
            }
        }
    }

    /// The value of a setting, read by `read`; `None` leaves it to its default.
    fn read<T>(
        &self,
        setting: Setting,
        read: impl FnOnce(&str) -> Result<T, Refusal>,
    ) -> Result<Option<T>> {
        let Some((text, origin)) = self.values.get(&setting) else {
            return Ok(None);
        };
        match read(text) {
            Ok(value) => Ok(Some(value)),
            Err(Refusal { found, expected }) => Err(refuse(
                origin,
                format!("`{}` cannot be read: {found}", setting.key()),
                expected,
            )),
        }
    }

    fn config(&self, job: &str, properties: Vec<(String, String)>) -> Result<RunConfig> {
        let all_cores = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Ok(RunConfig {
            brokers: self.read(Setting::Brokers, values::brokers)?,
            group: self
                .read(Setting::Group, values::group)?
                .unwrap_or_else(|| format!("streamflow.{job}")),
            checkpoint: self.read(Setting::Checkpoint, values::checkpoint)?,
            checkpoint_every: self
                .read(Setting::CheckpointEvery, values::duration)?
                .unwrap_or(DEFAULT_CHECKPOINT_EVERY),
            from: self
                .read(Setting::From, values::from)?
                .unwrap_or(From::Checkpoint),
            until: self
                .read(Setting::Until, values::until)?
                .unwrap_or(Until::Stopped),
            run_for: self.read(Setting::For, values::duration)?,
            parallelism: self
                .read(Setting::Parallelism, values::parallelism)?
                .unwrap_or_else(all_cores),
            memory_bytes: self.read(Setting::Memory, values::memory)?,
            shutdown: self
                .read(Setting::Shutdown, values::duration)?
                .unwrap_or(DEFAULT_SHUTDOWN),
            source: self
                .read(Setting::Source, values::through)?
                .unwrap_or(Through::Auto),
            producer: self
                .read(Setting::Producer, values::through)?
                .unwrap_or(Through::Auto),
            properties,
            object_store: Vec::new(),
        })
    }

    fn origins(self) -> BTreeMap<Setting, Origin> {
        self.values
            .into_iter()
            .map(|(setting, (_, origin))| (setting, origin))
            .collect()
    }
}

/// librdkafka's properties so far: each once, at the place where it was first given.
#[derive(Default)]
struct Properties {
    in_order: Vec<(String, String)>,
}

impl Properties {
    fn put(&mut self, name: &str, value: String, origin: &Origin) -> Result<()> {
        if let Some(instead) = properties::refused(name) {
            return Err(refuse(
                origin,
                format!("property `{name}` cannot be set"),
                instead,
            ));
        }
        match self.in_order.iter_mut().find(|(known, _)| known == name) {
            Some((_, weaker)) => *weaker = value,
            None => self.in_order.push((name.to_owned(), value)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
