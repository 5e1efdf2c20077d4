//! Little-endian numbers at places of a slice, where a place beyond its end is no panic.

/// Returns the number of two bytes at `place`.
pub(super) fn u16_at(bytes: &[u8], place: usize) -> Option<u16> {
    bytes.get(place..)?.first_chunk().copied().map(u16::from_le_bytes)
}

/// Returns the number of four bytes at `place`.
pub(super) fn u32_at(bytes: &[u8], place: usize) -> Option<u32> {
    bytes.get(place..)?.first_chunk().copied().map(u32::from_le_bytes)
}

/// Returns the number of eight bytes at `place`.
pub(super) fn u64_at(bytes: &[u8], place: usize) -> Option<u64> {
    bytes.get(place..)?.first_chunk().copied().map(u64::from_le_bytes)
}
