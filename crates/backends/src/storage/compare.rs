//! Two files held against each other.

use std::io::{self, Read};

/// Bytes of each that are in memory at once.
const WINDOW_BYTES: usize = 64 << 10;

/// Says whether two readers give the same bytes.
pub(super) fn same(first: &mut impl Read, second: &mut impl Read) -> io::Result<bool> {
    let (mut one, mut two) = (vec![0; WINDOW_BYTES], vec![0; WINDOW_BYTES]);
    loop {
        let count = first.read(&mut one)?;
        if count == 0 {
            return Ok(second.read(&mut two)? == 0);
        }
        match second.read_exact(&mut two[..count]) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            other => other?,
        }
        if one[..count] != two[..count] {
            return Ok(false);
        }
    }
}
