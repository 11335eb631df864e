//! What is known of a type so far, and which of its possibilities is looked at next.

use std::any::type_name;
use std::cell::{Cell, RefCell};
use std::fmt;

use crate::names;

/// One type in the tree of a layout.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// The possibility that tours look at, counted from 0: one of an enum's variants, something or
    /// nothing in an `Option`.
    at: usize,
    /// The first possibility that gave a value.
    good: Option<usize>,
    /// Which made-up value a number or a text is given.
    pub(super) sample: usize,
}

/// What a type is.
#[derive(Debug, Default)]
pub(super) enum Kind {
    /// Nothing has been asked for yet.
    #[default]
    Unknown,
    /// A number, a text and their like.
    Plain {
        word: &'static str,
        samples: usize,
    },
    /// A type that goes by its name.
    Named(String),
    Option(Box<Node>),
    Sequence(Box<Node>),
    Map(Box<[Node; 2]>),
    Tuple(Vec<Node>),
    Struct {
        name: &'static str,
        fields: Vec<(&'static str, Node)>,
    },
    /// A struct whose fields have no names, or that has none.
    TupleStruct {
        name: &'static str,
        parts: Vec<Node>,
    },
    Enum {
        name: &'static str,
        /// Each is written as a struct of the variant's name.
        variants: Vec<Node>,
    },
}

/// One reading of a type with made-up values.
#[derive(Debug, Default)]
pub(super) struct Tour {
    news: Cell<usize>,
    /// The types that are being read, outermost first.
    inside: RefCell<Vec<&'static str>>,
}

/// How deep types may stand in each other.
const DEPTH: usize = 48;

impl Tour {
    /// Whether the tour has changed what the next one will look at.
    pub(super) fn has_news(&self) -> bool {
        self.news.get() > 0
    }

    pub(super) fn news(&self) -> usize {
        self.news.get()
    }

    fn note(&self) {
        self.news.set(self.news.get() + 1);
    }

    /// Reads a type, unless it is already being read around this place.
    pub(super) fn enter<R>(&self, name: &'static str, read: impl FnOnce() -> R) -> Option<R> {
        let is_new = {
            let inside = self.inside.borrow();
            inside.len() < DEPTH && !inside.contains(&name)
        };
        is_new.then(|| {
            self.inside.borrow_mut().push(name);
            let result = read();
            self.inside.borrow_mut().pop();
            result
        })
    }
}

impl Node {
    /// The possibility to look at, of `n`.
    pub(super) fn choice(&self, n: usize) -> usize {
        if self.at < n {
            self.at
        } else {
            self.good.unwrap_or(0)
        }
    }

    /// Notes how a possibility was read. While that brings news from inside it, the next tour looks
    /// at the same one again.
    pub(super) fn chosen(&mut self, n: usize, was_read: bool, brought_news: bool, tour: &Tour) {
        let choice = self.choice(n);
        if was_read {
            self.good.get_or_insert(choice);
        }
        if self.at < n && !brought_news {
            self.at += 1;
            tour.note();
        }
    }

    /// Notes what became of the type. One that refuses a made-up value is given another.
    pub(super) fn learn_from<T, E>(&mut self, read: &Result<T, E>, tour: &Tour) {
        if let (Err(_), Kind::Plain { samples, .. }) = (read, &self.kind)
            && self.sample + 1 < *samples
        {
            self.sample += 1;
            tour.note();
        }
    }

    /// Lets a type of which nothing is known go by its name.
    pub(super) fn name_if_unknown<T>(&mut self) {
        if matches!(self.kind, Kind::Unknown) {
            self.kind = Kind::Named(names::short(type_name::<T>()));
        }
    }

    /// The same where only the type around it can be named: `Option<Strange>`.
    pub(super) fn name_if_unknown_in<T>(&mut self, around: &str) {
        if matches!(self.kind, Kind::Unknown) {
            let name = names::short(type_name::<T>());
            let inside = name
                .strip_prefix(around)
                .and_then(|rest| rest.strip_suffix('>'));
            self.kind = Kind::Named(inside.unwrap_or(&name).to_owned());
        }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Unknown => f.write_str("_"),
            Kind::Plain { word, .. } => f.write_str(word),
            // Helpers that `serde` generates have names that nobody has written.
            Kind::Named(name) if name.starts_with("__") => f.write_str("_"),
            Kind::Named(name) => f.write_str(name),
            Kind::Option(inner) => write!(f, "Option<{inner}>"),
            Kind::Sequence(inner) => write!(f, "[{inner}]"),
            Kind::Map(entry) => write!(f, "{{{}: {}}}", entry[0], entry[1]),
            Kind::Tuple(parts) => parts_in_parentheses(parts, f),
            Kind::Struct { name, fields } if fields.is_empty() => write!(f, "{name} {{}}"),
            Kind::Struct { name, fields } => {
                write!(f, "{name} {{ ")?;
                for (at, (field, node)) in fields.iter().enumerate() {
                    let comma = if at == 0 { "" } else { ", " };
                    write!(f, "{comma}{field}: {node}")?;
                }
                f.write_str(" }")
            }
            Kind::TupleStruct { name, parts } if parts.is_empty() => f.write_str(name),
            Kind::TupleStruct { name, parts } => {
                f.write_str(name)?;
                parts_in_parentheses(parts, f)
            }
            Kind::Enum { name, variants } => {
                write!(f, "enum {name} {{ ")?;
                for (at, variant) in variants.iter().enumerate() {
                    let comma = if at == 0 { "" } else { ", " };
                    write!(f, "{comma}{variant}")?;
                }
                f.write_str(" }")
            }
        }
    }
}

fn parts_in_parentheses(parts: &[Node], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("(")?;
    for (at, part) in parts.iter().enumerate() {
        let comma = if at == 0 { "" } else { ", " };
        write!(f, "{comma}{part}")?;
    }
    f.write_str(")")
}
