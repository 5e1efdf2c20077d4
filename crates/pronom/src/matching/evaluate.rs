//! The comparison of a file with one signature.

use super::Work;
use super::filter::{LiteralId, Seen};
use super::search::{Place, Window, backward, forward};
use crate::table::{Sequence, Signature};

/// The begin and the end of a file; they overlap when the file is short.
#[derive(Debug, Clone, Copy)]
pub struct Ends<'a> {
    /// The first bytes.
    pub head: &'a [u8],
    /// The last bytes.
    pub tail: &'a [u8],
    /// The size of the whole file.
    pub size_bytes: u64,
}

impl<'a> Ends<'a> {
    pub(super) fn head_window(&self) -> Window<'a> {
        Window { bytes: self.head, start: 0 }
    }

    pub(super) fn tail_window(&self) -> Window<'a> {
        Window { bytes: self.tail, start: self.size_bytes.saturating_sub(self.tail.len() as u64) }
    }
}

/// A signature that matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The place of the format in the table.
    pub format: usize,
    /// The number that signature files know the signature by.
    pub signature_id: u32,
    /// Where the parts of its sequences stand.
    pub places: Vec<Place>,
}

/// Compares a file with a signature and returns where its parts stand; none when one of them is not there.
pub fn evaluate(signature: &Signature, ends: Ends<'_>, work: &mut Work) -> Option<Vec<Place>> {
    let mut places = Vec::new();
    for sequence in &signature.sequences {
        let mut own = Vec::new();
        if !evaluate_sequence(sequence, ends, &mut own, work) {
            return None;
        }
        places.append(&mut own);
    }
    Some(places)
}

/// Compares a file with a sequence, and adds where its parts stand.
pub(super) fn evaluate_sequence(sequence: &Sequence, ends: Ends<'_>, places: &mut Vec<Place>, work: &mut Work) -> bool {
    let window = if sequence.is_backward() { ends.tail_window() } else { ends.head_window() };
    advance(sequence, places, window, ends.size_bytes, work)
}

/// Looks in a window for the parts that are not found yet, and says whether all are.
///
/// The earliest end of each part is the best begin for the next one, so that no part has to be looked for twice.
pub(super) fn advance(
    sequence: &Sequence,
    places: &mut Vec<Place>,
    window: Window<'_>,
    size_bytes: u64,
    work: &mut Work,
) -> bool {
    while let Some(part) = sequence.parts.get(places.len()) {
        let found = if sequence.is_backward() {
            let edge = places.last().map_or(size_bytes, |place| place.start);
            let Some(last) = edge.checked_sub(part.offset_min) else { return false };
            let first = part.offset_max.map_or(0, |most| edge.saturating_sub(most));
            backward(part, window, (first, last), work)
        } else {
            let first = places.last().map_or(0, |place| place.end) + part.offset_min;
            forward(part, window, (first, part.offset_max.unwrap_or(u64::MAX)), work)
        };
        let Some(place) = found else { return false };
        places.push(place);
    }
    true
}

/// Says whether all these literals were seen.
pub(super) fn has_all(literals: &[LiteralId], seen: &Seen) -> bool {
    literals.iter().all(|literal| seen.has(*literal))
}
