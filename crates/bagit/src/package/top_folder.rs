//! The one top folder that an archive of a bag has: RFC 8493 §4.

use std::collections::BTreeMap;

use findings::Finding;

use crate::rules;

/// Top folders, or entries outside any, that are named one by one; the rest are counted.
const NAMED_MAX: usize = 16;

/// What has been seen of top folders. The first one is the bag's.
#[derive(Debug, Default)]
pub(crate) struct TopFolders {
    first: Option<String>,
    others: BTreeMap<String, u64>,
    others_not_named: u64,
    outside: Vec<String>,
    outside_not_named: u64,
}

impl TopFolders {
    /// Takes an entry's name and returns its path in the bag; `None` when it is not in the bag's top folder.
    pub(crate) fn path_in_bag<'a>(&mut self, name: &'a str) -> Option<&'a str> {
        let Some((top, path)) = name.split_once('/') else {
            if self.outside.len() < NAMED_MAX {
                self.outside.push(name.to_owned());
            } else {
                self.outside_not_named += 1;
            }
            return None;
        };
        self.take(top).then_some(path)
    }

    /// Takes the name of a folder entry.
    pub(crate) fn folder(&mut self, name: &str) {
        let top = name.split('/').next().unwrap_or(name);
        // An archive made of `.` begins with an entry that has no name left.
        if !top.is_empty() {
            self.take(top);
        }
    }

    fn take(&mut self, top: &str) -> bool {
        let first = self.first.get_or_insert_with(|| top.to_owned());
        if first == top {
            return true;
        }
        if let Some(count) = self.others.get_mut(top) {
            *count += 1;
        } else if self.others.len() < NAMED_MAX {
            self.others.insert(top.to_owned(), 1);
        } else {
            self.others_not_named += 1;
        }
        false
    }

    /// Returns the name of the bag's top folder, and what is wrong.
    pub(crate) fn finish(self) -> (Option<String>, Vec<Finding>) {
        let mut findings = Vec::new();
        for (top, count) in self.others {
            let expected = self.first.clone().unwrap_or_default();
            let finding = rules::TOP_FOLDERS_SEVERAL.finding().at(top).expected(expected);
            findings.push(finding.seen(format!("{count} entries in this folder")));
        }
        if self.others_not_named > 0 {
            let seen = format!("{} entries in still other folders", self.others_not_named);
            findings.push(rules::TOP_FOLDERS_SEVERAL.finding().seen(seen));
        }
        findings.extend(self.outside.into_iter().map(|name| rules::ENTRY_WITHOUT_TOP_FOLDER.finding().at(name)));
        if self.outside_not_named > 0 {
            let seen = format!("{} more such entries", self.outside_not_named);
            findings.push(rules::ENTRY_WITHOUT_TOP_FOLDER.finding().seen(seen));
        }
        (self.first, findings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(names: &[&str], top: Option<&str>, codes: &[&str]) {
        let mut folders = TopFolders::default();
        for name in names {
            folders.path_in_bag(name);
        }
        let (seen, findings) = folders.finish();
        let seen_codes: Vec<_> = findings.iter().map(|finding| finding.code.as_ref()).collect();
        assert_eq!((seen.as_deref(), seen_codes.as_slice()), (top, codes), "{names:?}");
    }

    #[test]
    fn one_top_folder_is_right_and_all_else_is_found() {
        check(&["bag/bagit.txt", "bag/data/a"], Some("bag"), &[]);
        check(&["bag/a", "gab/b", "gab/c"], Some("bag"), &["BAG-122"]);
        check(&["._bag", "bag/a"], Some("bag"), &["BAG-121"]);
        check(&["a", "b"], None, &["BAG-121", "BAG-121"]);
    }

    #[test]
    fn many_strays_are_counted_and_not_listed() {
        let names: Vec<_> = (0..1000).map(|number| format!("top{number}/a")).collect();
        let mut folders = TopFolders::default();
        names.iter().for_each(|name| {
            folders.path_in_bag(name);
        });
        let (_, findings) = folders.finish();
        assert_eq!(findings.len(), NAMED_MAX + 1);
        assert_eq!(findings[NAMED_MAX].seen.as_deref(), Some("983 entries in still other folders"));
    }
}
