//! A stretch of a source, read into memory that grows with what is really there.

use std::io;

use crate::Source;

/// Bytes that memory grows by at a time: a size may lie, the bytes that were read do not.
const STEP_BYTES: usize = 64 << 10;

/// Appends up to `length_bytes` from `offset` on to `target` and returns how many there were.
pub(super) fn append(source: &dyn Source, offset: u64, length_bytes: u64, target: &mut Vec<u8>) -> io::Result<u64> {
    let mut read_bytes = 0;
    while read_bytes < length_bytes {
        let step = usize::try_from(length_bytes - read_bytes).unwrap_or(usize::MAX).min(STEP_BYTES);
        let Some(position) = offset.checked_add(read_bytes) else { break };
        let length = target.len();
        target.resize(length + step, 0);
        let read = source.read_full_at(position, &mut target[length..]);
        target.truncate(length + *read.as_ref().unwrap_or(&0));
        let read = read?;
        read_bytes += read as u64;
        if read < step {
            break;
        }
    }
    Ok(read_bytes)
}
