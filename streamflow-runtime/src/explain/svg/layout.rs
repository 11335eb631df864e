//! Decides where everything in the drawing stands.
//!
//! Loops stand in columns: each to the right of all whose results it takes. In a loop the stages
//! stand below each other in the order of the source, so that every one has a free side for what
//! comes from or goes to other loops.

use std::collections::BTreeMap;

use crate::explain::ways::Way;
use crate::explain::{Explanation, Segment, cut, segments};
use crate::plan::Stage;

pub(super) const MARGIN: i32 = 20;
pub(super) const PADDING: i32 = 12;
/// From one line of text to the next.
pub(super) const LINE: i32 = 15;
/// The width of a letter, a little more than monospaced fonts of this size have.
const LETTER_TENTHS: i32 = 74;
const LONGEST_TEXT: usize = 48;
const LONGEST_LABEL: usize = 40;
/// Between the stages of a loop: room for an arrow and a label.
const ROW_GAP: i32 = 36;
/// Beside the stages of a loop: room for arrows that pass others by.
const LANE: i32 = 22;
/// Between loops below each other.
const FRAME_GAP: i32 = 28;
/// Between columns there is at least this much.
const COLUMN_GAP: i32 = 110;
const TITLE: i32 = 24;
/// In a frame, above its first row.
const FRAME_HEAD: i32 = 28;

/// Where a box stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) width: i32,
    pub(super) height: i32,
}

impl Place {
    fn right(self) -> i32 {
        self.x + self.width
    }

    fn bottom(self) -> i32 {
        self.y + self.height
    }

    fn middle_y(self) -> i32 {
        self.y + self.height / 2
    }
}

/// The frame of a loop.
pub(super) struct Frame {
    pub(super) number: usize,
    pub(super) place: Place,
}

/// The box of a stage.
pub(super) struct Node {
    pub(super) stage: &'static Stage,
    pub(super) place: Place,
    pub(super) lines: Vec<String>,
}

pub(super) type Point = (i32, i32);

/// The line of an arrow: straight to a curve, along it, and straight on where it is not the end.
pub(super) struct Line {
    pub(super) begin: Point,
    /// Begin, two handles, end.
    pub(super) curve: [Point; 4],
    pub(super) end: Option<Point>,
}

/// The arrow of a way.
pub(super) struct Arrow {
    pub(super) line: Line,
    pub(super) label: Vec<String>,
    pub(super) label_at: Point,
    pub(super) is_exchange: bool,
    /// Whether it stays in its loop.
    pub(super) is_inside: bool,
}

/// The drawing.
pub(super) struct Layout {
    pub(super) width: i32,
    pub(super) height: i32,
    pub(super) frames: Vec<Frame>,
    pub(super) nodes: BTreeMap<usize, Node>,
    pub(super) arrows: Vec<Arrow>,
}

impl Layout {
    pub(super) fn of(explanation: &Explanation) -> Self {
        let ways = explanation.ways();
        let column_gap = column_gap(&ways);
        let segments = segments(&explanation.plan);
        let mut layout = Layout {
            width: MARGIN,
            height: 0,
            frames: Vec::new(),
            nodes: BTreeMap::new(),
            arrows: Vec::new(),
        };
        for column in columns(&ways, explanation.plan.stages, &segments) {
            layout.column(explanation, column_gap, &column);
        }
        layout.width = layout.width.max(column_gap) - column_gap + MARGIN;
        layout.width = layout
            .width
            .max(letters(explanation.plan.name.chars().count()) + 120);
        layout.height = layout.height.max(MARGIN + TITLE) + MARGIN;
        layout.arrows = ways
            .iter()
            .filter_map(|way| layout.arrow(way, column_gap))
            .collect();
        layout
    }

    /// Puts loops below each other, to the right of what is there.
    fn column(&mut self, explanation: &Explanation, column_gap: i32, column: &[&Segment]) {
        let mut y = MARGIN + TITLE;
        let mut right = self.width;
        for segment in column {
            let place = self.frame(explanation, segment, (self.width, y));
            self.frames.push(Frame {
                number: segment.number,
                place,
            });
            y = place.bottom() + FRAME_GAP;
            right = right.max(place.right());
        }
        self.height = self.height.max(y - FRAME_GAP);
        self.width = right + column_gap;
    }

    /// Puts the stages of a loop below each other; returns what surrounds them.
    fn frame(&mut self, explanation: &Explanation, segment: &Segment, (left, top): Point) -> Place {
        let x = left + LANE;
        let mut y = top + FRAME_HEAD;
        let mut right = x;
        for &(id, stage) in &segment.stages {
            let lines = lines(explanation, id, stage);
            let longest = lines.iter().map(|line| line.chars().count()).max();
            let place = Place {
                x,
                y,
                width: letters(longest.unwrap_or(0)) + 2 * PADDING,
                height: 10 + LINE * count(&lines),
            };
            right = right.max(place.right());
            y = place.bottom() + ROW_GAP;
            self.nodes.insert(
                id,
                Node {
                    stage,
                    place,
                    lines,
                },
            );
        }
        Place {
            x: left,
            y: top,
            width: right + LANE - left,
            height: y - ROW_GAP + PADDING - top,
        }
    }

    fn arrow(&self, way: &Way<'_>, column_gap: i32) -> Option<Arrow> {
        let from = self.nodes.get(&way.from)?.place;
        let to = self.nodes.get(&way.to)?.place;
        let label = way.label();
        let label: Vec<String> = label.iter().map(|part| cut(part, LONGEST_LABEL)).collect();
        let (line, label_at) = if way.between_loops {
            let (line, (x, y)) = sideways(from, to, column_gap);
            (line, (x, y - LINE * (count(&label) - 1) / 2))
        } else {
            let above = (to.x + LANE + 10, to.y - ROW_GAP / 2 + 4);
            (downwards(from, to), above)
        };
        Some(Arrow {
            line,
            label,
            label_at,
            is_exchange: way.trigger.is_some(),
            is_inside: !way.between_loops,
        })
    }
}

/// From the right of a box to the left of one in another column, bent between the columns; and
/// the middle of the bend.
fn sideways(from: Place, to: Place, column_gap: i32) -> (Line, Point) {
    let (begin, end) = ((from.right(), from.middle_y()), (to.x, to.middle_y()));
    let bend_end = end.0 - LANE;
    let bend_begin = bend_end - column_gap;
    let middle = (
        i32::midpoint(bend_begin, bend_end),
        i32::midpoint(begin.1, end.1),
    );
    let line = Line {
        begin,
        curve: [
            (bend_begin, begin.1),
            (middle.0, begin.1),
            (middle.0, end.1),
            (bend_end, end.1),
        ],
        end: Some(end),
    };
    (line, middle)
}

/// From a box to one below it in the same loop: straight to the next, past those between to any
/// other.
fn downwards(from: Place, to: Place) -> Line {
    let is_next = to.y == from.bottom() + ROW_GAP;
    let curve = if is_next {
        let (begin, end) = ((from.x + LANE, from.bottom()), (to.x + LANE, to.y));
        [begin, begin, end, end]
    } else {
        let lane = from.x - LANE;
        let (begin, end) = (from.middle_y(), to.middle_y());
        [(from.x, begin), (lane, begin), (lane, end), (to.x, end)]
    };
    Line {
        begin: curve[0],
        curve,
        end: None,
    }
}

/// What is written in the box of a stage.
fn lines(explanation: &Explanation, id: usize, stage: &Stage) -> Vec<String> {
    let mut lines = vec![cut(stage.text, LONGEST_TEXT)];
    lines.push(format!("line {}{}", stage.line, stage.on_error.remark()));
    if let Some(kept) = explanation.kept(id) {
        let layout = kept.layout.map(|layout| format!(": {layout}"));
        let state = format!("state {}{}", kept.name, layout.unwrap_or_default());
        lines.push(cut(&state, LONGEST_TEXT));
    }
    lines
}

/// Loops by the number of loops in front of them.
fn columns<'s>(
    ways: &[Way<'_>],
    stages: &[Stage],
    segments: &'s [Segment],
) -> Vec<Vec<&'s Segment>> {
    let segment_of = |id: usize| stages.get(id).map(|stage| stage.segment);
    let between: Vec<(usize, usize)> = ways
        .iter()
        .filter(|way| way.between_loops)
        .filter_map(|way| segment_of(way.from).zip(segment_of(way.to)))
        .collect();
    let mut depths: BTreeMap<usize, usize> = BTreeMap::new();
    // Each pass finds what the one before has moved. Results that go back into the loop they came
    // from would move it for ever, so there are no more passes than loops.
    for _ in segments {
        for (from, to) in &between {
            let depth = depths.get(from).copied().unwrap_or(0) + 1;
            let known = depths.entry(*to).or_default();
            *known = depth.max(*known);
        }
    }
    let mut columns: BTreeMap<usize, Vec<&Segment>> = BTreeMap::new();
    for segment in segments {
        let depth = depths.get(&segment.number).copied().unwrap_or(0);
        columns.entry(depth).or_default().push(segment);
    }
    columns.into_values().collect()
}

/// Room for the longest label of an arrow between loops.
fn column_gap(ways: &[Way<'_>]) -> i32 {
    let longest = ways
        .iter()
        .filter(|way| way.between_loops)
        .flat_map(Way::label)
        .map(|part| part.chars().count().min(LONGEST_LABEL + 1))
        .max();
    COLUMN_GAP.max(letters(longest.unwrap_or(0)) + 40)
}

/// The width of a text.
fn letters(n_letters: usize) -> i32 {
    i32::try_from(n_letters).unwrap_or(0) * LETTER_TENTHS / 10
}

fn count(lines: &[String]) -> i32 {
    i32::try_from(lines.len()).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::tests::ORDERS;

    fn overlap(a: Place, b: Place) -> bool {
        a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom()
    }

    #[test]
    fn nothing_stands_on_something_else_or_outside() {
        let layout = Layout::of(&Explanation::of(&ORDERS));
        let frames: Vec<Place> = layout.frames.iter().map(|frame| frame.place).collect();
        let nodes: Vec<Place> = layout.nodes.values().map(|node| node.place).collect();
        for places in [&frames, &nodes] {
            for (nth, place) in places.iter().enumerate() {
                assert!(place.right() < layout.width && place.bottom() < layout.height);
                for other in &places[nth + 1..] {
                    assert!(!overlap(*place, *other), "{place:?} {other:?}");
                }
            }
        }
    }

    #[test]
    fn loop_stands_to_the_right_of_those_whose_results_it_takes() {
        let layout = Layout::of(&Explanation::of(&ORDERS));
        let arrows = layout.arrows.iter().filter(|arrow| !arrow.is_inside);
        let spans: Vec<_> = arrows
            .map(|arrow| (arrow.line.begin.0, arrow.line.end.map(|end| end.0)))
            .collect();
        assert_eq!(spans.len(), 4);
        assert!(
            spans.iter().all(|(begin, end)| Some(*begin) < *end),
            "{spans:?}"
        );
    }
}
