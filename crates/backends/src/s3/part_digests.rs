//! The digests of the parts of one upload, computed for many parts at once: streams in SIMD lanes cost a fraction of what
//! they cost one after the other, and of one stream alone no lane could be made.

use std::fs::File;
use std::io;
use std::sync::{Mutex, OnceLock, PoisonError};

use digests::{Algorithm, Control, Digests, Job, Limits, Watch, hash_many};

use super::base64::base64;
use super::body::Content;

/// Parts that are hashed together at the most: as many as there are lanes.
const GROUP_PARTS_MAX: u64 = 16;
/// Bytes that are hashed together at the most, for they are read a second time when they are sent: from the page cache.
const GROUP_BYTES_MAX: u64 = 128 << 20;
/// Bytes of buffers while a group is hashed.
const BUFFER_BYTES: usize = 1 << 20;

/// The digests of all parts of a stretch of a file. A group is hashed when the first of its parts is asked for.
pub(super) struct PartDigests<'a> {
    file: &'a File,
    offset_bytes: u64,
    length_bytes: u64,
    part_bytes: u64,
    algorithm: Algorithm,
    group_parts: u64,
    groups: Vec<OnceLock<Vec<Option<String>>>>,
}

impl<'a> PartDigests<'a> {
    pub(super) fn new(
        (file, offset_bytes, length_bytes): (&'a File, u64, u64),
        part_bytes: u64,
        algorithm: Algorithm,
    ) -> Self {
        let group_parts = (GROUP_BYTES_MAX / part_bytes).clamp(1, GROUP_PARTS_MAX);
        let groups = length_bytes.div_ceil(part_bytes).div_ceil(group_parts);
        let groups = (0..groups).map(|_| OnceLock::new()).collect();
        Self { file, offset_bytes, length_bytes, part_bytes, algorithm, group_parts, groups }
    }

    /// Returns a part's content. The first has the number 1.
    pub(super) fn content(&self, number: u64) -> Content<'a> {
        let place = (number - 1) * self.part_bytes;
        let length_bytes = self.part_bytes.min(self.length_bytes - place);
        Content::Stretch { file: self.file, offset_bytes: self.offset_bytes + place, length_bytes }
    }

    /// Returns a part's digest in base64; `None` when it cannot be read, of which its sending will tell more.
    pub(super) fn digest(&self, number: u64) -> Option<String> {
        let (group, within) = ((number - 1) / self.group_parts, (number - 1) % self.group_parts);
        let group = usize::try_from(group).ok().and_then(|place| self.groups.get(place));
        let digests = group?.get_or_init(|| self.hash(number - within));
        usize::try_from(within).ok().and_then(|place| digests.get(place).cloned().flatten())
    }

    /// Hashes a group, which begins with this part.
    fn hash(&self, first: u64) -> Vec<Option<String>> {
        let parts = self.length_bytes.div_ceil(self.part_bytes);
        let numbers = first..(first + self.group_parts).min(parts + 1);
        let collected = Collected(self.algorithm, Mutex::new(vec![None; numbers.clone().count()]));
        let jobs = numbers.enumerate().map(|(key, number)| {
            let content = self.content(number);
            Job { key, reader: content.open(), size_hint: content.length_bytes() }
        });
        let limits = Limits { threads: 1, buffer_bytes: BUFFER_BYTES };
        hash_many(self.algorithm.into(), jobs, limits, &collected);
        collected.1.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Collected(Algorithm, Mutex<Vec<Option<String>>>);

impl Watch<usize> for Collected {
    fn ended(&self, key: usize, result: io::Result<(Digests, u64)>) -> Control {
        let digest = result.ok().and_then(|(digests, _)| digests.get(self.0));
        let mut all = self.1.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = all.get_mut(key) {
            *place = digest.map(|digest| base64(digest.as_bytes()));
        }
        Control::Continue
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn each_part_has_the_digest_of_its_own_bytes_whatever_group_it_is_in() {
        let mut file = tempfile::tempfile().expect("there is room");
        let bytes: Vec<u8> = (0..100_003_u32).map(|place| (place.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        file.write_all(&bytes).expect("there is room");
        for algorithm in [Algorithm::Sha256, Algorithm::Md5] {
            let digests = PartDigests::new((&file, 3, 100_000), 4_096, algorithm);
            // Some 25 parts are two groups; the last is shorter.
            for number in (1..=100_000_u64.div_ceil(4_096)).rev() {
                let whole = digests.content(number).digest(algorithm).unwrap_or_else(|failure| panic!("{failure}"));
                assert_eq!(digests.digest(number), Some(base64(whole.as_bytes())), "part {number}");
            }
            assert_eq!(digests.digest(26), None);
        }
    }

    #[test]
    fn a_part_beyond_the_end_of_the_file_has_none_and_those_before_it_have() {
        let mut file = tempfile::tempfile().expect("there is room");
        file.write_all(&[7; 10_000]).expect("there is room");
        let digests = PartDigests::new((&file, 0, 12_288), 4_096, Algorithm::Sha256);
        assert!(digests.digest(1).is_some() && digests.digest(2).is_some());
        assert_eq!(digests.digest(3), None);
    }
}
