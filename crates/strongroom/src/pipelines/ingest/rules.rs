//! The findings of ingest itself: what is wrong with a deposit beyond its bag.

use findings::{Rule, Severity};

/// Every rule of this file, for the reference pages and the tests.
#[cfg(test)]
pub const RULES: &[Rule] = &[NOT_A_PACKAGE, STORAGE_OPTION_UNKNOWN, STORAGE_OPTION_KEPT, PROFILE_UNKNOWN];

/// The deposit is no file or folder that could hold a bag.
pub const NOT_A_PACKAGE: Rule = Rule {
    code: "ING-001",
    severity: Severity::Error,
    clause: "RFC 8493 §4",
    summary: "the deposit is neither a folder nor a tar, tar.gz, tar.zst or zip archive",
    advice: "pack the bag as a tar file and deposit that",
};

/// The bag asks for a storage option that there is not.
pub const STORAGE_OPTION_UNKNOWN: Rule = Rule {
    code: "ING-002",
    severity: Severity::Error,
    clause: "storage options",
    summary: "the bag asks for a storage option that does not exist here",
    advice: "use one of the storage options that are expected, or leave the tag out for the default",
};

/// The object is held under another storage option, and stays there.
pub const STORAGE_OPTION_KEPT: Rule = Rule {
    code: "ING-003",
    severity: Severity::Warning,
    clause: "storage options",
    summary: "the object is held under another storage option and stays under it",
    advice: "nothing to do; to move an object, delete it and deposit it again",
};

/// The profile that the deposit was sent with cannot be had.
pub const PROFILE_UNKNOWN: Rule = Rule {
    code: "ING-004",
    severity: Severity::Error,
    clause: "BagIt Profiles 1.4",
    summary: "the profile that the deposit is to be validated against cannot be read",
    advice: "name a built-in profile or the path of a profile in JSON",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_given_once_and_every_rule_advises() {
        let codes: std::collections::BTreeSet<_> = RULES.iter().map(|rule| rule.code).collect();
        assert_eq!(codes.len(), RULES.len());
        assert!(RULES.iter().all(|rule| !rule.advice.is_empty()));
    }
}
