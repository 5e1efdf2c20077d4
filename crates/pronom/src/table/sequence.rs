//! Where in a file which bytes must stand.

use super::{Pattern, Piece};

/// Bytes from the first byte of a subsequence to its last, at the most: a chunk of a file overlaps the next by as much.
pub const SPAN_BYTES_MAX: u64 = 2 << 20;

/// Where the offsets of a sequence count from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Anchor {
    /// The begin of the file, forward.
    Begin,
    /// The end of the file, backward.
    End,
    /// Nothing: it may be anywhere, and is looked for from the begin.
    Nowhere,
}

/// Subsequences that follow each other at any distance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequence {
    /// Where the offsets count from.
    pub anchor: Anchor,
    /// In the order in which they are looked for: for [`Anchor::End`] the last one of the file comes first.
    pub parts: Vec<SubSequence>,
}

impl Sequence {
    /// Says whether the sequence is looked for from the end of the file.
    #[must_use]
    pub fn is_backward(&self) -> bool {
        self.anchor == Anchor::End
    }

    /// Returns the one offset of the first part, when it has but one.
    #[must_use]
    pub fn fixed_offset(&self) -> Option<u64> {
        self.parts.first().filter(|part| part.offset_max == Some(part.offset_min)).map(|part| part.offset_min)
    }
}

/// Bytes with their surroundings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SubSequence {
    /// The least offset of the edge next to the anchor, or next to the part before.
    pub offset_min: u64,
    /// The highest offset of that edge; none but the first part of an anchored sequence has one.
    pub offset_max: Option<u64>,
    /// What is looked for.
    pub main: Pattern,
    /// What must be before it, from the nearest outward; of each group, one fragment.
    pub left: Vec<Vec<Fragment>>,
    /// What must be behind it, from the nearest outward; of each group, one fragment.
    pub right: Vec<Vec<Fragment>>,
}

impl SubSequence {
    /// Returns the patterns that are in every match, the main one first.
    pub fn required(&self) -> impl Iterator<Item = &Pattern> {
        let sides = self.left.iter().chain(&self.right);
        let alone = sides.filter_map(|group| if let [only] = group.as_slice() { Some(&only.pattern) } else { None });
        std::iter::once(&self.main).chain(alone)
    }

    /// Returns how many plain bytes and pieces the subsequence has in all, which is the memory that it takes.
    #[must_use]
    pub fn weight(&self) -> usize {
        let fragments = self.left.iter().chain(&self.right).flatten().map(|fragment| &fragment.pattern);
        let pieces =
            |pattern: &Pattern| pattern.pieces().len() + pattern.runs().map(|(_, run)| run.len()).sum::<usize>();
        fragments.map(pieces).sum::<usize>() + pieces(&self.main)
    }

    /// Returns how far the fragments before the main pattern reach, at least and at most.
    #[must_use]
    pub fn left_reach(&self) -> (u64, u64) {
        reach(&self.left)
    }

    /// Returns how far the fragments behind the main pattern reach, at least and at most.
    #[must_use]
    pub fn right_reach(&self) -> (u64, u64) {
        reach(&self.right)
    }

    /// Returns how many bytes the longest match has.
    #[must_use]
    pub fn span_max(&self) -> u64 {
        self.left_reach().1.saturating_add(self.right_reach().1).saturating_add(self.main.length() as u64)
    }
}

/// One of the patterns that may stand at a place beside the main one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fragment {
    /// Bytes between it and its neighbour on the inner side, at least.
    pub gap_min: u32,
    /// Bytes between it and its neighbour on the inner side, at most.
    pub gap_max: u32,
    /// What it looks like.
    pub pattern: Pattern,
}

impl Fragment {
    /// Makes a fragment that stands before its neighbour. Bytes of any value at its inner end widen the gap.
    #[must_use]
    pub fn left(gap_min: u32, gap_max: u32, pattern: Pattern) -> Self {
        match pattern.pieces() {
            [outer @ .., Piece::Any(more)] => Self::widened(gap_min, gap_max, *more, outer),
            _ => Self { gap_min, gap_max, pattern },
        }
    }

    /// Makes a fragment that stands behind its neighbour. Bytes of any value at its inner end widen the gap.
    #[must_use]
    pub fn right(gap_min: u32, gap_max: u32, pattern: Pattern) -> Self {
        match pattern.pieces() {
            [Piece::Any(more), outer @ ..] => Self::widened(gap_min, gap_max, *more, outer),
            _ => Self { gap_min, gap_max, pattern },
        }
    }

    fn widened(gap_min: u32, gap_max: u32, more: u32, outer: &[Piece]) -> Self {
        let (gap_min, gap_max) = (gap_min.saturating_add(more), gap_max.saturating_add(more));
        Self { gap_min, gap_max, pattern: Pattern::new(outer.to_vec()) }
    }
}

fn reach(groups: &[Vec<Fragment>]) -> (u64, u64) {
    if groups.is_empty() {
        return (0, 0);
    }
    let length = |fragment: &Fragment, gap: u32| u64::from(gap) + fragment.pattern.length() as u64;
    groups.iter().fold((0, 0), |(least, most), group| {
        let nearest = group.iter().map(|fragment| length(fragment, fragment.gap_min)).min().unwrap_or(0);
        let farthest = group.iter().map(|fragment| length(fragment, fragment.gap_max)).max().unwrap_or(0);
        (least + nearest, most + farthest)
    })
}
