//! Bags that are wrong, strange or meant to do harm, each with what must be found in it.
//!
//! A test takes this file in by `#[path = "support/hostile.rs"] mod hostile;`, and has the builders with it.

#![allow(dead_code, reason = "each test file uses a part of this")]

pub mod bag_files;
pub mod bag_tar;
pub mod bag_zip;
#[path = "bag_hostile_archives.rs"]
mod hostile_archives;
#[path = "bag_hostile_contents.rs"]
mod hostile_contents;
#[path = "bag_hostile_names.rs"]
mod hostile_names;

/// What becomes of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is a valid bag, whatever is remarkable about it.
    Accepted,
    /// Nothing of it may be stored.
    Refused,
}

/// One package, to be held against BagIt without a profile.
#[derive(Clone)]
pub struct Case {
    /// What is special about it, as a phrase.
    pub name: &'static str,
    /// The name under which it is sent.
    pub file_name: &'static str,
    pub bytes: Vec<u8>,
    /// The code of a finding that there must be; `None` when there must be none at all.
    pub expected_code: Option<&'static str>,
    pub verdict: Verdict,
    /// The path in the bag, or a part of it, that the finding must name; empty when it is about the whole package.
    pub place: &'static str,
}

impl Case {
    /// A package that must be refused with a code.
    pub fn refused(name: &'static str, file_name: &'static str, bytes: Vec<u8>, code: &'static str) -> Self {
        Self { name, file_name, bytes, expected_code: Some(code), verdict: Verdict::Refused, place: "" }
    }

    /// A package that is accepted with a remark.
    pub fn remarked(name: &'static str, file_name: &'static str, bytes: Vec<u8>, code: &'static str) -> Self {
        Self { verdict: Verdict::Accepted, ..Self::refused(name, file_name, bytes, code) }
    }

    /// A package that is accepted without any finding.
    pub fn clean(name: &'static str, file_name: &'static str, bytes: Vec<u8>) -> Self {
        Self { expected_code: None, verdict: Verdict::Accepted, ..Self::refused(name, file_name, bytes, "") }
    }

    pub fn at(self, place: &'static str) -> Self {
        Self { place, ..self }
    }
}

/// Returns every case.
pub fn cases() -> Vec<Case> {
    [hostile_contents::cases(), hostile_names::cases(), hostile_archives::cases()].concat()
}

/// Returns the cases that make a reader unpack a GiB before it may give up.
pub fn bombs() -> Vec<Case> {
    hostile_archives::bombs()
}
