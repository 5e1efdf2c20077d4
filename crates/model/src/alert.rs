//! What a person must hear of, and what became of the telling.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::StoreId;

/// Why somebody is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// A replica is not what was deposited.
    DamageFound,
    /// Damage was repaired.
    RepairDone,
    /// Repairs in a store were stopped because they became too many.
    BrakePulled,
    /// A file is damaged and no other store has its right bytes.
    NoGoodReplica,
    /// The disk of a store does not take a repair: it is full, or may not be written.
    RepairRefused,
    /// A check did not find the damage that is planted in a store: no check of it is to be believed.
    CanaryMissed,
    /// A rehearsal failed: an object could not be given back, or the registry not be made anew.
    DrillFailed,
    /// Replicas were not proven within their period.
    ReplicasOverdue,
    /// A deletion was asked for, and waits for a second person to approve it or call it off.
    DeletionRequested,
}

impl AlertKind {
    /// Every kind.
    pub const ALL: [AlertKind; 9] = [
        AlertKind::DamageFound,
        AlertKind::RepairDone,
        AlertKind::BrakePulled,
        AlertKind::NoGoodReplica,
        AlertKind::RepairRefused,
        AlertKind::CanaryMissed,
        AlertKind::DrillFailed,
        AlertKind::ReplicasOverdue,
        AlertKind::DeletionRequested,
    ];

    /// Returns the name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            AlertKind::DamageFound => "damage_found",
            AlertKind::RepairDone => "repair_done",
            AlertKind::BrakePulled => "brake_pulled",
            AlertKind::NoGoodReplica => "no_good_replica",
            AlertKind::RepairRefused => "repair_refused",
            AlertKind::CanaryMissed => "canary_missed",
            AlertKind::DrillFailed => "drill_failed",
            AlertKind::ReplicasOverdue => "replicas_overdue",
            AlertKind::DeletionRequested => "deletion_requested",
        }
    }

    /// Returns the kind of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Returns what a person should do.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            AlertKind::DamageFound => "`strongroom incidents --state open` says what is left; look at the disk",
            AlertKind::RepairDone => "nothing is lost; when it happens again in the same store, look at its disk",
            AlertKind::BrakePulled => "look at the disk first; repairs go on by themselves within the hour",
            AlertKind::NoGoodReplica => {
                "`strongroom incidents --state open` names the file: bring back a store that has it"
            }
            AlertKind::RepairRefused => {
                "make room on the store's disk, or make it writable; then `strongroom fixity check`"
            }
            AlertKind::CanaryMissed => "`strongroom fixity status` says which: look at the program and the disk",
            AlertKind::DrillFailed => "`strongroom drill list` says what failed and why",
            AlertKind::ReplicasOverdue => {
                "`strongroom fixity status` says how many: is `strongroom up` running, and fast enough?"
            }
            AlertKind::DeletionRequested => {
                "`strongroom delete show` says what would go; a second person says `strongroom delete approve` or `cancel`"
            }
        }
    }
}

/// Something that a person must hear of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Alert {
    /// Its number.
    pub id: i64,
    /// Why somebody is called.
    pub kind: AlertKind,
    /// In which store, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreId>,
    /// What it was about the first time: an object, a file, an institution.
    pub subject: String,
    /// What happened the first time.
    pub message: String,
    /// How often it happened, within an hour from the first time.
    pub count: u64,
    /// When it happened first.
    pub raised_at: Timestamp,
    /// When it happened last.
    pub last_at: Timestamp,
    /// Tries to deliver it that failed since the last that did not.
    pub attempts: u32,
    /// Why the last try failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// When it was delivered last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
    /// What `count` was then; 0 when it was not delivered yet.
    pub delivered_count: u64,
    /// When somebody said that it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_kind() {
        for kind in AlertKind::ALL {
            assert_eq!(AlertKind::from_name(kind.name()), Some(kind));
        }
    }
}
