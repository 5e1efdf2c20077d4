//! NAMASTE declarations of objects and roots, which differ in their codes only (OCFL 1.1 §3.2 and §4.2).

use std::io::Read;

use findings::Rule;

use super::Report;
use crate::{Declaration, Specification, Tree, rules};

/// The codes for one kind of declaration.
pub(super) struct Kind {
    pub prefix: &'static str,
    pub missing: &'static Rule,
    pub several: &'static Rule,
    pub no_pattern: &'static Rule,
    pub wrong_tag: &'static Rule,
    pub unknown: &'static Rule,
    pub wrong_text: &'static Rule,
    pub of: fn(Specification) -> Declaration,
}

pub(super) const OBJECT: Kind = Kind {
    prefix: "ocfl_object_",
    missing: &rules::E003,
    several: &rules::E003,
    no_pattern: &rules::E004,
    wrong_tag: &rules::E005,
    unknown: &rules::E006,
    wrong_text: &rules::E007,
    of: Declaration::of_object,
};

pub(super) const ROOT: Kind = Kind {
    prefix: "ocfl_",
    missing: &rules::E069,
    several: &rules::E076,
    no_pattern: &rules::E077,
    wrong_tag: &rules::E078,
    unknown: &rules::E079,
    wrong_text: &rules::E080,
    of: Declaration::of_root,
};

impl Kind {
    /// Says whether a file of this name is a declaration, or was meant as one.
    pub fn is_meant_by(&self, name: &str) -> bool {
        name.starts_with("0=") || self.has_wrong_tag(name) || self.has_no_pattern(name)
    }

    fn has_wrong_tag(&self, name: &str) -> bool {
        name.split_once('=').is_some_and(|(tag, value)| tag != "0" && value.starts_with(self.prefix))
    }

    fn has_no_pattern(&self, name: &str) -> bool {
        let value = name.strip_prefix('0').unwrap_or(name);
        let number = value.strip_prefix(self.prefix).unwrap_or_default();
        number.starts_with(|first: char| first.is_ascii_digit())
            && !number.contains(|letter: char| letter.is_alphabetic())
    }

    /// Checks the declarations among the files of a directory; returns the newest specification declared.
    pub fn check(&self, tree: &dyn Tree, names: &[String], report: &mut Report) -> Option<Specification> {
        let mut declared = Vec::new();
        let mut count = 0;
        for name in names.iter().filter(|name| self.is_meant_by(name)) {
            if self.has_wrong_tag(name) {
                report.find(self.wrong_tag, name);
            } else if self.has_no_pattern(name) {
                report.find(self.no_pattern, name);
            } else {
                count += 1;
                match Specification::ALL.into_iter().find(|known| (self.of)(*known).file_name == *name) {
                    Some(specification) => declared.push(specification),
                    None => report.find(self.unknown, name),
                }
            }
        }
        match count {
            0 => report.find(self.missing, ""),
            1 => {}
            _ => report.find(self.several, ""),
        }
        for specification in &declared {
            self.check_text(tree, *specification, report);
        }
        declared.into_iter().max()
    }

    fn check_text(&self, tree: &dyn Tree, specification: Specification, report: &mut Report) {
        let declaration = (self.of)(specification);
        let mut text = Vec::new();
        let limit = declaration.text.len() as u64 + 1;
        let read = tree.open(&declaration.file_name).and_then(|file| file.take(limit).read_to_end(&mut text));
        match read {
            Err(error) => report.could_not_check(&declaration.file_name, error),
            Ok(_) if text == declaration.text.as_bytes() => {}
            Ok(_) => {
                let finding =
                    self.wrong_text.finding().at(declaration.file_name).expected(format!("{:?}", declaration.text));
                report.push(finding.seen(format!("{:?}", String::from_utf8_lossy(&text))));
            }
        }
    }
}
