//! BagIt profiles: what a receiver asks of bags, as JSON of the form of BagIt Profiles 1.4.
//!
//! Two keys are ours, for what the format cannot say and APTrust asks:
//!
//! - `Tags`: a list of `{"tagFile", "tagName", "required", "emptyOk", "values"}` about tags of any tag file, as
//!   `Bag-Info` is about those of `bag-info.txt`;
//! - `Control-Characters-Allowed`: `false` makes an error of control characters in names.

mod choice;
mod form;
mod glob;

use std::str::FromStr;

pub use choice::{APTRUST_IDENTIFIER, BTR_IDENTIFIER};
pub use form::{Profile, ProfileInfo, ProfileTag, SerializationRule, TagRule};
pub(crate) use glob::fits;

use crate::BagitError;

/// Bytes of a profile that are read.
pub const PROFILE_BYTES_MAX: usize = 4 << 20;

const BUILT_IN: [(&str, &str); 2] =
    [("aptrust", include_str!("../profiles/aptrust-v2.3.json")), ("btr", include_str!("../profiles/btr-v1.0.json"))];

impl Profile {
    /// The names of the built-in profiles: APTrust 2.3, and BTR 1.0 ("Beyond the Repository").
    pub const BUILT_IN: [&'static str; 2] = [BUILT_IN[0].0, BUILT_IN[1].0];

    /// Returns a built-in profile by its name.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn built_in(name: &str) -> Result<Self, BagitError> {
        let row = BUILT_IN.iter().find(|row| row.0 == name);
        row.map_or_else(|| Err(BagitError::ProfileUnknown(name.to_owned())), |row| Self::parse(row.1.as_bytes()))
    }

    /// Reads a profile.
    ///
    /// # Errors
    /// The bytes are too many, no JSON of the form of a profile, or contradict themselves.
    pub fn parse(json: &[u8]) -> Result<Self, BagitError> {
        if json.len() > PROFILE_BYTES_MAX {
            return Err(BagitError::ProfileMeaning(format!("it has more than {PROFILE_BYTES_MAX} bytes")));
        }
        let profile: Self = serde_json::from_slice(json).map_err(BagitError::ProfileForm)?;
        profile.check_meaning().map_err(BagitError::ProfileMeaning)?;
        Ok(profile)
    }

    /// Holds the profile against the rules of BagIt Profiles 1.4 about profiles themselves.
    fn check_meaning(&self) -> Result<(), String> {
        if self.accept_bagit_version.is_empty() {
            return Err("`Accept-BagIt-Version` names no version".to_owned());
        }
        contains_all("Manifests", self.manifests_allowed.as_deref(), &self.manifests_required)?;
        contains_all("Tag-Manifests", self.tag_manifests_allowed.as_deref(), &self.tag_manifests_required)?;
        fits_all("Tag-Files", self.tag_files_allowed.as_deref(), &self.tag_files_required)?;
        fits_all("Payload-Files", self.payload_files_allowed.as_deref(), &self.payload_files_required)?;
        if self.fetch_required && !self.allow_fetch {
            return Err("`Fetch.txt-Required` contradicts `Allow-Fetch.txt`".to_owned());
        }
        if self.serialization == SerializationRule::Required && self.accept_serialization.is_empty() {
            return Err("`Serialization` is required, but `Accept-Serialization` names no form".to_owned());
        }
        Ok(())
    }
}

fn contains_all(name: &str, allowed: Option<&[String]>, required: &[String]) -> Result<(), String> {
    let Some(allowed) = allowed else { return Ok(()) };
    match required.iter().find(|wanted| !allowed.iter().any(|other| same_algorithm(other, wanted))) {
        Some(wanted) => Err(format!("`{wanted}` is in `{name}-Required` and not in `{name}-Allowed`")),
        None => Ok(()),
    }
}

fn fits_all(name: &str, allowed: Option<&[String]>, required: &[String]) -> Result<(), String> {
    let Some(allowed) = allowed else { return Ok(()) };
    match required.iter().find(|wanted| !allowed.iter().any(|pattern| fits(pattern, wanted))) {
        Some(wanted) => Err(format!("`{wanted}` is in `{name}-Required` and not in `{name}-Allowed`")),
        None => Ok(()),
    }
}

/// Returns whether two names mean one algorithm, however they are written.
pub(crate) fn same_algorithm(one: &str, other: &str) -> bool {
    match (digests::Algorithm::from_str(one), digests::Algorithm::from_str(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => one.eq_ignore_ascii_case(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(json: &str) -> String {
        Profile::parse(json.as_bytes()).expect_err("the profile is wrong").to_string()
    }

    #[test]
    fn the_built_in_profiles_can_be_read() {
        let aptrust = Profile::built_in("aptrust").expect("it is built in");
        assert_eq!(aptrust.info.identifier.as_deref(), Some(APTRUST_IDENTIFIER));
        assert_eq!(aptrust.tags.len(), 5);
        assert_eq!(aptrust.manifests_required, ["md5"]);
        let btr = Profile::built_in("btr").expect("it is built in");
        assert_eq!(btr.info.identifier.as_deref(), Some(BTR_IDENTIFIER));
        assert!(btr.bag_info["Payload-Oxum"].required);
        assert!(Profile::built_in("other").is_err());
    }

    #[test]
    fn a_profile_that_contradicts_itself_is_refused() {
        let with = |rest: &str| format!(r#"{{"BagIt-Profile-Info": {{}}, "Accept-BagIt-Version": ["1.0"]{rest}}}"#);
        assert!(Profile::parse(with("").as_bytes()).is_ok());
        assert!(refusal(r#"{"BagIt-Profile-Info": {}, "Accept-BagIt-Version": []}"#).contains("names no version"));
        assert!(refusal(&with(r#", "Manifests-Required": ["md5"], "Manifests-Allowed": ["sha1"]"#)).contains("md5"));
        assert!(refusal(&with(r#", "Tag-Files-Required": ["a.txt"], "Tag-Files-Allowed": ["b*"]"#)).contains("a.txt"));
        assert!(refusal(&with(r#", "Fetch.txt-Required": true, "Allow-Fetch.txt": false"#)).contains("contradicts"));
        assert!(refusal(&with(r#", "Serialization": "required""#)).contains("names no form"));
        assert!(refusal("{").contains("cannot read"));
        assert!(refusal(&" ".repeat(PROFILE_BYTES_MAX + 1)).contains("bytes"));
    }
}
