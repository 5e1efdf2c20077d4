//! Which profile is meant: by the name that a person types, or by the `BagIt-Profile-Identifier` of a bag.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read as _};

use super::{PROFILE_BYTES_MAX, Profile};
use crate::{BagitError, Kept, TAG_FILE_BYTES_MAX, TextEncoding, tag};

/// The identifier of APTrust's profile.
pub const APTRUST_IDENTIFIER: &str =
    "https://raw.githubusercontent.com/APTrust/preservation-services/master/profiles/aptrust-v2.3.json";
/// The identifier of the profile "Beyond the Repository".
pub const BTR_IDENTIFIER: &str =
    "https://github.com/dpscollaborative/btr_bagit_profile/releases/download/1.0/btr-bagit-profile.json";

impl Profile {
    /// Returns a built-in profile by its name, or reads any other from its file.
    ///
    /// # Errors
    /// There is no profile of this name, or the file cannot be read or is no profile.
    pub fn load(name_or_file: &str) -> Result<Self, BagitError> {
        if Self::BUILT_IN.contains(&name_or_file) {
            return Self::built_in(name_or_file);
        }
        let mut json = Vec::new();
        let file = File::open(name_or_file);
        let read = file.and_then(|file| file.take(PROFILE_BYTES_MAX as u64 + 1).read_to_end(&mut json));
        read.map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => BagitError::ProfileUnknown(name_or_file.to_owned()),
            _ => BagitError::ProfileUnreadable { name: name_or_file.to_owned(), source },
        })?;
        Self::parse(&json)
    }

    /// Returns the name of the built-in profile that a bag names in `bag-info.txt`, if it names one: that of APTrust
    /// also by an empty value.
    ///
    /// # Errors
    /// The kept tag file cannot be read.
    pub fn named_by_bag(kept: &dyn Kept) -> io::Result<Option<&'static str>> {
        let Some(file) = kept.open("bag-info.txt")? else { return Ok(None) };
        let tags = tag::read_tags(file.take(TAG_FILE_BYTES_MAX), TextEncoding::UTF_8, "bag-info.txt")?;
        let is_identifier = |tag: &&tag::Tag| tag.is_called("bag-info.txt", "BagIt-Profile-Identifier");
        let Some(tag) = tags.tags.iter().find(is_identifier) else { return Ok(None) };
        let identifier = Self::corrected_identifier(&tag.value);
        let is_ours = identifier == BTR_IDENTIFIER || identifier.to_ascii_lowercase().contains("aptrust");
        Ok(is_ours.then(|| Self::name_for(Some(&identifier))))
    }

    /// Returns the name of the built-in profile by which APTrust would check a bag: BTR when the identifier names
    /// it, else APTrust's own, also for bags that name none or another.
    #[must_use]
    pub fn name_for(identifier: Option<&str>) -> &'static str {
        if identifier.is_some_and(means_btr) { "btr" } else { "aptrust" }
    }

    /// Puts right what depositors often write: addresses under which the BTR profile was never released, and
    /// nothing at all, which means APTrust's. Others stay as they are.
    #[must_use]
    pub fn corrected_identifier(identifier: &str) -> Cow<'_, str> {
        match identifier.trim() {
            "" => Cow::Borrowed(APTRUST_IDENTIFIER),
            btr if means_btr(btr) => Cow::Borrowed(BTR_IDENTIFIER),
            other => Cow::Borrowed(other),
        }
    }
}

fn means_btr(identifier: &str) -> bool {
    identifier.contains("/btr_bagit_profile") || identifier.contains("/btr-bagit-profile")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identifier_chooses_the_profile() {
        for (identifier, name) in [
            (None, "aptrust"),
            (Some(""), "aptrust"),
            (Some("https://example.org/own.json"), "aptrust"),
            (Some(BTR_IDENTIFIER), "btr"),
            (Some("https://example.org/btr-bagit-profile-v9.json"), "btr"),
        ] {
            assert_eq!(Profile::name_for(identifier), name);
        }
    }

    #[test]
    fn wrong_addresses_are_put_right() {
        assert_eq!(Profile::corrected_identifier(" "), APTRUST_IDENTIFIER);
        let wrong = "https://raw.githubusercontent.com/dpscollaborative/btr_bagit_profile/master/btr.json";
        assert_eq!(Profile::corrected_identifier(wrong), BTR_IDENTIFIER);
        assert_eq!(Profile::corrected_identifier("https://example.org/own.json"), "https://example.org/own.json");
    }
}
