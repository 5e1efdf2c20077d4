//! Storage options: which stores hold an object.

use serde::{Deserialize, Serialize};

use crate::StoreId;

/// A named set of stores. An object is stored only when each of them holds a proven replica.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageOption {
    /// The name that depositors ask for: `Standard`.
    pub name: String,
    /// The stores, in the order in which they are written and preferred for reading.
    pub stores: Vec<StoreId>,
}
