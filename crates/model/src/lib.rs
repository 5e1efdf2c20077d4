//! The words of the trade, and the two tables: every stage and every role. No I/O, no clock.

mod alert;
mod answer;
mod backoff;
mod claim;
mod cold;
mod cost;
mod deletion;
mod deposit;
mod drill;
mod event;
mod evidence;
mod file_format;
mod fixity;
mod identifier;
mod ids;
mod job;
mod object;
mod receipt;
mod refusal;
mod restoring;
mod role;
mod sample;
mod stage;
mod status;
mod storage_option;
mod user;
mod work_item;

pub use alert::{Alert, AlertKind};
pub use answer::{Accession, Answer, Completion, Removal, StepError};
pub use backoff::Backoff;
pub use claim::{Claim, Owner};
pub use cold::{StorageClass, ThawTerms, ThawTier};
pub use cost::{Charge, Price, Prices, Requests};
pub use deletion::{
    Agreed, Confirmed, DeletedFile, DeletedObject, Deleting, Deletion, DeletionId, DeletionState, DeletionTarget,
    DeletionTerms, Extent, Gone, LoneAdmin, REASON_BYTES_MAX, TARGETS_MAX, TargetState, UnknownDeletionState,
    VersionCounts, Wanted,
};
pub use deposit::{Deposit, DepositOptions, Origin, ReDeposit, modified_at, object_name};
pub use drill::{Drill, DrillKind};
pub use event::Event;
pub use evidence::Evidence;
pub use file_format::{FileFormat, FormatBasis, UNKNOWN_MEDIA_TYPE, UnknownFormatBasis};
pub use fixity::{Canaries, CheckCursor, Damage, HeldReplica, Incident, IncidentState, OldestReplica, StoreFixity};
pub use identifier::{IdentifierError, InstitutionName, ObjectIdentifier, ObjectName};
pub use ids::{EventId, ItemId, ObjectId, StoreId};
pub use job::{
    Amount, Job, JobClaim, JobId, JobKind, JobOptions, JobProgress, JobResult, JobStatus, StoreState, Weight,
};
pub use object::{Access, FileVersion, Object, ObjectVersion, Replica};
pub use receipt::{RECEIPT_FORMAT, Receipt, ReceiptManifest, ReceiptReplica};
pub use refusal::Refusal;
pub use restoring::{Restoring, Thawing};
pub use role::{Copies, Door, ROLES, Right, Role, RoleRow, Secret};
pub use sample::{Sample, SampleAccount, SampleBudget, SampleReach};
pub use stage::{Action, Point, STAGES, Stage, StageRow, UnknownStage};
pub use status::{Status, UnknownStatus};
pub use storage_option::StorageOption;
pub use user::{LOGIN_BYTES_MAX, Login, PERSON_BYTES_MAX, Person, User, UserError, UserRole};
pub use work_item::{Disposition, FormatsTold, GatheredFile, ItemState, PlacedFile, PlannedVersion, Totals, WorkItem};
