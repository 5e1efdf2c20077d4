//! What keeps one object from being rebuilt, and what keeps all of them.

use backends::database::DatabaseError;
use findings::{Finding, Rule};
use serde::Serialize;

use super::error::RebuildError;

/// An object that is not in the registry, and why.
#[derive(Debug, Clone, Serialize)]
pub struct LeftOut {
    /// Its folder below the store's OCFL root.
    pub object_path: String,
    /// What is wrong; its path is that of a file in the object's folder.
    pub finding: Finding,
}

/// Why an object is not rebuilt.
pub enum Fault {
    /// The object is at fault: it is left out, and the next one is taken up.
    Object(Box<Finding>),
    /// Nothing more can be rebuilt.
    All(RebuildError),
}

impl From<DatabaseError> for Fault {
    fn from(error: DatabaseError) -> Self {
        Fault::All(error.into())
    }
}

impl From<RebuildError> for Fault {
    fn from(error: RebuildError) -> Self {
        Fault::All(error)
    }
}

/// Returns the fault of an object's file.
pub fn fault(rule: &Rule, path: &str, expected: impl ToString, seen: impl ToString) -> Fault {
    Fault::Object(Box::new(rule.finding().at(path).expected(expected.to_string()).seen(seen.to_string())))
}

/// Insists that two documents say the same of something.
pub fn agree<T: PartialEq + ToString>(rule: &Rule, path: &str, what: &str, expected: T, seen: T) -> Result<(), Fault> {
    if expected == seen {
        return Ok(());
    }
    let told = |value: T| format!("{what} {}", value.to_string());
    Err(fault(rule, path, told(expected), told(seen)))
}
