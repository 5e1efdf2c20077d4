//! The search for one subsequence.

use std::ops::ControlFlow;

use super::fragments::{Side, reach};
use super::{Work, occurrences};
use crate::table::{ByteSet, Fragment, Piece, SubSequence};

/// Alternatives from which on it pays to look at the byte that they all begin with first.
const ALTERNATIVES_MIN: usize = 5;

/// A stretch of a file.
#[derive(Debug, Clone, Copy)]
pub struct Window<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Where its first byte stands in the file.
    pub start: u64,
}

impl Window<'_> {
    /// Returns the place behind the last byte.
    pub fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }

    /// Turns places of the file into places of the window; none when the window has none of them.
    fn places(&self, first: u64, last: u64) -> Option<(usize, usize)> {
        let last = last.min(self.end()).checked_sub(self.start)?;
        let first = first.saturating_sub(self.start);
        (first <= last).then_some((usize::try_from(first).ok()?, usize::try_from(last).ok()?))
    }
}

/// Where something stands in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Its first byte.
    pub start: u64,
    /// The place behind its last byte.
    pub end: u64,
}

/// Looks for a subsequence that begins from `first` to `last`, and of several for the one that ends first: whatever
/// follows it has then the most room.
pub fn forward(part: &SubSequence, window: Window<'_>, (first, last): (u64, u64), work: &mut Work) -> Option<Place> {
    let (first, last) = window.places(first, last)?;
    let (left, right) = (reaches(part.left_reach()), reaches(part.right_reach()));
    let mut best: Option<(usize, usize)> = None;
    let mains = (first + left.0, last.saturating_add(left.1));
    let following = part.right.first().and_then(|group| first_bytes(group));
    occurrences::forward(&part.main, window.bytes, mains, work, |place, work| {
        let end = place + part.main.length();
        if best.is_some_and(|best| end + right.0 >= best.1) {
            return ControlFlow::Break(());
        }
        if following.is_some_and(|set| window.bytes.get(end).is_none_or(|byte| !set.contains(*byte))) {
            return ControlFlow::Continue(());
        }
        reach(&part.left, Side::Left, window.bytes, place, work);
        let Some(start) = work.edges.iter().copied().rfind(|edge| (first..=last).contains(edge)) else {
            return ControlFlow::Continue(());
        };
        reach(&part.right, Side::Right, window.bytes, end, work);
        if let Some(end) = work.edges.first().copied().filter(|end| best.is_none_or(|best| *end < best.1)) {
            best = Some((start, end));
        }
        ControlFlow::Continue(())
    });
    best.map(|(start, end)| Place { start: window.start + start as u64, end: window.start + end as u64 })
}

/// Returns the bytes that many alternatives, which follow without a gap, can begin with; none for a few alternatives,
/// which are tried in less time.
fn first_bytes(group: &[Fragment]) -> Option<ByteSet> {
    if group.len() < ALTERNATIVES_MIN {
        return None;
    }
    let mut set = ByteSet::default();
    for fragment in group {
        match fragment.pattern.pieces().first() {
            Some(Piece::Bytes(run)) if fragment.gap_max == 0 => set.insert(*run.first()?),
            Some(Piece::OneOf(more)) if fragment.gap_max == 0 => set = set.union(more),
            _ => return None,
        }
    }
    Some(set)
}

/// Looks for a subsequence that ends from `first` to `last`, and of several for the one that begins last.
pub fn backward(part: &SubSequence, window: Window<'_>, (first, last): (u64, u64), work: &mut Work) -> Option<Place> {
    let (first, last) = window.places(first, last)?;
    let (left, right) = (reaches(part.left_reach()), reaches(part.right_reach()));
    let length = part.main.length();
    let mut best: Option<(usize, usize)> = None;
    let mains = (first.saturating_sub(right.1 + length), last.checked_sub(right.0 + length)?);
    occurrences::backward(&part.main, window.bytes, mains, work, |place, work| {
        if best.is_some_and(|best| place.saturating_sub(left.0) <= best.0) {
            return ControlFlow::Break(());
        }
        reach(&part.right, Side::Right, window.bytes, place + length, work);
        let Some(end) = work.edges.iter().copied().find(|edge| (first..=last).contains(edge)) else {
            return ControlFlow::Continue(());
        };
        reach(&part.left, Side::Left, window.bytes, place, work);
        if let Some(start) = work.edges.last().copied().filter(|start| best.is_none_or(|best| *start > best.0)) {
            best = Some((start, end));
        }
        ControlFlow::Continue(())
    });
    best.map(|(start, end)| Place { start: window.start + start as u64, end: window.start + end as u64 })
}

/// No subsequence spans more than [`crate::table::SPAN_BYTES_MAX`].
fn reaches((least, most): (u64, u64)) -> (usize, usize) {
    (usize::try_from(least).unwrap_or(usize::MAX), usize::try_from(most).unwrap_or(usize::MAX))
}
