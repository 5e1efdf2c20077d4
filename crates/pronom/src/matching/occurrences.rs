//! The places where a pattern stands.

use std::ops::ControlFlow;

use memchr::memmem::Finder;

use super::Work;
use super::filter::commonness;
use crate::table::Pattern;

/// Places that are tried one by one rather than searched for.
const PLACES_TRIED_MAX: usize = 8;
/// Bytes from which on it pays to prepare the search for a run rather than to look for one of its bytes.
const PREPARED_BYTES_MIN: usize = 4096;

/// The search for the next place that may be one.
enum Search<'a> {
    /// Every place may be one.
    Each,
    /// One byte, at its distance from the place.
    Byte(usize, u8),
    /// Plain bytes, at their distance from the place.
    Run(usize, usize, Box<Finder<'a>>),
}

impl<'a> Search<'a> {
    fn new(pattern: &'a Pattern, places: usize, is_backward: bool) -> Self {
        if places <= PLACES_TRIED_MAX {
            return Self::Each;
        }
        let Some((distance, run)) = pattern.longest_run() else { return Self::Each };
        if places >= PREPARED_BYTES_MIN && run.len() > 1 && !is_backward {
            return Self::Run(distance, run.len(), Box::new(Finder::new(run)));
        }
        let bytes = run.iter().enumerate().min_by_key(|(_, byte)| commonness(**byte));
        bytes.map_or(Self::Each, |(place, byte)| Self::Byte(distance + place, *byte))
    }

    /// Returns the first place from `first` to `last` that may be one.
    fn next(&self, bytes: &[u8], first: usize, last: usize) -> Option<usize> {
        let hay = |distance: usize, length: usize| bytes.get(first + distance..last + distance + length);
        match self {
            Self::Each => Some(first),
            Self::Byte(distance, byte) => memchr::memchr(*byte, hay(*distance, 1)?).map(|place| first + place),
            Self::Run(distance, length, finder) => finder.find(hay(*distance, *length)?).map(|place| first + place),
        }
    }

    /// Returns the last place from `first` to `last` that may be one.
    fn previous(&self, bytes: &[u8], first: usize, last: usize) -> Option<usize> {
        match self {
            Self::Byte(distance, byte) => {
                memchr::memrchr(*byte, bytes.get(first + distance..=last + distance)?).map(|place| first + place)
            }
            _ => Some(last),
        }
    }
}

/// Calls `visit` with each place from `first` to `last` at which the pattern stands, in rising order.
pub fn forward(
    pattern: &Pattern,
    bytes: &[u8],
    (first, last): (usize, usize),
    work: &mut Work,
    mut visit: impl FnMut(usize, &mut Work) -> ControlFlow<()>,
) {
    let Some(last) = bytes.len().checked_sub(pattern.length()).map(|most| most.min(last)) else { return };
    if first > last {
        return;
    }
    let search = Search::new(pattern, last - first + 1, false);
    let mut next = first;
    while next <= last {
        let found = search.next(bytes, next, last);
        if !work.pay(found.unwrap_or(last) - next) {
            return;
        }
        let Some(place) = found else { return };
        if pattern.matches_at(bytes, place) && visit(place, work).is_break() {
            return;
        }
        next = place + 1;
    }
}

/// Calls `visit` with each place from `last` down to `first` at which the pattern stands.
pub fn backward(
    pattern: &Pattern,
    bytes: &[u8],
    (first, last): (usize, usize),
    work: &mut Work,
    mut visit: impl FnMut(usize, &mut Work) -> ControlFlow<()>,
) {
    let Some(mut last) = bytes.len().checked_sub(pattern.length()).map(|most| most.min(last)) else { return };
    if first > last {
        return;
    }
    let search = Search::new(pattern, last - first + 1, true);
    loop {
        let found = search.previous(bytes, first, last);
        if !work.pay(last - found.unwrap_or(first)) {
            return;
        }
        let Some(place) = found else { return };
        if pattern.matches_at(bytes, place) && visit(place, work).is_break() || place == first {
            return;
        }
        last = place - 1;
    }
}
