//! Members by the normal form of their names: RFC 8493 §6.1.1.3 asks to tolerate that systems change it.

use hashbrown::HashMap;
use unicode_normalization::UnicodeNormalization as _;

use crate::{MemberIndex, Members};

/// The members whose names are not ASCII, by the NFC of their paths. ASCII has one form only.
#[derive(Debug)]
pub(crate) struct NormalForms(HashMap<String, Known>);

#[derive(Debug, Clone, Copy)]
enum Known {
    One(MemberIndex),
    Several,
}

impl NormalForms {
    pub fn of(members: &Members) -> Self {
        let mut known = HashMap::new();
        for (index, member) in members.iter().filter(|(_, member)| !member.path.is_ascii()) {
            known
                .entry(member.path.nfc().collect::<String>())
                .and_modify(|old| *old = Known::Several)
                .or_insert(Known::One(index));
        }
        Self(known)
    }

    /// Returns the member whose name is the same text; `None` when there is none or more than one.
    pub fn find(&self, path: &str) -> Option<MemberIndex> {
        if path.is_ascii() {
            return None;
        }
        match self.0.get(&path.nfc().collect::<String>())? {
            Known::One(index) => Some(*index),
            Known::Several => None,
        }
    }
}
