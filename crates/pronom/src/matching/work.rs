//! How much comparing one file may cost.

/// Units of work for one file; a unit is about a nanosecond.
pub const WORK_MAX: u64 = 1 << 27;

/// Units that a search costs whatever it finds.
const SEARCH_UNITS: u64 = 16;
/// Units that a comparison at one place costs.
const STEP_UNITS: u64 = 4;
/// Bytes that a search passes over for one unit.
const BYTES_A_UNIT: u64 = 8;

/// What is left of the work that one file may cost, with memory that comparing uses again and again.
#[derive(Debug, Default)]
pub struct Work {
    left: u64,
    /// Whether something was not looked for because nothing was left.
    is_spent: bool,
    /// The edges that fragments reach, and those of the next group.
    pub edges: Vec<usize>,
    pub next: Vec<usize>,
}

impl Work {
    /// Begins a file.
    pub fn begin(&mut self, units: u64) {
        self.left = units;
        self.is_spent = false;
    }

    /// Begins the next chunk of a file: what a chunk may cost does not depend on how many there are.
    pub fn begin_chunk(&mut self, units: u64) {
        self.left = units;
    }

    /// Says whether the work ran out, so that what was not found may be there.
    pub fn is_spent(&self) -> bool {
        self.is_spent
    }

    /// Pays for single comparisons.
    pub fn pay_for_steps(&mut self, steps: usize) -> bool {
        self.pay_units(steps as u64 * STEP_UNITS)
    }

    /// Pays for looking through some bytes; false when there is not enough left.
    pub fn pay(&mut self, bytes: usize) -> bool {
        self.pay_units(SEARCH_UNITS + bytes as u64 / BYTES_A_UNIT)
    }

    fn pay_units(&mut self, units: u64) -> bool {
        let left = self.left.checked_sub(units);
        self.is_spent |= left.is_none();
        self.left = left.unwrap_or(0);
        left.is_some()
    }
}
