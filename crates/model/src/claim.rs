//! A claim on a work item: a lease that expires, and a token that tells a late worker that it lost it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::WorkItem;

/// Who holds a lease: one process, told apart from every other that ever was.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Owner(pub String);

impl fmt::Display for Owner {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A claimed work item. Whoever writes on its behalf shows the fence; an older one is refused.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The item as it was when claimed.
    pub item: WorkItem,
    /// Who claimed it.
    pub owner: Owner,
    /// Grows with each claim of the item.
    pub fence: i64,
}
