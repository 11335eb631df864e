//! A stretch of time that results are of.

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::de::Error as _;
use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::timestamp;

/// The window that a result is of, as `with_window` tells it: from its start, up to its end.
///
/// Its times are in milliseconds since 1970 in UTC. What is of a window has come at its start or later, and
/// before its end. Of a `sliding` window it is the other way round: the end is the time of the item that
/// the window is of, and what lies at its start is not in it any more.
///
/// A window can be a key, and windows are ordered by their starts. It displays as an interval of ISO 8601,
/// and goes into JSON, CSV and rows of text as two times:
///
/// ```
/// use streamflow_runtime::time::Window;
///
/// let window = Window::new(1_767_225_600_000, 1_767_225_660_000);
/// assert_eq!(window.to_string(), "2026-01-01T00:00:00Z/2026-01-01T00:01:00Z");
/// assert_eq!(window.length().as_secs(), 60);
/// assert_eq!(
///     serde_json::to_string(&window)?,
///     r#"{"start":"2026-01-01T00:00:00Z","end":"2026-01-01T00:01:00Z"}"#
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    start_ms: i64,
    end_ms: i64,
}

impl Window {
    /// The window from one moment to another, in milliseconds since 1970 in UTC.
    pub const fn new(start_ms: i64, end_ms: i64) -> Self {
        Window { start_ms, end_ms }
    }

    /// When it begins, in milliseconds since 1970 in UTC.
    pub const fn start_ms(self) -> i64 {
        self.start_ms
    }

    /// When it ends, in milliseconds since 1970 in UTC: the first moment behind it.
    pub const fn end_ms(self) -> i64 {
        self.end_ms
    }

    /// When it begins.
    pub fn start(self) -> SystemTime {
        moment(self.start_ms)
    }

    /// When it ends: the first moment behind it.
    pub fn end(self) -> SystemTime {
        moment(self.end_ms)
    }

    /// How long it is. Days of a place have 23 or 25 hours when clocks change there.
    pub const fn length(self) -> Duration {
        Duration::from_millis(self.end_ms.abs_diff(self.start_ms))
    }
}

/// A moment that the clock of the system cannot show is the beginning of 1970.
fn moment(ms: i64) -> SystemTime {
    let distance = Duration::from_millis(ms.unsigned_abs());
    let moment = if ms < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    };
    moment.unwrap_or(SystemTime::UNIX_EPOCH)
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (start, end) = (
            timestamp::display_ms(self.start_ms),
            timestamp::display_ms(self.end_ms),
        );
        write!(f, "{start}/{end}")
    }
}

/// A moment as people and other programs read it.
struct Shown(i64);

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&timestamp::display_ms(self.0))
    }
}

impl<'de> Deserialize<'de> for Shown {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let outside = || text.strip_suffix(" ms").and_then(|ms| ms.parse().ok());
        let ms = timestamp::parse_ms(&text).or_else(outside);
        ms.map(Shown)
            .ok_or_else(|| D::Error::custom(format_args!("`{text}` is no moment of time")))
    }
}

/// Checkpoints hold two numbers.
impl Serialize for Window {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return (self.start_ms, self.end_ms).serialize(serializer);
        }
        let mut fields = serializer.serialize_struct("Window", 2)?;
        fields.serialize_field("start", &Shown(self.start_ms))?;
        fields.serialize_field("end", &Shown(self.end_ms))?;
        fields.end()
    }
}

impl<'de> Deserialize<'de> for Window {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename = "Window")]
        struct Fields {
            start: Shown,
            end: Shown,
        }

        if !deserializer.is_human_readable() {
            let (start_ms, end_ms) = Deserialize::deserialize(deserializer)?;
            return Ok(Window { start_ms, end_ms });
        }
        let Fields { start, end } = Deserialize::deserialize(deserializer)?;
        Ok(Window::new(start.0, end.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EDGES: [Window; 4] = [
        Window::new(0, 60_000),
        Window::new(-1, 1),
        Window::new(1_795_496_400_007, 1_795_496_400_008),
        Window::new(i64::MIN, i64::MAX),
    ];

    #[test]
    fn windows_are_read_as_they_are_written() {
        for window in EDGES {
            let json = serde_json::to_string(&window).unwrap();
            assert_eq!(serde_json::from_str::<Window>(&json).unwrap(), window);
            let image = postcard::to_stdvec(&window).unwrap();
            assert_eq!(postcard::from_bytes::<Window>(&image).unwrap(), window);
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        let refused = serde_json::from_str::<Window>(r#"{"start":"now","end":"then"}"#);
        let refused = refused.unwrap_err().to_string();
        assert!(
            refused.starts_with("`now` is no moment of time"),
            "{refused}"
        );
    }

    #[test]
    fn moments_are_those_of_the_system() {
        let window = Window::new(-1_500, 2_000);
        let since = |moment: SystemTime| moment.duration_since(SystemTime::UNIX_EPOCH);
        assert_eq!(since(window.end()).unwrap(), Duration::from_secs(2));
        let before = since(window.start()).unwrap_err().duration();
        assert_eq!(before, Duration::from_millis(1_500));
        assert_eq!(window.length(), Duration::from_millis(3_500));
    }
}
