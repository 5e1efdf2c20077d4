//! How far the fragments beside a main pattern reach.

use std::ops::ControlFlow;

use super::{Work, occurrences};
use crate::table::Fragment;

/// The side of the main pattern that fragments are on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Left,
    Right,
}

/// Leaves in `work.edges`, in rising order, every place at which the outermost fragment can end when the main pattern
/// has its edge at `edge`; none when the fragments are not there.
///
/// Every combination of fragments is taken into account, but each edge only once: the work grows with the number of
/// edges, not with that of combinations.
pub fn reach(groups: &[Vec<Fragment>], side: Side, bytes: &[u8], edge: usize, work: &mut Work) {
    work.edges.clear();
    work.edges.push(edge);
    for group in groups {
        let edges = std::mem::take(&mut work.edges);
        let mut next = std::mem::take(&mut work.next);
        next.clear();
        if !work.pay_for_steps(edges.len() * group.len()) {
            return;
        }
        group.iter().for_each(|fragment| step(fragment, side, bytes, &edges, &mut next, work));
        next.sort_unstable();
        next.dedup();
        work.edges = next;
        work.next = edges;
        if work.edges.is_empty() {
            return;
        }
    }
}

fn step(fragment: &Fragment, side: Side, bytes: &[u8], edges: &[usize], next: &mut Vec<usize>, work: &mut Work) {
    let length = fragment.pattern.length();
    let outer = |place: usize| if side == Side::Left { place } else { place + length };
    let mut index = 0;
    while let Some(edge) = edges.get(index) {
        index += 1;
        let Some((first, mut last)) = places(fragment, side, *edge) else { continue };
        // Stretches that touch are searched as one, or each byte would be searched once for every edge.
        while let Some((more, end)) = edges.get(index).and_then(|edge| places(fragment, side, *edge)) {
            if more > last + 1 {
                break;
            }
            last = end;
            index += 1;
        }
        if first == last {
            if fragment.pattern.may_begin_at(bytes, first) && fragment.pattern.matches_at(bytes, first) {
                next.push(outer(first));
            }
            continue;
        }
        occurrences::forward(&fragment.pattern, bytes, (first, last), work, |place, _| {
            next.push(outer(place));
            ControlFlow::Continue(())
        });
    }
}

/// Returns where a fragment may begin; none when it would begin before the first byte.
fn places(fragment: &Fragment, side: Side, edge: usize) -> Option<(usize, usize)> {
    let (gap_min, gap_max) = (fragment.gap_min as usize, fragment.gap_max as usize);
    match side {
        Side::Right => Some((edge + gap_min, edge + gap_max)),
        Side::Left => {
            let last = edge.checked_sub(gap_min + fragment.pattern.length())?;
            Some((last.saturating_sub(gap_max - gap_min), last))
        }
    }
}
