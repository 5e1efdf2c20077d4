//! One pass over many bytes that tells which of many literals are among them.

use hashbrown::HashMap;

/// Bytes of the shortest literal that the filter can find.
pub const LITERAL_BYTES_MIN: usize = GRAM_BYTES + STEP_BYTES - 1;

/// Bytes that are looked at together.
const GRAM_BYTES: usize = 4;
/// Bytes from one look to the next: of every seven bytes one aligned gram is seen, wherever they stand.
const STEP_BYTES: usize = 4;
/// Bits of the table of grams; its 8 KiB stay in the nearest cache.
const TABLE_BITS: u32 = 16;
/// Looks that are taken before the first branch.
const LOOKS: usize = 4;

/// A literal of the filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LiteralId(u32);

/// Tells which of many literals are among some bytes.
#[derive(Debug, Default)]
pub struct Filter {
    /// Which grams there are, by their hash.
    table: Vec<u64>,
    /// For each gram, the literals that have it, and where.
    grams: HashMap<u32, Vec<(LiteralId, usize)>>,
    literals: Vec<Box<[u8]>>,
    ids: HashMap<Box<[u8]>, LiteralId>,
}

/// The literals that were among the bytes.
#[derive(Debug, Default)]
pub struct Seen(Vec<bool>);

impl Seen {
    /// Says whether a literal was among the bytes.
    pub fn has(&self, literal: LiteralId) -> bool {
        self.0.get(literal.0 as usize).copied().unwrap_or(false)
    }
}

impl Filter {
    /// Adds a literal; equal ones are one. None when it is too short.
    pub fn add(&mut self, literal: &[u8]) -> Option<LiteralId> {
        let (place, _) = rarest_window(literal)?;
        if let Some(id) = self.ids.get(literal) {
            return Some(*id);
        }
        let id = LiteralId(u32::try_from(self.literals.len()).ok()?);
        self.table.resize(1 << (TABLE_BITS - 6), 0);
        for gram_place in place..place + STEP_BYTES {
            let gram = literal.get(gram_place..).and_then(|rest| rest.first_chunk())?;
            let gram = u32::from_le_bytes(*gram);
            let slot = hash(gram);
            self.table[slot >> 6] |= 1 << (slot & 63);
            self.grams.entry(gram).or_default().push((id, gram_place));
        }
        self.literals.push(literal.into());
        self.ids.insert(literal.into(), id);
        Some(id)
    }

    /// Looks for all literals.
    pub fn scan(&self, bytes: &[u8], seen: &mut Seen) {
        seen.0.clear();
        seen.0.resize(self.literals.len(), false);
        if self.table.is_empty() {
            return;
        }
        let block_bytes = LOOKS * STEP_BYTES;
        let mut blocks = bytes.chunks_exact(block_bytes);
        let mut place = 0;
        for block in &mut blocks {
            let grams: [u32; LOOKS] = std::array::from_fn(|look| {
                let at = look * STEP_BYTES;
                u32::from_le_bytes([block[at], block[at + 1], block[at + 2], block[at + 3]])
            });
            if grams.iter().fold(0, |any, gram| any | self.has(*gram)) != 0 {
                for (look, gram) in grams.iter().enumerate() {
                    self.settle(*gram, place + look * STEP_BYTES, bytes, seen);
                }
            }
            place += block_bytes;
        }
        for gram in blocks.remainder().chunks_exact(GRAM_BYTES) {
            self.settle(u32::from_le_bytes([gram[0], gram[1], gram[2], gram[3]]), place, bytes, seen);
            place += STEP_BYTES;
        }
    }

    fn has(&self, gram: u32) -> u64 {
        let slot = hash(gram);
        self.table[(slot >> 6) & ((1 << (TABLE_BITS - 6)) - 1)] >> (slot & 63) & 1
    }

    /// Compares the literals that have this gram with what is around it.
    fn settle(&self, gram: u32, place: usize, bytes: &[u8], seen: &mut Seen) {
        if self.has(gram) == 0 {
            return;
        }
        for (id, distance) in self.grams.get(&gram).into_iter().flatten() {
            let literal = &self.literals[id.0 as usize];
            let start = place.checked_sub(*distance);
            let there = start.and_then(|start| bytes.get(start..start + literal.len()));
            if !seen.0[id.0 as usize] && there == Some(&**literal) {
                seen.0[id.0 as usize] = true;
            }
        }
    }
}

fn hash(gram: u32) -> usize {
    (gram.wrapping_mul(0x9E37_79B1) >> (32 - TABLE_BITS)) as usize
}

/// Returns where the part of a literal begins whose grams are seldom in files, and how common they are.
fn rarest_window(literal: &[u8]) -> Option<(usize, u32)> {
    let windows = literal.windows(LITERAL_BYTES_MIN).enumerate();
    windows.map(|(place, window)| (place, window_commonness(window))).min_by_key(|(_, commonness)| *commonness)
}

fn window_commonness(window: &[u8]) -> u32 {
    window
        .windows(GRAM_BYTES)
        .map(|gram| gram.iter().map(|byte| COMMONNESS[usize::from(*byte)]).product::<u32>())
        .max()
        .unwrap_or(0)
}

const COMMONNESS: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < table.len() {
        table[byte] = rank(byte as u8);
        byte += 1;
    }
    table
};

/// Returns how common a byte is, to compare with that of others.
pub fn commonness(byte: u8) -> u32 {
    COMMONNESS[usize::from(byte)]
}

/// Ranks bytes roughly by how often files have them.
const fn rank(byte: u8) -> u32 {
    match byte {
        0 | b' ' => 40,
        b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' | 0xFF | b'\n' => 20,
        b'a'..=b'z' | b'0' | b'1' | b'<' | b'>' | b'/' | b'"' | b'=' | b'-' | b'.' | 1 => 12,
        b'0'..=b'9' | b'A'..=b'Z' | b'\r' | b'\t' => 6,
        _ => 2,
    }
}

/// Returns how common the commonest part of a literal is that the filter has to look for, if it can.
pub fn literal_commonness(literal: &[u8]) -> Option<u32> {
    rarest_window(literal).map(|(_, commonness)| commonness)
}

#[cfg(test)]
mod tests {
    use super::{Filter, Seen};

    #[test]
    fn a_literal_is_seen_wherever_it_stands() {
        let mut filter = Filter::default();
        let (short, long) = (filter.add(b"seven b").unwrap(), filter.add(b"a somewhat longer one").unwrap());
        assert_eq!(filter.add(b"seven b"), Some(short));
        assert_eq!(filter.add(b"too few"[..6].into()), None);
        let mut seen = Seen::default();
        for before in 0..40 {
            for behind in 0..20 {
                let bytes = [&vec![b'.'; before][..], b"seven b", &vec![b'.'; behind]].concat();
                filter.scan(&bytes, &mut seen);
                assert!(seen.has(short) && !seen.has(long), "{before} {behind}");
                filter.scan(&bytes[..before + 6], &mut seen);
                assert!(!seen.has(short), "{before}");
            }
        }
        filter.scan(b"", &mut seen);
        assert!(!seen.has(short));
    }
}
