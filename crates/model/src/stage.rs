//! The table of stages: every action's steps, in the order in which they are taken.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What is done to an object: the pipeline that a work item runs through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// A deposit is taken in.
    Ingest,
    /// What two people agreed to delete is destroyed.
    Delete,
    /// What is frozen is thawed and given back.
    Restore,
}

/// One step of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Stage {
    /// The deposit is looked at from outside: is it there, whole, new, whose?
    Receive,
    /// It is read, once.
    Gather,
    /// What was read is held against BagIt and the profile.
    Validate,
    /// It is compared with the version that is held.
    CheckReingest,
    /// What cannot be read by range is laid out in staging.
    Unpack,
    /// Each file's format is settled.
    Identify,
    /// Each new file is written to each store.
    Store,
    /// Each replica is read back and proven; the OCFL version is committed.
    Verify,
    /// Object, version, files, replicas and events enter the registry.
    Record,
    /// Staging, and the deposit if it was received by us, are removed.
    CleanUp,
    /// The conditions of a deletion are looked at again.
    CheckDeletion,
    /// The object is written anew beside the old one, without the files that go.
    Rewrite,
    /// Bytes go from each store, which is looked at again.
    Remove,
    /// That they are gone enters the registry, with a certificate.
    RecordDeletion,
    /// A tombstone and the certificate are put into each store.
    Certify,
    /// Files that are frozen are asked for, and waited for.
    Thaw,
    /// A whole object is given back; with it or with the next stage a restoration ends.
    RestoreObject,
    /// One file is given back.
    RestoreFile,
}

/// One row of the table of stages.
#[derive(Debug, Clone, Copy)]
pub struct StageRow {
    /// The stage.
    pub stage: Stage,
    /// The action that it is a step of.
    pub action: Action,
    /// Its name in commands, logs and pages.
    pub name: &'static str,
    /// What it does, in the present participle, for progress bars.
    pub doing: &'static str,
    /// Whether bytes may already be in permanent storage, so that the item must run to its end.
    pub point: Point,
}

/// Which side of the first write to permanent storage a stage lies on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// Nothing is stored yet: a newer deposit supersedes this one, and a person may cancel it.
    BeforeStore,
    /// From here on the item finishes, and a newer deposit becomes the next version.
    FromStore,
}

const fn delete(stage: Stage, name: &'static str, doing: &'static str, point: Point) -> StageRow {
    StageRow { stage, action: Action::Delete, name, doing, point }
}

const fn restore(stage: Stage, name: &'static str, doing: &'static str) -> StageRow {
    StageRow { stage, action: Action::Restore, name, doing, point: Point::BeforeStore }
}

const fn ingest(stage: Stage, name: &'static str, doing: &'static str, point: Point) -> StageRow {
    StageRow { stage, action: Action::Ingest, name, doing, point }
}

/// Every stage, in the order in which an item passes them.
pub const STAGES: &[StageRow] = &[
    ingest(Stage::Receive, "receive", "receiving", Point::BeforeStore),
    ingest(Stage::Gather, "gather", "reading", Point::BeforeStore),
    ingest(Stage::Validate, "validate", "validating", Point::BeforeStore),
    ingest(Stage::CheckReingest, "check_reingest", "comparing", Point::BeforeStore),
    ingest(Stage::Unpack, "unpack", "unpacking", Point::BeforeStore),
    ingest(Stage::Identify, "identify", "identifying", Point::BeforeStore),
    ingest(Stage::Store, "store", "storing", Point::FromStore),
    ingest(Stage::Verify, "verify", "verifying", Point::FromStore),
    ingest(Stage::Record, "record", "recording", Point::FromStore),
    ingest(Stage::CleanUp, "clean_up", "cleaning up", Point::FromStore),
    delete(Stage::CheckDeletion, "check_deletion", "checking conditions", Point::BeforeStore),
    delete(Stage::Rewrite, "rewrite", "rewriting", Point::BeforeStore),
    delete(Stage::Remove, "remove", "removing", Point::FromStore),
    delete(Stage::RecordDeletion, "record_deletion", "recording", Point::FromStore),
    delete(Stage::Certify, "certify", "certifying", Point::FromStore),
    restore(Stage::Thaw, "thaw", "thawing"),
    restore(Stage::RestoreObject, "restore_object", "restoring"),
    restore(Stage::RestoreFile, "restore_file", "restoring"),
];

impl Stage {
    /// Returns the stage's row of the table.
    #[must_use]
    pub fn row(self) -> &'static StageRow {
        STAGES.iter().find(|row| row.stage == self).expect("a test holds that each stage has a row")
    }

    /// Returns the stage's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Returns the stage after this one; `None` after the last of its action.
    #[must_use]
    pub fn next(self) -> Option<Stage> {
        // An object or one of its files is given back, never both.
        if self == Stage::RestoreObject {
            return None;
        }
        let place = STAGES.iter().position(|row| row.stage == self)?;
        let next = STAGES.get(place + 1)?;
        (next.action == STAGES[place].action).then_some(next.stage)
    }

    /// Returns whether bytes may already stand in permanent storage.
    #[must_use]
    pub fn is_from_store(self) -> bool {
        self.row().point == Point::FromStore
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// The name is that of no stage or action.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no stage; the stages are {names}", names = STAGES.iter().map(|row| row.name).collect::<Vec<_>>().join(", "))]
pub struct UnknownStage(String);

impl FromStr for Stage {
    type Err = UnknownStage;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        STAGES.iter().find(|row| row.name == text).map(|row| row.stage).ok_or_else(|| UnknownStage(text.to_owned()))
    }
}

impl Action {
    /// Returns the action's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Action::Ingest => "ingest",
            Action::Delete => "delete",
            Action::Restore => "restore",
        }
    }

    /// Returns the stages of the action, in their order.
    pub fn stages(self) -> impl Iterator<Item = Stage> {
        STAGES.iter().filter(move |row| row.action == self).map(|row| row.stage)
    }

    /// Returns the action of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Action::Ingest, Action::Delete, Action::Restore].into_iter().find(|action| action.name() == name)
    }

    /// Returns the first stage of the action.
    #[must_use]
    pub fn first_stage(self) -> Stage {
        STAGES.iter().find(|row| row.action == self).expect("a test holds that each action has stages").stage
    }
}

impl fmt::Display for Action {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stages_of_ingest_follow_each_other_to_the_last() {
        let mut stage = Action::Ingest.first_stage();
        let mut names = vec![stage.name()];
        while let Some(next) = stage.next() {
            stage = next;
            names.push(stage.name());
        }
        let wanted = "receive gather validate check_reingest unpack identify store verify record clean_up";
        assert_eq!(names.join(" "), wanted);
    }

    #[test]
    fn a_stage_is_read_back_from_its_name() {
        for row in STAGES {
            assert_eq!(row.name.parse::<Stage>(), Ok(row.stage));
            assert_eq!(serde_json::to_value(row.stage).expect("it is a word"), row.name);
        }
        assert!("pack".parse::<Stage>().is_err());
    }

    #[test]
    fn once_bytes_came_or_went_no_later_stage_of_the_action_lies_before_it() {
        for (action, first) in [(Action::Ingest, Stage::Store), (Action::Delete, Stage::Remove)] {
            let mut later = action.stages().skip_while(|stage| stage.row().point == Point::BeforeStore).peekable();
            assert_eq!(later.peek(), Some(&first));
            assert!(later.all(|stage| stage.row().point == Point::FromStore));
        }
    }

    #[test]
    fn the_stages_of_a_deletion_follow_each_other_to_the_last() {
        assert_eq!(Stage::CleanUp.next(), None);
        let mut stage = Action::Delete.first_stage();
        let mut names = vec![stage.name()];
        while let Some(next) = stage.next() {
            stage = next;
            names.push(stage.name());
        }
        assert_eq!(names.join(" "), "check_deletion rewrite remove record_deletion certify");
    }
}
