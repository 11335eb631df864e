//! What `to object_store(…)` says in a program that was built without the feature `object-store`.

use super::Objects;
use crate::error::{Code, Error, Result};
use crate::sink::SinkOpening;
use crate::sink::parts::{Part, PartName, Place};

impl Objects {
    fn refused(&self, place: String) -> Error {
        let what = format!(
            "this program cannot write to object stores, and a stage writes to `{}`",
            self.url
        );
        Error::new(Code::Config, what)
            .at(place)
            .help("build it with the feature `object-store` of `streamflow`")
    }
}

impl Place for Objects {
    type Part = Never;

    const MOST_BYTES: usize = usize::MAX;

    fn open(&self, opening: &SinkOpening<'_>, _name: &PartName<'_>) -> Result<()> {
        Err(self.refused(self.place(opening.plan)))
    }

    fn begin(&self, _name: &PartName<'_>) -> Result<Never> {
        Err(self.refused(format!("`to object_store(\"{}\")`", self.url)))
    }
}

/// No object is ever begun.
#[derive(Debug)]
pub enum Never {}

impl Part for Never {
    const GROWS_WHEN_SAVED: bool = false;

    fn write(&mut self, _rows: &[u8]) -> Result<()> {
        match *self {}
    }

    fn save(self) -> Result<Option<Self>> {
        match self {}
    }

    fn finish(self) -> Result<()> {
        match self {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feature_to_switch_on_is_named() {
        let objects = Objects::new(0, "s3://bucket/dir".to_owned());
        let error = objects.refused(objects.place(&crate::plan::Plan::empty("test")));
        assert_eq!(
            error.one_line(),
            "streamflow: SF7801 this program cannot write to object stores, and a stage writes to \
             `s3://bucket/dir`: `to object_store(\"s3://bucket/dir\")`: build it with the feature \
             `object-store` of `streamflow`"
        );
    }
}
