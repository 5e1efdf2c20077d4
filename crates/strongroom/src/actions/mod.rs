//! Actions: what people ask for, through commands now and pages later. They look at and write the database; the
//! machines at work are another tower.

mod deposit;
mod receipt;

pub use deposit::{DepositError, describe};
pub use receipt::receipt;
