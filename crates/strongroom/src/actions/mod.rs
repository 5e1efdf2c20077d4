//! Actions: what people ask for, through commands now and pages later. They look at and write the database; the
//! machines at work are another tower.

mod ask_item;
mod deletion_report;
mod deposit;
mod item_report;
mod object_report;
mod receipt;
mod reidentify;
mod set_format;
mod users;

pub use ask_item::{Answered, Reply, cancel_item, retry_item};
pub use deletion_report::{DeletionReport, TargetReport, deletion_report, full_deletion_report};
pub use deposit::{describe, describe_object};
pub use item_report::{ItemReport, item_report, short_item_report};
pub use object_report::{FileReport, ObjectReport, file_report, object_report};
pub use receipt::receipt;
pub use reidentify::{ChangedFormat, Listener, Reidentification, Reidentified, UnreadFile, name_of};
pub use set_format::{Said, set_format};
pub use users::{NewUser, UserRefusal, add_user, authenticate, deactivate_user};
