//! The number of an object's version, with the zero-padding that its directory name has.

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// Versions of one object that are read or planned, at the most.
pub const VERSIONS_MAX: u32 = 1_000_000;

/// The number of a version: `v1`, `v2` … or zero-padded, `v0001` (OCFL 1.1 §3.3).
///
/// Ordered by number; two numbers of different padding are different directory names, hence not equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VersionNumber {
    number: u32,
    /// Digits of a padded name, its leading zero included; 0 when not padded.
    width: u8,
}

impl VersionNumber {
    /// The first version of an object whose numbers are not padded, as we write it.
    pub const FIRST: Self = Self { number: 1, width: 0 };

    /// Makes the unpadded number; `None` for 0 and above [`VERSIONS_MAX`].
    #[must_use]
    pub fn new(number: u32) -> Option<Self> {
        (1..=VERSIONS_MAX).contains(&number).then_some(Self { number, width: 0 })
    }

    /// Makes a number of parts that were taken from another one.
    pub(crate) fn padded(number: u32, width: u8) -> Self {
        Self { number, width }
    }

    /// Returns the number, from 1.
    #[must_use]
    pub fn number(self) -> u32 {
        self.number
    }

    /// Returns whether the name is zero-padded.
    #[must_use]
    pub fn is_padded(self) -> bool {
        self.width > 0
    }

    /// Returns the digits of a padded name, or 0 for a name without padding.
    #[must_use]
    pub fn width(self) -> u8 {
        self.width
    }

    /// Returns another number with the padding of this one.
    ///
    /// # Errors
    /// The number is 0, over [`VERSIONS_MAX`], or needs the digit that must stay zero (OCFL 1.1 §3.3).
    pub fn sibling(self, number: u32) -> Result<Self, Error> {
        let fits = self.width == 0 || u64::from(number) < 10u64.pow(u32::from(self.width) - 1);
        if (1..=VERSIONS_MAX).contains(&number) && fits {
            Ok(Self { number, width: self.width })
        } else {
            Err(Error::NoNextVersion(self))
        }
    }

    /// Returns the number that follows, padded alike.
    ///
    /// # Errors
    /// The padded digits are used up, or [`VERSIONS_MAX`] is reached.
    pub fn next(self) -> Result<Self, Error> {
        self.sibling(self.number + 1)
    }
}

impl fmt::Display for VersionNumber {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "v{:0width$}", self.number, width = usize::from(self.width))
    }
}

impl FromStr for VersionNumber {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || Error::VersionNumber(text.chars().take(40).collect());
        let digits = text.strip_prefix('v').ok_or_else(wrong)?;
        if digits.is_empty() || digits.len() > 9 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(wrong());
        }
        let number: u32 = digits.parse().map_err(|_| wrong())?;
        if !(1..=VERSIONS_MAX).contains(&number) {
            return Err(wrong());
        }
        let width = if digits.starts_with('0') { u8::try_from(digits.len()).map_err(|_| wrong())? } else { 0 };
        Ok(Self { number, width })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<(u32, u8)>) {
        let read = text.parse::<VersionNumber>().ok();
        assert_eq!(read.map(|version| (version.number(), version.width())), expected, "{text}");
        if let Some(version) = read {
            assert_eq!(version.to_string(), text);
        }
    }

    #[test]
    fn names_of_version_directories_are_read_and_written_alike() {
        check("v1", Some((1, 0)));
        check("v10", Some((10, 0)));
        check("v001", Some((1, 3)));
        check("v010", Some((10, 3)));
        for wrong in ["", "v", "v0", "v000", "1", "V1", "v1a", "v-1", "v+1", "v99999999999", "v1000001", "v１"] {
            check(wrong, None);
        }
    }

    #[test]
    fn a_padded_number_keeps_its_leading_zero() {
        let nine: VersionNumber = "v09".parse().expect("it is a version");
        assert!(nine.next().is_err());
        let ten: VersionNumber = "v010".parse().expect("it is a version");
        assert_eq!(ten.next().expect("99 fit").to_string(), "v011");
        assert_eq!(VersionNumber::FIRST.next().expect("there is room").to_string(), "v2");
    }
}
