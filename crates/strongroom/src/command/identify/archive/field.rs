//! Numbers in the headers of archives.

/// Returns the number of two bytes, the low one first; 0 where there are none.
pub fn u16_at(bytes: &[u8], place: usize) -> u16 {
    array(bytes, place).map_or(0, u16::from_le_bytes)
}

/// Returns the number of four bytes, the low one first; 0 where there are none.
pub fn u32_at(bytes: &[u8], place: usize) -> u32 {
    array(bytes, place).map_or(0, u32::from_le_bytes)
}

/// Returns the number of eight bytes, the low one first; 0 where there are none.
pub fn u64_at(bytes: &[u8], place: usize) -> u64 {
    array(bytes, place).map_or(0, u64::from_le_bytes)
}

fn array<const N: usize>(bytes: &[u8], place: usize) -> Option<[u8; N]> {
    bytes.get(place..place.checked_add(N)?)?.try_into().ok()
}
