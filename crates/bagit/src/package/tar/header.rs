//! One tar header block of 512 bytes: v7, ustar (POSIX.1-1988) or GNU.

use std::ops::Range;

/// The unit of a tar file, in bytes.
pub(crate) const BLOCK_BYTES: usize = 512;

const NAME: Range<usize> = 0..100;
const SIZE: Range<usize> = 124..136;
const MODIFIED: Range<usize> = 136..148;
const CHECKSUM: Range<usize> = 148..156;
const TYPE: usize = 156;
const MAGIC: Range<usize> = 257..263;
const PREFIX: Range<usize> = 345..500;

/// What the fields of a header say that matter to a bag; owners, modes and link targets do not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    /// The name as it stands in the block, with the ustar prefix in front.
    pub name: Vec<u8>,
    pub size_bytes: u64,
    pub modified_seconds: i64,
    /// The type flag: `0` file, `5` folder, `L` GNU long name, `x` PAX …
    pub flag: u8,
}

/// Why a block is no header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Damage {
    /// The sum over the block is not the sum written in it.
    Checksum,
    /// The size is no number, or greater than 2^63 - 1.
    Size,
}

impl Header {
    /// Reads a header.
    ///
    /// # Errors
    /// The checksum does not fit, or the size is no number.
    pub(crate) fn parse(block: &[u8; BLOCK_BYTES]) -> Result<Self, Damage> {
        if !has_valid_checksum(block) {
            return Err(Damage::Checksum);
        }
        let size_bytes = number(&block[SIZE]).and_then(|size| u64::try_from(size).ok()).ok_or(Damage::Size)?;
        let modified_seconds = number(&block[MODIFIED]).unwrap_or(0);
        let mut name = Vec::new();
        // GNU writes `ustar  ` and keeps other things where POSIX has the prefix.
        if &block[MAGIC] == b"ustar\0" && block[PREFIX.start] != 0 {
            name.extend_from_slice(until_nul(&block[PREFIX]));
            name.push(b'/');
        }
        name.extend_from_slice(until_nul(&block[NAME]));
        Ok(Self { name, size_bytes, modified_seconds, flag: block[TYPE] })
    }
}

/// Returns whether a block may be the first of a tar file.
pub(crate) fn looks_like_header(block: &[u8]) -> bool {
    <&[u8; BLOCK_BYTES]>::try_from(block).is_ok_and(|block| !is_zero(block) && has_valid_checksum(block))
}

/// Returns whether a block is part of the end mark.
pub(crate) fn is_zero(block: &[u8]) -> bool {
    block.iter().all(|byte| *byte == 0)
}

fn has_valid_checksum(block: &[u8; BLOCK_BYTES]) -> bool {
    let Some(written) = number(&block[CHECKSUM]) else { return false };
    let (mut unsigned, mut signed) = (0_i64, 0_i64);
    for (place, byte) in block.iter().enumerate() {
        let byte = if CHECKSUM.contains(&place) { b' ' } else { *byte };
        unsigned += i64::from(byte);
        // Some old writers summed signed characters; readers accept both.
        signed += i64::from(byte.cast_signed());
    }
    written == unsigned || written == signed
}

/// Reads octal digits, or the base-256 form that GNU and star use for what octal cannot hold.
fn number(field: &[u8]) -> Option<i64> {
    let (first, rest) = field.split_first()?;
    if first & 0x80 != 0 {
        return base_256(*first, rest);
    }
    let digits = until_nul(field).trim_ascii();
    digits.iter().try_fold(0_i64, |value, digit| match digit {
        b'0'..=b'7' => value.checked_mul(8)?.checked_add(i64::from(digit - b'0')),
        _ => None,
    })
}

/// Two's complement, most significant byte first; the top bit of the field only says that it is this form.
fn base_256(first: u8, rest: &[u8]) -> Option<i64> {
    let is_negative = first & 0x40 != 0;
    let top = if is_negative { i128::from(first) - 256 } else { i128::from(first & 0x7f) };
    let value = rest.iter().try_fold(top, |value, byte| value.checked_mul(256)?.checked_add(i128::from(*byte)))?;
    i64::try_from(value).ok()
}

fn until_nul(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_octal_and_in_base_256() {
        let cases: [(&[u8], Option<i64>); 8] = [
            (b"00000000017\0", Some(15)),
            (b"      17 \0\0\0", Some(15)),
            (b"777777777777", Some(0o777_777_777_777)),
            (b"\0\0\0\0\0\0\0\0\0\0\0\0", Some(0)),
            (b"00000000018\0", None),
            (b"\x80\0\0\0\0\0\x05\0\0\0\0\x01", Some((5 << 40) + 1)),
            (b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe", Some(-2)),
            (b"\x80\x01\0\0\0\0\0\0\0\0\0\0", None),
        ];
        for (field, expected) in cases {
            assert_eq!(number(field), expected, "{field:?}");
        }
    }

    #[test]
    fn a_block_with_one_flipped_bit_is_no_header() {
        let mut block = [0_u8; BLOCK_BYTES];
        block[..5].copy_from_slice(b"bag/a");
        block[CHECKSUM].fill(b' ');
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[CHECKSUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        assert_eq!(Header::parse(&block).map(|header| header.name), Ok(b"bag/a".to_vec()));
        block[3] ^= 1;
        assert_eq!(Header::parse(&block), Err(Damage::Checksum));
    }
}
