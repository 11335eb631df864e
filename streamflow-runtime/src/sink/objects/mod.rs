//! Puts rows into an object store as whole objects: `to object_store("url")`.
//!
//! A store shows an object when all of it is there, and cannot add to it. So what an object is
//! made of is kept, or sent ahead in pieces that nobody sees, until the object is done; and
//! progress is saved when objects are done.

#[cfg(feature = "object-store")]
mod failed;
#[cfg(feature = "object-store")]
mod object;
#[cfg(feature = "object-store")]
mod store;
#[cfg(feature = "object-store")]
mod tasks;
#[cfg(feature = "object-store")]
mod url;
#[cfg(not(feature = "object-store"))]
mod without;

#[cfg(feature = "object-store")]
use std::sync::{Arc, Mutex};

use crate::plan::Plan;
use crate::sink::parts::PartsSink;

/// `to object_store("url")`.
pub type ObjectsSink = PartsSink<Objects>;

/// A place in an object store.
#[derive(Debug)]
pub struct Objects {
    /// The number of the stage.
    stage: usize,
    /// As it stands in the job.
    url: String,
    /// What the URL names, from the first run on.
    #[cfg(feature = "object-store")]
    opened: Mutex<Option<Arc<store::Target>>>,
}

impl Objects {
    /// The place of this URL, written to by a stage.
    pub fn new(stage: usize, url: String) -> Self {
        Objects {
            stage,
            url,
            #[cfg(feature = "object-store")]
            opened: Mutex::default(),
        }
    }

    /// The stage as messages name it.
    fn place(&self, plan: &Plan) -> String {
        match plan.stages.get(self.stage) {
            Some(stage) => format!("`{}` (line {})", stage.text, stage.line),
            None => format!("`to object_store(\"{}\")`", self.url),
        }
    }
}
