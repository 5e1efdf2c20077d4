//! Subsequences, made from what the text of a sequence says.

use super::Fault;
use super::syntax::Node;
use crate::table::{Anchor, ByteSet, Fragment, Pattern, Piece, SPAN_BYTES_MAX, SubSequence};

/// The highest offset; a terabyte.
const OFFSET_MAX: u64 = 1 << 40;

/// A `<SubSequence>` as it stands in a file.
#[derive(Debug, Default)]
pub struct Written {
    pub offset_min: u64,
    pub offset_max: Option<u64>,
    pub nodes: Vec<Node>,
    /// The fragments before and behind, from the nearest outward.
    pub left: Vec<Vec<Fragment>>,
    pub right: Vec<Vec<Fragment>>,
}

/// Returns the subsequences of a sequence, in the order in which they are looked for.
pub fn assemble(anchor: Anchor, written: Vec<Written>) -> Result<Vec<SubSequence>, Fault> {
    let mut parts = Vec::new();
    for subsequence in written {
        parts.append(&mut split(anchor, subsequence)?);
    }
    if anchor == Anchor::End {
        parts.reverse();
    }
    for (place, part) in parts.iter_mut().enumerate() {
        // Between subsequences there is any number of bytes, whatever their maximum says (DROID issue 105). A maximum
        // below the minimum, as in several container signatures, means the minimum.
        let is_bounded = place == 0 && anchor != Anchor::Nowhere;
        part.offset_max = part.offset_max.filter(|_| is_bounded).map(|most| most.max(part.offset_min));
    }
    parts.iter_mut().for_each(simplify);
    if parts.is_empty() {
        return Err(Fault::Nothing);
    }
    parts.iter().try_for_each(check)?;
    Ok(parts)
}

/// Says whether a part holds what the matcher relies upon.
pub fn check(part: &SubSequence) -> Result<(), Fault> {
    let offset_max = part.offset_max.unwrap_or(part.offset_min);
    if part.span_max() > SPAN_BYTES_MAX {
        return Err(Fault::TooLong { limit: SPAN_BYTES_MAX });
    }
    if part.offset_min > offset_max || offset_max > OFFSET_MAX {
        return Err(Fault::Value { what: "the range of offsets", text: format!("{}-{offset_max}", part.offset_min) });
    }
    if part.required().chain(chosen(part)).all(|pattern| pattern.length() == 0) {
        return Err(Fault::Nothing);
    }
    Ok(())
}

fn chosen(part: &SubSequence) -> impl Iterator<Item = &Pattern> {
    part.left.iter().chain(&part.right).flatten().map(|fragment| &fragment.pattern)
}

/// Splits at every `*`. The fragments belong to the outer stretches, and the offsets to the one next to the anchor.
fn split(anchor: Anchor, written: Written) -> Result<Vec<SubSequence>, Fault> {
    let is_backward = anchor == Anchor::End;
    let mut stretches = stretches(written.nodes, is_backward);
    if let Some(first) = stretches.first_mut() {
        first.left = written.left;
    }
    if let Some(last) = stretches.last_mut() {
        last.right = written.right;
    }
    let place = if is_backward { stretches.len().saturating_sub(1) } else { 0 };
    if let Some(nearest) = stretches.get_mut(place) {
        nearest.offset_min = written.offset_min;
        nearest.offset_max = written.offset_max;
        if nearest.is_empty() && stretches.len() > 1 {
            // A `*` next to the anchor: nothing bounds the part on its other side.
            let least = stretches.remove(place).offset_min;
            let place = if is_backward { place - 1 } else { 0 };
            stretches[place].offset_min += least;
            stretches[place].offset_max = None;
        }
    }
    stretches.retain(|stretch| !stretch.is_empty());
    Ok(stretches.into_iter().map(|stretch| stretch.close(is_backward)).collect())
}

fn stretches(nodes: Vec<Node>, is_backward: bool) -> Vec<Stretch> {
    let mut done = Vec::new();
    let mut current = Stretch::default();
    for node in nodes {
        match node {
            // What `{n-*}` demands is an offset of the part that is looked for later.
            Node::Gap { least, most: None } if is_backward => {
                current.offset_min = u64::from(least);
                done.push(std::mem::take(&mut current));
            }
            Node::Gap { least, most: None } => {
                let next = Stretch { offset_min: u64::from(least), ..Stretch::default() };
                done.push(std::mem::replace(&mut current, next));
            }
            other => current.add(other),
        }
    }
    done.push(current);
    done
}

/// What stands between two `*`.
#[derive(Debug, Default)]
struct Stretch {
    offset_min: u64,
    offset_max: Option<u64>,
    elements: Vec<Element>,
    left: Vec<Vec<Fragment>>,
    right: Vec<Vec<Fragment>>,
}

#[derive(Debug)]
enum Element {
    Fixed(Vec<Piece>),
    Choice(Vec<Pattern>),
    Gap(u32, u32),
}

impl Stretch {
    fn is_empty(&self) -> bool {
        self.elements.is_empty() && self.left.is_empty() && self.right.is_empty()
    }

    fn add(&mut self, node: Node) {
        match (self.elements.last_mut(), node) {
            (Some(Element::Fixed(pieces)), Node::Piece(piece)) => pieces.push(piece),
            (_, Node::Piece(piece)) => self.elements.push(Element::Fixed(vec![piece])),
            (Some(Element::Gap(least, most)), Node::Gap { least: more, most: Some(much) }) => {
                *least = least.saturating_add(more);
                *most = most.saturating_add(much);
            }
            (_, Node::Gap { least, most }) => self.elements.push(Element::Gap(least, most.unwrap_or(least))),
            (_, Node::Choice(patterns)) => match single_bytes(&patterns) {
                Some(set) => self.add(Node::Piece(Piece::OneOf(set))),
                None => self.elements.push(Element::Choice(patterns)),
            },
        }
    }

    /// Chooses what to look for (the longest run of plain bytes) and hangs the rest upon it.
    fn close(self, is_backward: bool) -> SubSequence {
        let longest = |pieces: &[Piece]| pieces.iter().map(plain_bytes).max().unwrap_or(0);
        let fixed = self.elements.iter().enumerate().filter_map(|(place, element)| match element {
            Element::Fixed(pieces) => Some((longest(pieces), place)),
            _ => None,
        });
        let chosen = fixed.max_by_key(|(length, place)| (*length, usize::MAX - place)).map(|(_, place)| place);
        let mut before = self.elements;
        let mut behind = before.split_off(chosen.unwrap_or(0));
        let main = match behind.first_mut() {
            Some(Element::Fixed(pieces)) => Pattern::new(std::mem::take(pieces)),
            _ => Pattern::default(),
        };
        before.reverse();
        let (left, left_gap) = hang(before, self.left, Fragment::left);
        let (right, right_gap) = hang(behind, self.right, Fragment::right);
        let mut part = SubSequence { offset_min: self.offset_min, offset_max: self.offset_max, main, left, right };
        let (near, far) = if is_backward { (right_gap, left_gap) } else { (left_gap, right_gap) };
        part.offset_min += u64::from(near.0);
        part.offset_max = part.offset_max.map(|most| most + u64::from(near.1));
        if far.0 > 0 {
            // A gap at the open end still demands that so many bytes are there.
            let edge = vec![Fragment { gap_min: far.0, gap_max: far.0, pattern: Pattern::default() }];
            if is_backward { part.left.push(edge) } else { part.right.push(edge) }
        }
        part
    }
}

fn plain_bytes(piece: &Piece) -> usize {
    if let Piece::Bytes(bytes) = piece { bytes.len() } else { 0 }
}

/// Returns the bytes of alternatives of one byte each.
fn single_bytes(patterns: &[Pattern]) -> Option<ByteSet> {
    let mut set = ByteSet::default();
    for pattern in patterns {
        match pattern.pieces() {
            [Piece::Bytes(bytes)] if bytes.len() == 1 => set.insert(bytes[0]),
            [Piece::OneOf(more)] => more.iter().for_each(|byte| set.insert(byte)),
            _ => return None,
        }
    }
    Some(set)
}

/// Turns elements, from the nearest outward, into groups of fragments; returns the gap at the outer end as well.
fn hang(
    elements: Vec<Element>,
    outer: Vec<Vec<Fragment>>,
    fragment: fn(u32, u32, Pattern) -> Fragment,
) -> (Vec<Vec<Fragment>>, (u32, u32)) {
    let mut groups = Vec::new();
    let mut gap = (0, 0);
    for element in elements {
        let patterns = match element {
            Element::Gap(least, most) => {
                gap = (least.saturating_add(gap.0), most.saturating_add(gap.1));
                continue;
            }
            Element::Fixed(pieces) if pieces.is_empty() => continue,
            Element::Fixed(pieces) => vec![Pattern::new(pieces)],
            Element::Choice(patterns) => patterns,
        };
        groups.push(patterns.into_iter().map(|pattern| fragment(gap.0, gap.1, pattern)).collect());
        gap = (0, 0);
    }
    for mut group in outer {
        for outermost in &mut group {
            outermost.gap_min = outermost.gap_min.saturating_add(gap.0);
            outermost.gap_max = outermost.gap_max.saturating_add(gap.1);
        }
        groups.push(group);
        gap = (0, 0);
    }
    (groups, gap)
}

/// Joins what always stands at the same distance, so that as little as possible is left to be tried out.
fn simplify(part: &mut SubSequence) {
    let main = std::mem::take(&mut part.main);
    let left = std::mem::take(&mut part.left);
    let (main, left) = join(main, left, |inner, gap, outer| [outer, &[Piece::Any(gap)], inner].concat());
    let right = std::mem::take(&mut part.right);
    let (main, right) = join(main, right, |inner, gap, outer| [inner, &[Piece::Any(gap)], outer].concat());
    *part = SubSequence { main, left, right, ..*part };
}

fn join(
    mut main: Pattern,
    groups: Vec<Vec<Fragment>>,
    concat: fn(&[Piece], u32, &[Piece]) -> Vec<Piece>,
) -> (Pattern, Vec<Vec<Fragment>>) {
    let mut kept: Vec<Vec<Fragment>> = Vec::new();
    for group in groups.into_iter().map(as_one) {
        let inner = match kept.last_mut() {
            None => Some(&mut main),
            Some(last) if last.len() == 1 => last.first_mut().map(|fragment| &mut fragment.pattern),
            Some(_) => None,
        };
        match (inner, group.as_slice()) {
            (Some(inner), [only]) if only.gap_min == only.gap_max => {
                *inner = Pattern::new(concat(inner.pieces(), only.gap_min, only.pattern.pieces()));
            }
            _ => kept.push(group),
        }
    }
    (main, kept)
}

/// Makes one set of alternatives of one byte at one distance.
fn as_one(group: Vec<Fragment>) -> Vec<Fragment> {
    let patterns: Vec<Pattern> = group.iter().map(|fragment| fragment.pattern.clone()).collect();
    match (group.first(), single_bytes(&patterns)) {
        (Some(&Fragment { gap_min, gap_max, .. }), Some(set))
            if group.iter().all(|other| (other.gap_min, other.gap_max) == (gap_min, gap_max)) =>
        {
            vec![Fragment { gap_min, gap_max, pattern: Pattern::new(vec![Piece::OneOf(set)]) }]
        }
        _ => group,
    }
}
