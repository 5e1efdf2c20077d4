//! How many threads can run at once.

use std::num::NonZero;
use std::sync::OnceLock;

/// Returns how many threads this process may have running at once; 1 where that cannot be told. It is asked for only
/// once, for the answer stands in several files of the kernel.
#[must_use]
pub fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, NonZero::get))
}
