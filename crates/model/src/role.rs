//! The table of roles: every kind of process, what it takes from the queue and what it may touch.

use crate::Stage;

/// What a process does. Whoever runs roles has an arm for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Looks for arrivals in the receiving folders and makes work items of them.
    BucketReader,
    /// Takes one stage of a pipeline.
    Worker(Stage),
    /// Queues the replicas that are to be proven next.
    FixityQueue,
    /// Proves queued replicas, and repairs what is damaged.
    FixityCheck,
    /// Hands alerts to the program of the configuration.
    Alert,
    /// Gives back an object of each institution now and then, and has it looked at.
    SpotRestore,
    /// Makes the registry anew from each store now and then, beside the one in use.
    DrillRebuild,
    /// Frees what dead processes held and finds what fell between chairs.
    Sweeper,
    /// Goes on with jobs on whole stores.
    JobRunner,
    /// Answers what is asked over HTTP.
    Api,
}

/// A door to the world that a role may need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Door {
    /// The registry and the queue.
    Database,
    /// The folders where deposits arrive.
    Receiving,
    /// Where work in progress lies.
    Staging,
    /// Permanent storage.
    Stores,
    /// The folders where objects are given back.
    Restored,
}

/// The weakest right that serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Right {
    /// Look.
    Read,
    /// Add and change.
    Write,
    /// Remove.
    Delete,
}

/// Something that nobody else may know. It is read from a file, never from an argument, and only by roles that name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Secret {
    /// The password of the database's user.
    DatabasePassword,
    /// The keys of the stores that are buckets, a pair for each name that the configuration gives them.
    StoreCredentials,
    /// The keys of the buckets in which deposits arrive, likewise.
    ReceivingCredentials,
    /// The keys of the buckets that objects are given back to, likewise.
    RestoreCredentials,
}

impl Secret {
    /// Every kind of secret.
    pub const ALL: [Secret; 4] =
        [Secret::DatabasePassword, Secret::StoreCredentials, Secret::ReceivingCredentials, Secret::RestoreCredentials];

    /// Returns the name of its file in `/run/secrets`; `None` when the configuration gives the names.
    #[must_use]
    pub fn file(self) -> Option<&'static str> {
        match self {
            Secret::DatabasePassword => Some("strongroom-database-password"),
            Secret::StoreCredentials | Secret::ReceivingCredentials | Secret::RestoreCredentials => None,
        }
    }
}

/// One row of the table of roles.
#[derive(Debug, Clone, Copy)]
pub struct RoleRow {
    /// The role.
    pub role: Role,
    /// Its name in commands and deployments.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// The doors that it needs, each with the weakest right that serves.
    pub doors: &'static [(Door, Right)],
    /// The secrets that it is given.
    pub secrets: &'static [Secret],
    /// Thousandths of a core to give it.
    pub cpu_millis: u32,
    /// Memory to give it, in MiB. No role holds more than 256 MB itself; what is above serves the page cache.
    pub memory_mib: u32,
    /// Whether one process of it is enough and more are of no use.
    pub copies: Copies,
    /// Seconds from the signal to stop until it may be killed.
    pub stop_seconds: u32,
}

/// How many processes of a role there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copies {
    /// One at a time.
    Single,
    /// As many as the queue's depth and age ask for, within these bounds.
    Many {
        /// At least.
        from: u32,
        /// At most.
        to: u32,
    },
}

impl Door {
    /// Returns the door's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Door::Database => "database",
            Door::Receiving => "receiving",
            Door::Staging => "staging",
            Door::Stores => "stores",
            Door::Restored => "restored",
        }
    }
}

impl Right {
    /// Returns the right as a verb.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Right::Read => "read",
            Right::Write => "write",
            Right::Delete => "delete",
        }
    }
}

use Door::{Database, Receiving, Restored, Staging, Stores};
use Right::{Delete, Read, Write};

/// Whoever opens a door needs its key, and nobody else.
const fn secrets(doors: &[(Door, Right)]) -> &'static [Secret] {
    use Secret::{DatabasePassword, ReceivingCredentials, RestoreCredentials, StoreCredentials};
    let (mut stores, mut receiving, mut restored) = (false, false, false);
    let mut place = 0;
    while place < doors.len() {
        match doors[place].0 {
            Stores => stores = true,
            Receiving => receiving = true,
            Restored => restored = true,
            Database | Staging => {}
        }
        place += 1;
    }
    match (stores, receiving, restored) {
        (false, false, false) => &[DatabasePassword],
        (true, false, false) => &[DatabasePassword, StoreCredentials],
        (false, true, false) => &[DatabasePassword, ReceivingCredentials],
        (false, false, true) => &[DatabasePassword, RestoreCredentials],
        (true, true, false) => &[DatabasePassword, StoreCredentials, ReceivingCredentials],
        (true, false, true) => &[DatabasePassword, StoreCredentials, RestoreCredentials],
        (false, true, true) => &[DatabasePassword, ReceivingCredentials, RestoreCredentials],
        (true, true, true) => &Secret::ALL,
    }
}

const fn worker(
    stage: Stage,
    name: &'static str,
    summary: &'static str,
    doors: &'static [(Door, Right)],
    cpu_millis: u32,
) -> RoleRow {
    let copies = Copies::Many { from: 1, to: 10 };
    let (role, secrets) = (Role::Worker(stage), secrets(doors));
    RoleRow { role, name, summary, doors, secrets, cpu_millis, memory_mib: 512, copies, stop_seconds: 120 }
}

const fn single(role: Role, name: &'static str, summary: &'static str, doors: &'static [(Door, Right)]) -> RoleRow {
    let (secrets, copies) = (secrets(doors), Copies::Single);
    RoleRow { role, name, summary, doors, secrets, cpu_millis: 250, memory_mib: 256, copies, stop_seconds: 30 }
}

/// It gives up uploads to restore places that nobody ends, and for that needs their keys; their folders it never opens.
const fn sweeper() -> RoleRow {
    let doors = &[(Database, Write), (Staging, Delete), (Stores, Delete)];
    let summary = "frees what dead processes held and finds what fell between chairs";
    let secrets = &[Secret::DatabasePassword, Secret::StoreCredentials, Secret::RestoreCredentials];
    RoleRow { secrets, ..single(Role::Sweeper, "sweeper", summary, doors) }
}

const fn api() -> RoleRow {
    let doors = &[(Database, Write)];
    let (secrets, copies) = (secrets(doors), Copies::Many { from: 1, to: 10 });
    let summary = "answers over HTTP, to who proves who they are, what is held and what became of it";
    let (role, name, cpu_millis) = (Role::Api, "api", 500);
    RoleRow { role, name, summary, doors, secrets, cpu_millis, memory_mib: 256, copies, stop_seconds: 30 }
}

/// Every role. Adding a worker costs a row here, a file in `pipelines` and an arm in the runner's match.
#[rustfmt::skip]
pub const ROLES: &[RoleRow] = &[
    single(Role::BucketReader, "bucket-reader", "makes work items of the deposits that arrive",
        &[(Database, Write), (Receiving, Read)]),
    worker(Stage::Receive, "ingest-receive", "looks at a deposit from outside, and for room in its stores",
        &[(Database, Write), (Receiving, Read), (Stores, Read)], 250),
    worker(Stage::Gather, "ingest-gather", "reads a deposit, once, and digests every member",
        &[(Database, Write), (Receiving, Read), (Staging, Write)], 2000),
    worker(Stage::Validate, "ingest-validate", "holds what was gathered against BagIt and the profile",
        &[(Database, Write), (Receiving, Read), (Staging, Delete)], 500),
    worker(Stage::CheckReingest, "ingest-check-reingest", "compares a deposit with the version that is held",
        &[(Database, Write)], 250),
    worker(Stage::Unpack, "ingest-unpack", "lays out in staging what cannot be read by range",
        &[(Database, Write), (Receiving, Read), (Staging, Write)], 1000),
    worker(Stage::Identify, "ingest-identify", "settles each file's format",
        &[(Database, Write), (Receiving, Read), (Staging, Read)], 500),
    worker(Stage::Store, "ingest-store", "writes each new file to each store",
        &[(Database, Write), (Receiving, Read), (Staging, Read), (Stores, Write)], 1000),
    worker(Stage::Verify, "ingest-verify", "reads each replica back, proves it and commits the version",
        &[(Database, Write), (Receiving, Read), (Staging, Delete), (Stores, Write)], 2000),
    worker(Stage::Record, "ingest-record", "enters object, version, files, replicas and events in the registry",
        &[(Database, Write)], 250),
    worker(Stage::CleanUp, "ingest-clean-up", "removes staging, and the deposit if it is still the same",
        &[(Database, Write), (Receiving, Delete), (Staging, Delete)], 250),
    worker(Stage::CheckDeletion, "delete-check", "looks again at the conditions of a deletion that is due",
        &[(Database, Write), (Stores, Read)], 250),
    worker(Stage::Rewrite, "delete-rewrite", "writes an object anew beside the old one, without the files that go",
        &[(Database, Write), (Staging, Write), (Stores, Write)], 1000),
    worker(Stage::Remove, "delete-remove", "removes from each store what two people agreed to delete, and looks again",
        &[(Database, Write), (Staging, Write), (Stores, Delete)], 1000),
    worker(Stage::RecordDeletion, "delete-record", "enters in the registry that it is gone, and signs the certificate",
        &[(Database, Write), (Staging, Write)], 250),
    worker(Stage::Certify, "delete-certify", "puts a tombstone and the certificate into each store",
        &[(Database, Write), (Staging, Delete), (Stores, Write)], 250),
    worker(Stage::Thaw, "restore-thaw", "asks for frozen files to be thawed, each once, and waits without being held up",
        &[(Database, Write), (Stores, Read)], 250),
    worker(Stage::RestoreObject, "restore-object", "gives back an object that was thawed",
        &[(Database, Write), (Staging, Delete), (Stores, Read), (Restored, Write)], 1000),
    worker(Stage::RestoreFile, "restore-file", "gives back one file that was thawed",
        &[(Database, Write), (Staging, Delete), (Stores, Read), (Restored, Write)], 500),
    single(Role::FixityQueue, "fixity-queue", "queues the replicas that are to be proven next",
        &[(Database, Write)]),
    single(Role::FixityCheck, "fixity-check", "proves queued replicas anew, and repairs what is damaged",
        &[(Database, Write), (Stores, Write)]),
    single(Role::Alert, "alert", "hands what a person must hear of to a program, until it took it",
        &[(Database, Write)]),
    single(Role::SpotRestore, "spot-restore", "gives back an object of each institution now and then, and has it validated",
        &[(Database, Write), (Staging, Delete), (Stores, Read)]),
    single(Role::DrillRebuild, "drill-rebuild", "makes the registry anew from each store now and then, and compares",
        &[(Database, Write), (Staging, Delete), (Stores, Read)]),
    sweeper(),
    single(Role::JobRunner, "job-runner", "audits, fills, compares, evacuates and retires whole stores",
        &[(Database, Write), (Stores, Delete)]),
    api(),
];

impl Role {
    /// Returns the stage that a worker takes; `None` for every other role.
    #[must_use]
    pub fn stage(self) -> Option<Stage> {
        match self {
            Role::Worker(stage) => Some(stage),
            _ => None,
        }
    }

    /// Returns the role's row of the table.
    #[must_use]
    pub fn row(self) -> &'static RoleRow {
        ROLES.iter().find(|row| row.role == self).expect("a test holds that each role has a row")
    }

    /// Returns the role of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Role> {
        ROLES.iter().find(|row| row.name == name).map(|row| row.role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::STAGES;

    #[test]
    fn every_stage_has_exactly_one_worker() {
        for row in STAGES {
            let workers = ROLES.iter().filter(|role| role.role == Role::Worker(row.stage)).count();
            assert_eq!(workers, 1, "{}", row.name);
        }
    }

    #[test]
    fn names_are_unique_and_lead_back_to_their_role() {
        for row in ROLES {
            assert_eq!(Role::from_name(row.name), Some(row.role));
        }
    }

    #[test]
    fn only_those_that_open_a_door_are_given_its_keys() {
        for row in ROLES {
            let opens = |door| row.doors.iter().any(|(own, _)| *own == door);
            let expected = [
                (Secret::DatabasePassword, true),
                (Secret::StoreCredentials, opens(Stores)),
                (Secret::ReceivingCredentials, opens(Receiving)),
                (Secret::RestoreCredentials, opens(Restored) || row.role == Role::Sweeper),
            ];
            let expected: Vec<_> =
                expected.iter().filter(|(_, is_given)| *is_given).map(|(secret, _)| *secret).collect();
            assert_eq!(row.secrets, expected, "{}", row.name);
        }
    }

    #[test]
    fn only_those_that_store_or_repair_may_write_to_permanent_storage() {
        let writers: Vec<_> =
            ROLES.iter().filter(|row| row.doors.contains(&(Stores, Write))).map(|row| row.name).collect();
        assert_eq!(writers, ["ingest-store", "ingest-verify", "delete-rewrite", "delete-certify", "fixity-check"]);
        let removers: Vec<_> =
            ROLES.iter().filter(|row| row.doors.contains(&(Stores, Delete))).map(|row| row.name).collect();
        assert_eq!(removers, ["delete-remove", "sweeper", "job-runner"]);
    }
}
