//! The meaning of signatures, spelled out without a thought for speed.

use pronom::table::{Anchor, Fragment, Sequence, Signature, SubSequence};

/// Says whether a file has all sequences of a signature.
pub fn matches(signature: &Signature, bytes: &[u8]) -> bool {
    signature.sequences.iter().all(|sequence| has_sequence(sequence, bytes))
}

fn has_sequence(sequence: &Sequence, bytes: &[u8]) -> bool {
    let is_backward = sequence.anchor == Anchor::End;
    // The edges that the parts so far leave, counted from the anchor.
    let mut edges = vec![0];
    for part in &sequence.parts {
        let mut next = Vec::new();
        for (start, end) in all_places(part, bytes) {
            let (near, far) = if is_backward { (bytes.len() - end, bytes.len() - start) } else { (start, end) };
            let is_there = |edge: &usize| {
                near >= edge + part.offset_min as usize
                    && part.offset_max.is_none_or(|most| near <= edge + most as usize)
            };
            if edges.iter().any(is_there) {
                next.push(far);
            }
        }
        edges = next;
    }
    !edges.is_empty()
}

fn all_places(part: &SubSequence, bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut places = Vec::new();
    for place in (0..=bytes.len()).filter(|place| part.main.matches_at(bytes, *place)) {
        let starts = all_edges(&part.left, bytes, place, true);
        let ends = all_edges(&part.right, bytes, place + part.main.length(), false);
        places.extend(starts.iter().flat_map(|start| ends.iter().map(move |end| (*start, *end))));
    }
    places.sort_unstable();
    places.dedup();
    places
}

/// Takes one group after the other, each from every edge that the one before may leave. An edge that is reached in many
/// ways is gone on from once: files of one byte have so many ways that the groups could not be tried one within another.
fn all_edges(groups: &[Vec<Fragment>], bytes: &[u8], edge: usize, is_left: bool) -> Vec<usize> {
    let mut edges = vec![edge];
    for group in groups {
        let mut next = Vec::new();
        for (edge, fragment) in edges.iter().flat_map(|edge| group.iter().map(move |fragment| (*edge, fragment))) {
            let length = fragment.pattern.length();
            for gap in fragment.gap_min as usize..=(fragment.gap_max as usize).min(bytes.len()) {
                let place = if is_left { edge.checked_sub(gap + length) } else { Some(edge + gap) };
                let place = place.filter(|place| fragment.pattern.matches_at(bytes, *place));
                next.extend(place.map(|place| if is_left { place } else { place + length }));
            }
        }
        next.sort_unstable();
        next.dedup();
        edges = next;
    }
    edges
}
