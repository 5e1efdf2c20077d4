//! The bounds of recognizing one file.

use crate::container::ContainerLimits;
use crate::matching::WORK_MAX;

/// Bytes at the begin of a file that are looked at, as DROID does unless told otherwise.
pub const HEAD_BYTES: usize = 64 << 10;
/// Bytes at the end of a file that are looked at, as DROID does unless told otherwise.
pub const TAIL_BYTES: usize = 64 << 10;

/// The bounds of recognizing one file. Their defaults are the constants of the same names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes at the begin of a file that are looked at.
    pub head_bytes: usize,
    /// Bytes at the end of a file that are looked at.
    pub tail_bytes: usize,
    /// What comparing may cost, in units of about a nanosecond; each chunk, where every byte is looked at.
    pub work_max: u64,
    /// The bounds of looking into a container.
    pub container: ContainerLimits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_bytes: HEAD_BYTES,
            tail_bytes: TAIL_BYTES,
            work_max: WORK_MAX,
            container: ContainerLimits::default(),
        }
    }
}
