//! The signatures in the order in which they are found fastest.

use super::anchors::{Anchors, Key, choose, ways};
use super::evaluate::{evaluate_sequence, has_all};
use super::filter::{Filter, LITERAL_BYTES_MIN, LiteralId, Seen, literal_commonness};
use super::{Ends, Hit, Place, Work};
use crate::table::{Format, Sequence, Signature, SubSequence};
use hashbrown::HashMap;

/// Offsets of a part that are fewer are searched without asking the filter first.
const FILTERED_OFFSETS_MIN: u64 = 32;

/// The signatures in the order in which they are found fastest.
#[derive(Debug, Default)]
pub struct Index {
    pub(super) entries: Vec<Entry>,
    pub(super) filter: Filter,
    /// Bytes of the longest match of one part.
    pub(super) span_max: u64,
    anchors: Anchors,
    /// For each literal, the signatures that are compared when it is there.
    triggered: HashMap<LiteralId, Vec<u32>>,
    /// The signatures that every file is compared with.
    always: Vec<u32>,
}

/// A signature of the index.
#[derive(Debug)]
pub struct Entry {
    /// The place of its format in the table.
    pub format: usize,
    /// Its place among the signatures of the format.
    pub signature: usize,
    /// What must be seen for each part of each sequence, if the filter can see it.
    pub literals: Vec<Vec<Option<LiteralId>>>,
    /// All that must be seen in the first bytes.
    needs: Vec<LiteralId>,
    /// All that must be seen besides for sequences at the end, when the first bytes are the whole file.
    needs_of_whole: Vec<LiteralId>,
    /// The sequences, those that are cheap to compare first.
    order: Vec<usize>,
}

/// Memory that is used for one file after the other.
#[derive(Debug, Default)]
pub struct Scratch {
    /// What comparing may cost, and its memory.
    pub work: Work,
    pub(super) seen: Seen,
    candidates: Vec<u32>,
    /// Where the parts of the sequences of one signature stand.
    places: Vec<Vec<Place>>,
}

impl Index {
    /// Orders the signatures of formats.
    pub fn new(formats: &[Format]) -> Self {
        let mut index = Self::default();
        let mut shared = HashMap::new();
        let signatures = formats.iter().flat_map(|format| &format.signatures);
        let ways: Vec<Vec<Vec<Key>>> = signatures.map(|one| one.sequences.iter().flat_map(ways).collect()).collect();
        ways.iter().flatten().flatten().for_each(|key| *shared.entry(*key).or_insert(0) += 1);
        for (place, format) in formats.iter().enumerate() {
            for (number, signature) in format.signatures.iter().enumerate() {
                let entry = index.entry(place, number, signature);
                let id = u32::try_from(index.entries.len()).expect("the compiler bounds the number of signatures");
                if let Some(keys) = choose(&ways[index.entries.len()], &shared) {
                    keys.iter().for_each(|key| index.anchors.add(key, id));
                } else if let Some(literal) = entry.needs.first() {
                    index.triggered.entry(*literal).or_default().push(id);
                } else {
                    index.always.push(id);
                }
                index.entries.push(entry);
            }
        }
        index
    }

    fn entry(&mut self, format: usize, number: usize, signature: &Signature) -> Entry {
        let mut entry = Entry {
            format,
            signature: number,
            literals: Vec::new(),
            needs: Vec::new(),
            needs_of_whole: Vec::new(),
            order: Vec::new(),
        };
        for sequence in &signature.sequences {
            let longest = sequence.parts.iter().map(SubSequence::span_max).max();
            self.span_max = self.span_max.max(longest.unwrap_or(0));
            let literals: Vec<_> = sequence.parts.iter().map(|part| self.literal(part)).collect();
            if sequence.is_backward() {
                entry.needs_of_whole.extend(literals.iter().flatten());
                // Chunks are searched for what is at the end from the end, and without the filter.
                entry.literals.push(vec![None; literals.len()]);
            } else {
                entry.needs.extend(literals.iter().flatten());
                entry.literals.push(literals);
            }
        }
        entry.order = (0..signature.sequences.len()).collect();
        entry.order.sort_by_key(|place| cost(&signature.sequences[*place]));
        entry
    }

    /// Returns the literal that every match of a part has and that is the least common, when it may be far away.
    fn literal(&mut self, part: &SubSequence) -> Option<LiteralId> {
        let offsets = part.offset_max.map_or(u64::MAX, |most| most - part.offset_min);
        if offsets < FILTERED_OFFSETS_MIN {
            return None;
        }
        let runs = part.required().flat_map(|pattern| pattern.runs()).map(|(_, run)| run);
        let usable = runs.filter(|run| run.len() >= LITERAL_BYTES_MIN);
        let literal = usable.min_by_key(|run| literal_commonness(run))?;
        self.filter.add(literal)
    }

    /// Compares the ends of a file with all signatures and returns those that match, in the order of the table.
    pub fn match_ends(&self, formats: &[Format], ends: Ends<'_>, scratch: &mut Scratch) -> Vec<Hit> {
        let Scratch { work, seen, candidates, places } = scratch;
        self.filter.scan(ends.head, seen);
        candidates.clear();
        candidates.extend_from_slice(&self.always);
        self.anchors.look_up(ends.head, ends.tail, candidates);
        for (literal, entries) in &self.triggered {
            if seen.has(*literal) {
                candidates.extend_from_slice(entries);
            }
        }
        candidates.sort_unstable();
        candidates.dedup();
        let entries = candidates.iter().map(|id| &self.entries[*id as usize]);
        let is_whole = ends.head.len() as u64 == ends.size_bytes;
        let possible =
            entries.filter(|entry| has_all(&entry.needs, seen) && (!is_whole || has_all(&entry.needs_of_whole, seen)));
        possible.filter_map(|entry| entry.compare(formats, ends, work, places)).collect()
    }
}

impl Entry {
    /// Returns the signature itself.
    pub fn signature<'a>(&self, formats: &'a [Format]) -> &'a Signature {
        &formats[self.format].signatures[self.signature]
    }

    fn compare(
        &self,
        formats: &[Format],
        ends: Ends<'_>,
        work: &mut Work,
        places: &mut Vec<Vec<Place>>,
    ) -> Option<Hit> {
        let signature = self.signature(formats);
        if places.len() < signature.sequences.len() {
            places.resize(signature.sequences.len(), Vec::new());
        }
        for number in &self.order {
            places[*number].clear();
            if !evaluate_sequence(&signature.sequences[*number], ends, &mut places[*number], work) {
                return None;
            }
        }
        let places = places[..signature.sequences.len()].concat();
        Some(Hit { format: self.format, signature_id: signature.id, places })
    }
}

/// Ranks sequences by how many offsets there are to be tried, then by how much is to be compared at each.
fn cost(sequence: &Sequence) -> (u64, usize) {
    let offsets = |part: &SubSequence| part.offset_max.map_or(u64::MAX, |most| most - part.offset_min);
    let fragments = |part: &SubSequence| part.left.len() + part.right.len();
    (sequence.parts.iter().map(offsets).max().unwrap_or(0), sequence.parts.iter().map(fragments).sum())
}

#[cfg(test)]
mod tests {
    use crate::{Limits, Recognizer, Signatures};

    #[test]
    fn what_stands_near_the_end_is_found_in_small_files_and_in_large_ones() {
        for filler in [100, 200_000] {
            let dots = vec![b'.'; filler];
            let bytes = [b"II*\0", &dots[..], b"\x12\xC6\x01\0\x04\0\0\0\x01\x03\0\0", &dots[..50]].concat();
            let mut recognizer = Recognizer::new(Signatures::official(), Limits::default());
            recognizer.push(&bytes);
            let found = recognizer.finish(None);
            assert!(found.candidates.iter().any(|one| one.puid().as_str() == "fmt/438"), "{filler}");
        }
    }

    #[test]
    fn few_signatures_are_compared_with_every_file() {
        let index = Signatures::official().index();
        assert_eq!(index.entries.len(), 2242);
        assert!(index.always.len() <= 40, "{}", index.always.len());
        assert!(index.triggered.values().map(Vec::len).sum::<usize>() <= 100);
    }
}
