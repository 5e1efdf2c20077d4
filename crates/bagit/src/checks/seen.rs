//! A set of members, a bit each.

use crate::MemberIndex;

/// The members that one manifest lists.
#[derive(Debug, Clone)]
pub(crate) struct Seen(Vec<u64>);

impl Seen {
    pub fn with_room_for(members: usize) -> Self {
        Self(vec![0; members.div_ceil(64)])
    }

    /// Adds a member; false when it was there already.
    pub fn insert(&mut self, index: MemberIndex) -> bool {
        let bit = 1 << (index.get() % 64);
        let word = &mut self.0[index.get() / 64];
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    pub fn contains(&self, index: MemberIndex) -> bool {
        self.0[index.get() / 64] & (1 << (index.get() % 64)) != 0
    }
}
