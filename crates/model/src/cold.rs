//! Classes of storage, and how long a file of a cold one takes to thaw.

use std::fmt;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// What a file costs to keep, and whether it is read at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum StorageClass {
    /// Read at once.
    #[default]
    #[serde(rename = "STANDARD")]
    Standard,
    /// Read at once; each reading costs.
    #[serde(rename = "STANDARD_IA")]
    StandardIa,
    /// Read at once; each reading costs more.
    #[serde(rename = "GLACIER_IR")]
    GlacierIr,
    /// Read hours after it was asked for.
    #[serde(rename = "GLACIER")]
    Glacier,
    /// Read half a day or two days after it was asked for.
    #[serde(rename = "DEEP_ARCHIVE")]
    DeepArchive,
}

/// How soon a frozen file is wanted: the sooner, the dearer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum ThawTier {
    /// The cheapest.
    #[default]
    Bulk,
    /// In between.
    Standard,
    /// Minutes; not of the coldest class.
    Expedited,
}

/// On what terms frozen files are thawed.
#[derive(Debug, Clone, Copy)]
pub struct ThawTerms {
    /// How soon they are wanted.
    pub tier: ThawTier,
    /// Days for which they stay thawed.
    pub days: u32,
    /// How long to wait between two looks; without it, as the tier has it.
    pub look_again: Option<SignedDuration>,
}

impl Default for ThawTerms {
    fn default() -> Self {
        Self { tier: ThawTier::Bulk, days: 7, look_again: None }
    }
}

impl StorageClass {
    /// Every class that a store may have.
    pub const ALL: [Self; 5] = [Self::Standard, Self::StandardIa, Self::GlacierIr, Self::Glacier, Self::DeepArchive];

    /// Returns its name in S3.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Standard => "STANDARD",
            Self::StandardIa => "STANDARD_IA",
            Self::GlacierIr => "GLACIER_IR",
            Self::Glacier => "GLACIER",
            Self::DeepArchive => "DEEP_ARCHIVE",
        }
    }

    /// Returns the class of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }

    /// Says whether its files must thaw before they are read.
    #[must_use]
    pub fn is_frozen(self) -> bool {
        matches!(self, Self::Glacier | Self::DeepArchive)
    }
}

impl ThawTier {
    /// Returns its name in S3.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bulk => "Bulk",
            Self::Standard => "Standard",
            Self::Expedited => "Expedited",
        }
    }

    /// Returns the tier that a class knows: the coldest is never thawed within minutes.
    #[must_use]
    pub fn of_class(self, class: StorageClass) -> Self {
        if class == StorageClass::DeepArchive && self == Self::Expedited { Self::Standard } else { self }
    }

    /// Returns how long a file takes to thaw at the most, as Amazon says; others may differ.
    #[must_use]
    pub fn time_max(self, class: StorageClass) -> SignedDuration {
        match (class, self.of_class(class)) {
            (StorageClass::DeepArchive, Self::Bulk) => SignedDuration::from_hours(48),
            (StorageClass::DeepArchive, _) | (_, Self::Bulk) => SignedDuration::from_hours(12),
            (_, Self::Standard) => SignedDuration::from_hours(5),
            (_, Self::Expedited) => SignedDuration::from_mins(5),
        }
    }

    /// Returns how long to wait between two looks at what is thawing.
    #[must_use]
    pub fn look_again(self) -> SignedDuration {
        match self {
            Self::Bulk => SignedDuration::from_mins(60),
            Self::Standard => SignedDuration::from_mins(20),
            Self::Expedited => SignedDuration::from_mins(1),
        }
    }
}

impl fmt::Display for StorageClass {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl fmt::Display for ThawTier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::{StorageClass, ThawTier};

    #[test]
    fn a_class_is_found_by_its_name_and_two_of_them_are_frozen() {
        for class in StorageClass::ALL {
            assert_eq!(StorageClass::from_name(class.name()), Some(class));
            assert_eq!(serde_json::to_value(class).expect("it is a word"), class.name());
        }
        assert_eq!(StorageClass::ALL.iter().filter(|class| class.is_frozen()).count(), 2);
    }

    #[test]
    fn the_coldest_class_is_never_thawed_within_minutes() {
        assert_eq!(ThawTier::Expedited.of_class(StorageClass::DeepArchive), ThawTier::Standard);
        assert_eq!(ThawTier::Expedited.time_max(StorageClass::DeepArchive).as_hours(), 12);
        assert_eq!(ThawTier::Expedited.time_max(StorageClass::Glacier).as_mins(), 5);
    }
}
