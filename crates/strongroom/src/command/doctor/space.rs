//! Free space: how much is enough.

use std::path::Path;

use super::super::output;
use super::check::Check;

/// Below this, deposits of ordinary size fail.
const FAULT_BYTES: u64 = 256 << 20;
/// Below this, somebody should make room before it is needed.
const WARNING_BYTES: u64 = 5 << 30;

/// Judges the free bytes of a disk.
pub fn judge(name: impl Into<String>, path: &Path, free_bytes: u64) -> Check {
    let seen = format!("{} free at {}", output::bytes(free_bytes), path.display());
    let advice = "make room, or add a larger disk; whatever was begun is taken up again";
    match free_bytes {
        0..FAULT_BYTES => Check::fault(name, seen, advice),
        FAULT_BYTES..WARNING_BYTES => Check::warning(name, seen, advice),
        _ => Check::ok(name, seen),
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::Verdict;
    use super::*;

    #[test]
    fn free_space_is_judged_by_two_thresholds() {
        let check = |bytes, expected| assert_eq!(judge("space", Path::new("/"), bytes).verdict, expected, "{bytes}");
        check(0, Verdict::Fault);
        check(FAULT_BYTES - 1, Verdict::Fault);
        check(FAULT_BYTES, Verdict::Warning);
        check(WARNING_BYTES - 1, Verdict::Warning);
        check(WARNING_BYTES, Verdict::Ok);
    }
}
