//! The extra field in which an entry keeps numbers that are too great for 32 bits (APPNOTE §4.5.3).

use super::super::little_endian::{u16_at, u64_at};

const TAG: u16 = 0x0001;
/// What stands in a field of 32 bits whose number is in the extra field.
const ELSEWHERE: u64 = 0xffff_ffff;

/// Replaces, in their order in the extra field, the numbers that are kept there.
///
/// One that the field should have and has not stays as it is: it then lies beyond the end of nearly every file, and
/// is found out where it is used.
pub(super) fn replace(numbers: [&mut u64; 3], extra: &[u8]) {
    let mut values = field(extra).chunks_exact(8).map(|chunk| u64_at(chunk, 0).unwrap_or(ELSEWHERE));
    for number in numbers.into_iter().filter(|number| **number == ELSEWHERE) {
        *number = values.next().unwrap_or(ELSEWHERE);
    }
}

fn field(mut extra: &[u8]) -> &[u8] {
    while let (Some(tag), Some(length)) = (u16_at(extra, 0), u16_at(extra, 2)) {
        let rest = &extra[4..];
        let (content, after) = rest.split_at(rest.len().min(length.into()));
        if tag == TAG {
            return content;
        }
        extra = after;
    }
    &[]
}
