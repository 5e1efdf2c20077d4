//! Signatures that have plain bytes at one place, found by looking that place up.

use crate::table::{Anchor, Pattern, Piece, Sequence};
use hashbrown::HashMap;

/// Bytes that are looked up at most.
const KEY_BYTES_MAX: usize = 4;
/// Bytes that are looked up at least: one byte alone would be right too often.
const KEY_BYTES_MIN: usize = 2;
/// Signatures that may share a key before another one is sought at a place farther away.
const SHARED_MAX: usize = 8;
/// Offsets that are looked up one by one.
const OFFSETS_MAX: u64 = 20;
/// What the bytes of one key may be, multiplied out.
const EXPANDED_MAX: usize = 16;
/// Keys of one signature.
const KEYS_MAX: usize = 2048;

/// Bytes at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    group: Group,
    bytes: [u8; KEY_BYTES_MAX],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Group {
    /// Where the bytes begin, from the begin of the file forward or from its end backward.
    distance: u64,
    is_from_end: bool,
    length: usize,
}

/// The signatures that have these bytes at one place.
type ByBytes = HashMap<[u8; KEY_BYTES_MAX], Vec<u32>>;

/// Which signatures have which bytes at which place.
#[derive(Debug, Default)]
pub struct Anchors {
    groups: Vec<(Group, ByBytes)>,
}

impl Anchors {
    /// Adds a signature under a key.
    pub fn add(&mut self, key: &Key, signature: u32) {
        let place = self.groups.iter().position(|(group, _)| *group == key.group).unwrap_or_else(|| {
            self.groups.push((key.group, HashMap::new()));
            self.groups.len() - 1
        });
        self.groups[place].1.entry(key.bytes).or_default().push(signature);
    }

    /// Appends the signatures whose bytes are in their place.
    pub fn look_up(&self, head: &[u8], tail: &[u8], found: &mut Vec<u32>) {
        for (group, signatures) in &self.groups {
            let distance = usize::try_from(group.distance).unwrap_or(usize::MAX);
            let there = if group.is_from_end {
                tail.len().checked_sub(distance).and_then(|start| tail.get(start..))
            } else {
                head.get(distance..)
            };
            let Some(there) = there.and_then(|bytes| bytes.get(..group.length)) else { continue };
            if let Some(signatures) = signatures.get(&padded(there)) {
                found.extend_from_slice(signatures);
            }
        }
    }
}

fn padded(bytes: &[u8]) -> [u8; KEY_BYTES_MAX] {
    std::array::from_fn(|place| bytes.get(place).copied().unwrap_or(0))
}

/// Returns the ways to find a sequence, the nearest to the anchor first: of each way, one of the keys must be there.
pub fn ways(sequence: &Sequence) -> Vec<Vec<Key>> {
    let mut ways = runs(sequence);
    if ways.is_empty() {
        ways.extend(edge(sequence));
    }
    ways
}

/// Returns the plain bytes of a main pattern that has but one place.
fn runs(sequence: &Sequence) -> Vec<Vec<Key>> {
    let Some((offset, part)) = sequence.fixed_offset().zip(sequence.parts.first()) else { return Vec::new() };
    let is_from_end = sequence.anchor == Anchor::End;
    let (least, most) = if is_from_end { part.right_reach() } else { part.left_reach() };
    if least != most {
        return Vec::new();
    }
    let runs = part.main.runs().filter(|(_, run)| run.len() >= KEY_BYTES_MIN);
    let mut keys: Vec<Key> = runs
        .map(|(place, run)| {
            let distance = if is_from_end { part.main.length() - place } else { place };
            let distance = offset + least + distance as u64;
            let length = run.len().min(KEY_BYTES_MAX);
            Key { group: Group { distance, is_from_end, length }, bytes: padded(&run[..length]) }
        })
        .collect();
    keys.sort_by_key(|key| (usize::MAX - key.group.length, key.group.distance));
    keys.into_iter().map(|key| vec![key]).collect()
}

/// Returns all bytes that may stand at the edge of a part, at all of its few offsets.
fn edge(sequence: &Sequence) -> Option<Vec<Key>> {
    let part = sequence.parts.first()?;
    let offsets = part.offset_min..=part.offset_max?;
    if offsets.end() - offsets.start() >= OFFSETS_MAX {
        return None;
    }
    let is_from_end = sequence.anchor == Anchor::End;
    let outermost = if is_from_end { part.right.last() } else { part.left.last() };
    let patterns: Vec<&Pattern> = match outermost {
        Some(group) => group.iter().map(|fragment| &fragment.pattern).collect(),
        None => vec![&part.main],
    };
    let mut keys = Vec::new();
    for pattern in patterns {
        for bytes in expanded(pattern, is_from_end)? {
            for offset in offsets.clone() {
                let distance = if is_from_end { offset + bytes.len() as u64 } else { offset };
                let group = Group { distance, is_from_end, length: bytes.len() };
                keys.push(Key { group, bytes: padded(&bytes) });
            }
        }
    }
    (keys.len() <= KEYS_MAX).then_some(keys)
}

/// Multiplies out what the first bytes of a pattern (or its last) may be; none when they may be anything.
fn expanded(pattern: &Pattern, is_from_end: bool) -> Option<Vec<Vec<u8>>> {
    let mut expanded: Vec<Vec<u8>> = vec![Vec::new()];
    let mut choices: Vec<Vec<u8>> = Vec::new();
    let pieces = pattern.pieces();
    for place in 0..pieces.len().min(KEY_BYTES_MAX) {
        match &pieces[if is_from_end { pieces.len() - 1 - place } else { place }] {
            Piece::Bytes(bytes) if is_from_end => {
                choices.extend(bytes.iter().rev().take(KEY_BYTES_MAX).map(|b| vec![*b]))
            }
            Piece::Bytes(bytes) => choices.extend(bytes.iter().take(KEY_BYTES_MAX).map(|byte| vec![*byte])),
            Piece::OneOf(set) => choices.push(set.iter().collect()),
            Piece::Between { .. } | Piece::Any(_) => break,
        }
    }
    let mut choices = choices.into_iter();
    let first = choices.next().filter(|first| !first.is_empty())?;
    let rest = choices.take(KEY_BYTES_MAX - 1);
    for (place, choice) in std::iter::once(first).chain(rest).enumerate() {
        if place > 0 && expanded.len() * choice.len() > EXPANDED_MAX {
            break;
        }
        expanded =
            expanded.iter().flat_map(|bytes| choice.iter().map(|byte| [&bytes[..], &[*byte]].concat())).collect();
    }
    if is_from_end {
        expanded.iter_mut().for_each(|bytes| bytes.reverse());
    }
    Some(expanded)
}

/// Chooses a way: the first, unless many signatures share it and another is less shared.
pub fn choose<'a>(ways: &'a [Vec<Key>], shared: &HashMap<Key, usize>) -> Option<&'a [Key]> {
    let first = ways.first()?;
    let count = |way: &Vec<Key>| way.iter().map(|key| shared.get(key).copied().unwrap_or(0)).max();
    if count(first) <= Some(SHARED_MAX) {
        return Some(first);
    }
    ways.iter().min_by_key(|way| count(way)).map(Vec::as_slice)
}
