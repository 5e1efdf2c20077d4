//! A set of byte values.

use std::ops::RangeInclusive;

/// A set of byte values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct ByteSet([u64; 4]);

impl ByteSet {
    /// Puts a value into the set.
    pub fn insert(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    /// Says whether the set has a value.
    #[must_use]
    pub const fn contains(&self, byte: u8) -> bool {
        self.0[(byte >> 6) as usize] & 1 << (byte & 63) != 0
    }

    /// Returns the set of all other values.
    #[must_use]
    pub const fn inverted(&self) -> Self {
        Self([!self.0[0], !self.0[1], !self.0[2], !self.0[3]])
    }

    /// Returns the set of the values of both.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|word| self.0[word] | other.0[word]))
    }

    /// Returns how many values the set has.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// Says whether the set has no value at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the values in rising order.
    pub fn iter(&self) -> impl Iterator<Item = u8> + '_ {
        (0..=u8::MAX).filter(|byte| self.contains(*byte))
    }

    /// Returns the values as stretches without a gap, in rising order.
    pub fn ranges(&self) -> Vec<RangeInclusive<u8>> {
        let mut ranges: Vec<RangeInclusive<u8>> = Vec::new();
        for byte in self.iter() {
            match ranges.last_mut() {
                Some(last) if last.end().checked_add(1) == Some(byte) => *last = *last.start()..=byte,
                _ => ranges.push(byte..=byte),
            }
        }
        ranges
    }
}

impl FromIterator<u8> for ByteSet {
    fn from_iter<T: IntoIterator<Item = u8>>(bytes: T) -> Self {
        let mut set = Self::default();
        bytes.into_iter().for_each(|byte| set.insert(byte));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::ByteSet;

    #[test]
    fn a_set_has_what_was_put_in_and_its_inverse_the_rest() {
        let set: ByteSet = [0, 1, 2, 63, 64, 255].into_iter().collect();
        assert_eq!(set.ranges(), [0..=2, 63..=64, 255..=255]);
        assert_eq!(set.inverted().len(), 250);
        assert!((0..=255).all(|byte| set.contains(byte) != set.inverted().contains(byte)));
        assert!(ByteSet::default().is_empty() && ByteSet::default().inverted().ranges() == [0..=255]);
    }
}
