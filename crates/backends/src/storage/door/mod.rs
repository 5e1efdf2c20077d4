//! The one narrow door: a store, whatever kind it is. The pipelines speak of these and never of a kind.

mod draft;
mod leaving;
mod mending;
mod place;
mod reader;
mod store;
mod stored_file;
mod walk;

pub use draft::Draft;
pub use leaving::Leaving;
pub use mending::Mending;
pub use place::StorePlace;
pub use reader::ObjectReader;
pub use store::Store;
pub use stored_file::{ReadBack, StoredFile};
pub use walk::Walk;
