//! The database: the registry of what is held, and the queue of what is to be done.

mod alerts;
mod canaries;
mod drills;
mod error;
mod events;
mod fixity;
mod formats;
mod gathered;
mod held;
mod incidents;
mod objects;
mod open;
mod queue;
mod rebuild;
mod record;
mod registry_dump;
mod registry_rows;
mod restoration;
mod rows;
mod settle;
mod work_items;

pub use alerts::{AlertFilter, Raised};
pub use drills::DrillFilter;
pub use error::DatabaseError;
pub use events::{EventFilter, StoredEvent};
pub use fixity::{CheckResult, DayReads, FixityClaim, NextCheck};
pub use formats::{FileCursor, FormatFilter, Replaces, SettledFormat};
pub use gathered::{NewGathered, VersionTotals};
pub use incidents::{FoundDamage, IncidentFilter, Obstacle, Repaired};
pub use objects::{FileFilter, ObjectFilter};
pub use open::Database;
pub use queue::{Enqueued, Pulse};
pub use rebuild::{RebuiltFile, RegistryDraft};
pub use registry_rows::{REGISTRY_PARTS, RegistryPart, RegistryRow};
pub use settle::{Settled, Settlement};
pub use work_items::{Asking, ItemFilter};
