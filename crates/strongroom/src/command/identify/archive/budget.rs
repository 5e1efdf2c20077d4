//! What looking into one file of the file system may cost, all archives within it together.

use std::cell::Cell;

use super::Fault;

/// Members that are listed.
const ENTRIES_MAX: u64 = 1 << 20;
/// Bytes that may be unpacked before the ratio counts, so that a small archive of zeros is no bomb.
const UNPACKED_FREE_BYTES: u64 = 256 << 20;
/// Bytes that may be unpacked for each byte of the file. Text gives 10; deflate's utmost is 1,032.
const UNPACKED_RATIO_MAX: u64 = 250;
/// Bytes that looking inside of one container counts as, however few are asked for: archives of them multiply.
const CONTAINER_BYTES: u64 = 1 << 20;

/// What is left.
#[derive(Debug)]
pub struct Budget {
    entries: Cell<u64>,
    bytes: Cell<u64>,
    bytes_max: u64,
}

impl Budget {
    /// Begins with what a file of this size may cost.
    #[must_use]
    pub fn of(size_bytes: u64) -> Self {
        let bytes_max = size_bytes.saturating_mul(UNPACKED_RATIO_MAX).saturating_add(UNPACKED_FREE_BYTES);
        Self { entries: Cell::new(ENTRIES_MAX), bytes: Cell::new(bytes_max), bytes_max }
    }

    /// Takes one member.
    ///
    /// # Errors
    /// There were too many.
    pub fn take_entry(&self) -> Result<(), Fault> {
        match self.entries.get().checked_sub(1) {
            Some(left) => self.entries.set(left),
            None => return Err(Fault::Limit(format!("there are more than {ENTRIES_MAX} members"))),
        }
        Ok(())
    }

    /// Takes bytes that were unpacked.
    ///
    /// # Errors
    /// There were too many.
    pub fn take_bytes(&self, bytes: u64) -> Result<(), Fault> {
        if self.is_spent() {
            return Err(self.spent());
        }
        self.bytes.set(self.bytes.get().saturating_sub(bytes));
        Ok(())
    }

    /// Takes what looking inside of a container counts as.
    ///
    /// # Errors
    /// Too much was unpacked.
    pub fn take_container(&self) -> Result<(), Fault> {
        self.take_bytes(CONTAINER_BYTES)
    }

    /// Says whether no more may be unpacked.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.bytes.get() == 0
    }

    fn spent(&self) -> Fault {
        Fault::Limit(format!("more than {} bytes came out of the archive, as of a bomb", self.bytes_max))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_ends_and_says_at_what() {
        let budget = Budget::of(10);
        let all = UNPACKED_FREE_BYTES + 10 * UNPACKED_RATIO_MAX;
        assert!(budget.take_bytes(all - 1).is_ok());
        assert!(budget.take_bytes(1).is_ok());
        assert!(budget.is_spent());
        assert!(budget.take_bytes(1).is_err_and(|fault| fault.to_string().contains(&all.to_string())));
        assert!((0..ENTRIES_MAX).all(|_| budget.take_entry().is_ok()));
        assert!(budget.take_entry().is_err());
    }
}
