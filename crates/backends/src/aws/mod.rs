//! Secrets that Amazon keeps, fetched by their names: from Secrets Manager, and from the parameters of Systems Manager.

mod fetch;
mod signature;

pub use fetch::{Keeper, NoSecret, SecretName, SecretSource, fetch};
