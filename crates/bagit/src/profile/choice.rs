//! Which built-in profile a bag means by its `BagIt-Profile-Identifier`.

use std::borrow::Cow;

use super::Profile;

/// The identifier of APTrust's profile.
pub const APTRUST_IDENTIFIER: &str =
    "https://raw.githubusercontent.com/APTrust/preservation-services/master/profiles/aptrust-v2.3.json";
/// The identifier of the profile "Beyond the Repository".
pub const BTR_IDENTIFIER: &str =
    "https://github.com/dpscollaborative/btr_bagit_profile/releases/download/1.0/btr-bagit-profile.json";

impl Profile {
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
