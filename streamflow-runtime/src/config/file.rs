//! Reads `streamflow.toml`: settings by name, `[kafka]` with librdkafka's properties, and
//! `[object_store]` with settings of the stores that are written to.

use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::nearest;
use super::setting::Setting;
use crate::error::{Code, Error, Result};

/// The name of the table with librdkafka's properties.
const KAFKA: &str = "kafka";
/// The name of the table with settings of object stores.
const OBJECT_STORE: &str = "object_store";
/// What the names of those begin with, as those of the variables do that their own tools read.
const CLOUDS: [&str; 3] = ["aws_", "google_", "azure_"];

/// What one file sets; values are as written, with nothing filled in yet.
#[derive(Default)]
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) settings: Vec<(Setting, Entry)>,
    /// In the order of their lines.
    pub(super) properties: Vec<(String, Entry)>,
    /// The same of object stores.
    pub(super) object_store: Vec<(String, Entry)>,
}

/// One value, and the line it begins on, from 1.
pub(super) struct Entry {
    pub(super) text: String,
    pub(super) line: usize,
}

/// Reads a file that must exist.
pub(super) fn read(path: &Path, directory: &Path) -> Result<File> {
    let text = std::fs::read_to_string(directory.join(path)).map_err(|cause| {
        Error::new(Code::Config, "cannot read the configuration file")
            .caused_by(cause)
            .at(path.display())
            .help("check the path given as `--config` or `STREAMFLOW_CONFIG`")
    })?;
    parse(path, &text)
}

fn parse(path: &Path, text: &str) -> Result<File> {
    let reading = Reading { path, text };
    let table = DeTable::parse(text).map_err(|cause| {
        // The error's own text quotes the line, and with it perhaps a secret.
        let at = cause.span().map_or(0, |span| span.start);
        reading.refuse(cause.message().to_owned(), at, "write `name = \"value\"`")
    })?;
    let mut file = File {
        path: path.to_owned(),
        ..File::default()
    };
    for (key, value) in table.get_ref() {
        let name: &str = key.get_ref();
        if name == KAFKA {
            reading.properties(KAFKA, value, String::new(), &mut file.properties)?;
        } else if name == OBJECT_STORE {
            let settings = &mut file.object_store;
            reading.properties(OBJECT_STORE, value, String::new(), settings)?;
            reading.settings_are_of_stores(settings, key.span().start)?;
        } else if let Some(setting) = Setting::ALL.into_iter().find(|known| known.key() == name) {
            file.settings.push((setting, reading.entry(name, value)?));
        } else {
            return Err(reading.unknown(name, key.span().start));
        }
    }
    file.properties.sort_by_key(|(_, entry)| entry.line);
    Ok(file)
}

/// A file while it is read: knows lines, and makes errors of them.
struct Reading<'f> {
    path: &'f Path,
    text: &'f str,
}

impl Reading<'_> {
    fn line(&self, at: usize) -> usize {
        let before = self.text.as_bytes().iter().take(at);
        1 + before.filter(|byte| **byte == b'\n').count()
    }

    fn refuse(&self, what: String, at: usize, help: &str) -> Error {
        let place = format!("{}, line {}", self.path.display(), self.line(at));
        Error::new(Code::Config, what).at(place).help(help)
    }

    fn unknown(&self, name: &str, at: usize) -> Error {
        let known = Setting::ALL.map(Setting::key);
        let near = nearest(name, known.into_iter().chain([KAFKA, OBJECT_STORE]));
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None if CLOUDS.iter().any(|cloud| name.starts_with(cloud)) => {
                format!("a setting of an object store stands under `[{OBJECT_STORE}]`")
            }
            None if name.contains('.') => {
                format!("a librdkafka property stands under `[{KAFKA}]`")
            }
            None => format!(
                "the settings are {}, `[{KAFKA}]` and `[{OBJECT_STORE}]`",
                list(&known)
            ),
        };
        self.refuse(format!("`{name}` is no setting"), at, &help)
    }

    /// `a.b = 1` and `"a.b" = 1` name the same property, so tables are written out flat.
    fn properties(
        &self,
        table: &str,
        value: &Spanned<DeValue<'_>>,
        prefix: String,
        properties: &mut Vec<(String, Entry)>,
    ) -> Result<()> {
        let DeValue::Table(inner) = value.get_ref() else {
            if prefix.is_empty() {
                let what = format!("`{table}` is no table");
                let help = format!("write `[{table}]` on its own line");
                return Err(self.refuse(what, value.span().start, &help));
            }
            let entry = self.entry(&prefix, value)?;
            properties.push((prefix, entry));
            return Ok(());
        };
        for (key, value) in inner {
            let name = match prefix.as_str() {
                "" => key.get_ref().to_string(),
                prefix => format!("{prefix}.{}", key.get_ref()),
            };
            self.properties(table, value, name, properties)?;
        }
        Ok(())
    }

    /// What belongs to no store would be passed over in silence.
    fn settings_are_of_stores(&self, settings: &[(String, Entry)], at: usize) -> Result<()> {
        let is_of_none = |name: &str| !CLOUDS.iter().any(|cloud| name.starts_with(cloud));
        match settings.iter().find(|(name, _)| is_of_none(name)) {
            Some((name, _)) => Err(self.refuse(
                format!("`{name}` is no setting of an object store"),
                at,
                "begin it with `aws_`, `google_` or `azure_`, as in `aws_region`",
            )),
            None => Ok(()),
        }
    }

    fn entry(&self, name: &str, value: &Spanned<DeValue<'_>>) -> Result<Entry> {
        let at = value.span().start;
        let text = scalar(value.get_ref()).ok_or_else(|| {
            let what = format!("`{name}` is a {}", value.get_ref().type_str());
            self.refuse(what, at, &format!("write `{name} = \"value\"`"))
        })?;
        Ok(Entry {
            text,
            line: self.line(at),
        })
    }
}

/// A value as the text that a flag would have; a list of them has commas between.
fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Float(number) => Some(number.to_string()),
        DeValue::Boolean(value) => Some(value.to_string()),
        DeValue::Array(values) => {
            let texts: Option<Vec<String>> =
                values.iter().map(|value| scalar(value.get_ref())).collect();
            texts.map(|texts| texts.join(","))
        }
        DeValue::Datetime(_) | DeValue::Table(_) => None,
    }
}

fn list(names: &[&str]) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        parse(Path::new("streamflow.toml"), text)
            .err()
            .unwrap()
            .one_line()
    }

    #[test]
    fn settings_and_properties_are_read_with_their_lines() {
        let text = "brokers = [\"a:1\", \"b:2\"]\nparallelism = 4\n\n[kafka]\n\
                    security.protocol = \"SASL_SSL\"\n\"fetch.min.bytes\" = 5\nsocket.nagle.disable = true\n";
        let file = parse(Path::new("streamflow.toml"), text).unwrap();
        let settings: Vec<_> = file
            .settings
            .iter()
            .map(|(setting, entry)| (setting.key(), entry.text.as_str(), entry.line))
            .collect();
        assert_eq!(
            settings,
            [("brokers", "a:1,b:2", 1), ("parallelism", "4", 2)]
        );
        let properties: Vec<_> = file
            .properties
            .iter()
            .map(|(name, entry)| (name.as_str(), entry.text.as_str(), entry.line))
            .collect();
        assert_eq!(
            properties,
            [
                ("security.protocol", "SASL_SSL", 5),
                ("fetch.min.bytes", "5", 6),
                ("socket.nagle.disable", "true", 7)
            ]
        );
    }

    #[test]
    fn unknown_setting_is_refused_with_its_line_and_the_near_miss() {
        assert_eq!(
            refusal("group = \"g\"\nbroker = \"a:1\"\n"),
            "streamflow: SF7801 `broker` is no setting: streamflow.toml, line 2: \
             did you mean `brokers`?"
        );
        assert!(refusal("colour = 1").contains("the settings are `brokers`, `group`"));
        assert!(refusal("\"sasl.password\" = 1").contains("stands under `[kafka]`"));
    }

    #[test]
    fn syntax_error_has_its_line_and_does_not_quote_it() {
        let line = refusal("group = \"g\"\n[kafka]\n\"sasl.password\" = hunter2\n");
        assert!(line.contains("streamflow.toml, line 3"), "{line}");
        assert!(!line.contains("hunter2"), "{line}");
    }

    #[test]
    fn settings_of_object_stores_stand_in_a_table_of_their_own() {
        let text = "[object_store]\naws_region = \"eu-west-1\"\naws_allow_http = true\n";
        let file = parse(Path::new("streamflow.toml"), text).unwrap();
        let settings: Vec<_> = file
            .object_store
            .iter()
            .map(|(name, entry)| (name.as_str(), entry.text.as_str(), entry.line))
            .collect();
        let expected = [
            ("aws_allow_http", "true", 3),
            ("aws_region", "eu-west-1", 2),
        ];
        assert_eq!(settings, expected);
        assert!(refusal("[object_store]\nregion = \"x\"").contains("`region` is no setting of an"));
        assert!(refusal("aws_region = \"x\"").contains("stands under `[object_store]`"));
    }

    #[test]
    fn value_of_no_use_is_refused_by_its_kind() {
        assert!(refusal("[group]\nx = 1").contains("`group` is a table"));
        assert!(refusal("kafka = 5").contains("`kafka` is no table"));
        assert!(refusal("object_store = 5").contains("`object_store` is no table"));
    }
}
