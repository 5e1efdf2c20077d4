//! The members that this process has just gathered: later steps need not ask the database for them once more.

use std::sync::{Arc, Mutex, PoisonError};

use bagit::{MemberIndex, Members};
use digests::Algorithm;
use model::PlacedFile;

use super::gather::is_of_object;

/// Members that are remembered at most, some 200 bytes each. Of more, the rows are read page by page, so that the
/// memory of an item stays within a bound whatever the bag.
const REMEMBERED_MEMBERS_MAX: usize = 100_000;

/// What an item's gather has handed on within one process; nothing after a restart, when the rows tell the same.
#[derive(Debug, Clone, Default)]
pub struct Remembered(Arc<Mutex<Option<Arc<InOrder>>>>);

/// Members with their digests, and those that belong to the object in the order of their paths.
#[derive(Debug)]
pub struct InOrder {
    /// All members, in the order of the package.
    pub members: Members,
    by_path: Vec<MemberIndex>,
}

impl Remembered {
    /// Remembers what was gathered, unless it is too much.
    pub fn put(&self, members: Members) {
        let put = (members.len() <= REMEMBERED_MEMBERS_MAX).then(|| Arc::new(InOrder::new(members)));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = put;
    }

    /// Returns what was gathered, if this process knows it.
    pub fn get(&self) -> Option<Arc<InOrder>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl InOrder {
    fn new(members: Members) -> Self {
        let of_object = members.iter().filter(|(_, member)| is_of_object(member.class));
        let mut by_path: Vec<_> = of_object.map(|(index, _)| index).collect();
        by_path.sort_by_key(|index| members.get(*index).path);
        Self { members, by_path }
    }

    /// Returns where members that belong to the object are, from so many on in the order of their paths, at most so many.
    pub fn placed(&self, from: usize, most: usize) -> Vec<PlacedFile> {
        let page = self.by_path.iter().skip(from).take(most);
        page.map(|index| {
            let member = self.members.get(*index);
            PlacedFile {
                place: u32::try_from(index.get()).unwrap_or(u32::MAX),
                path: member.path.to_owned(),
                size_bytes: member.size_bytes,
                offset_bytes: member.offset_bytes,
                sha256: self.members.digest(*index, Algorithm::Sha256).map(|digest| digest.as_bytes().to_vec()),
            }
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(members: usize, is_remembered: bool) {
        let mut many = Members::new();
        for number in 0..members {
            many.push(&format!("data/{number}"), 0, 0, 0);
        }
        let remembered = Remembered::default();
        remembered.put(many);
        assert_eq!(remembered.get().is_some(), is_remembered);
    }

    #[test]
    fn no_more_is_remembered_than_memory_allows() {
        check(REMEMBERED_MEMBERS_MAX, true);
        check(REMEMBERED_MEMBERS_MAX + 1, false);
    }

    #[test]
    fn members_of_the_object_come_in_the_order_of_their_paths_page_by_page() {
        let mut members = Members::new();
        for path in ["data/b", "manifest-sha256.txt", "bagit.txt", "data/a", "bag-info.txt", "data/B"] {
            members.push(path, 1, 512, 7);
        }
        let in_order = InOrder::new(members);
        let first: Vec<_> = in_order.placed(0, 2).into_iter().map(|file| (file.path, file.place)).collect();
        let rest: Vec<_> = in_order.placed(2, 9).into_iter().map(|file| (file.path, file.place)).collect();
        assert_eq!(first, [("bag-info.txt".to_owned(), 4), ("data/B".to_owned(), 5)]);
        assert_eq!(rest, [("data/a".to_owned(), 3), ("data/b".to_owned(), 0)]);
        assert!(in_order.placed(4, 9).is_empty());
    }
}
