//! Why somebody is not obeyed who wants something deleted: each says what to do instead.

use jiff::Timestamp;

use crate::{DeletionId, DeletionState, ItemId, Login, ObjectIdentifier, Person, StoreId, UserRole};

/// Why a deletion was not requested, approved, cancelled or carried out. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The role does not suffice.
    #[error(
        "{login} is {role}, and {whose} is for {needed} to decide: ask one of them; `strongroom user list` names them"
    )]
    NotTheirs {
        /// Who asked.
        login: Login,
        /// What they are.
        role: UserRole,
        /// What they asked about, in words.
        whose: String,
        /// Who may.
        needed: &'static str,
    },
    /// No object of this name is held.
    #[error("no object {0} is held; `strongroom objects` lists them")]
    NoObject(ObjectIdentifier),
    /// It was deleted already.
    #[error("{0} {1}")]
    Gone(String, String),
    /// The object has no file of this path.
    #[error("{object} has no file {path}, in any version; `strongroom files list {object}` lists them")]
    NoFile {
        /// The object.
        object: ObjectIdentifier,
        /// The path.
        path: String,
    },
    /// Nothing has these bytes.
    #[error("no file {whose} has the sha256 {sha256}: nothing is to be taken down")]
    NoBytes {
        /// The digest.
        sha256: String,
        /// Where it was looked.
        whose: String,
    },
    /// Nothing was named, or too much.
    #[error("a deletion is about 1 to {max} objects, and this one about {seen}: divide the list")]
    Count {
        /// How many.
        seen: usize,
        /// The bound.
        max: usize,
    },
    /// Objects of several institutions in one list.
    #[error(
        "one deletion is about the objects of one institution, and the list names {0} and {1}: make a list for each"
    )]
    TwoInstitutions(String, String),
    /// No reason.
    #[error("say why, with --reason: it stands in the certificate for ever (at most {0} bytes)")]
    NoReason(usize),
    /// A deposit is in work.
    #[error("{object} has work that has not ended (item {item}): wait for it, or `strongroom item cancel {item}`")]
    InWork {
        /// The object.
        object: ObjectIdentifier,
        /// The item.
        item: ItemId,
    },
    /// Another deletion is about the same object.
    #[error(
        "deletion {deletion} is about {object} already: approve that one, or `strongroom delete cancel {deletion}`"
    )]
    AskedBefore {
        /// The object.
        object: ObjectIdentifier,
        /// The other deletion.
        deletion: DeletionId,
    },
    /// A store keeps what it is given for a time.
    #[error("the store {store} keeps {object} until {until} at least (its retention_days): ask again then")]
    Retained {
        /// The object.
        object: ObjectIdentifier,
        /// The store.
        store: StoreId,
        /// When it may go.
        until: Timestamp,
    },
    /// A store of the object is unknown.
    #[error(
        "the store {store} of {object} is not in the configuration, so that nobody knows how long it keeps things: add it again"
    )]
    UnknownStore {
        /// The object.
        object: ObjectIdentifier,
        /// The store.
        store: StoreId,
    },
    /// There is no such deletion.
    #[error("there is no deletion {0}; `strongroom delete list` lists them")]
    NoDeletion(DeletionId),
    /// It waits for no approval.
    #[error("deletion {id} is {state}: only one that is requested can be approved; `strongroom delete show {id}` tells more", state = .state.name())]
    NotRequested {
        /// The deletion.
        id: DeletionId,
        /// Where it stands.
        state: DeletionState,
    },
    /// The same person asked.
    #[error(
        "{person} asked for deletion {id}, and {login} is an account of the same person: a second person must approve it"
    )]
    SamePerson {
        /// The deletion.
        id: DeletionId,
        /// The person.
        person: Person,
        /// By which account they would approve.
        login: Login,
    },
    /// The exception for lone admins does not hold.
    #[error(
        "the exception for an only admin does not hold: there are {persons} persons who could approve deletion {id}; \
         ask another one"
    )]
    NotAlone {
        /// The deletion.
        id: DeletionId,
        /// How many.
        persons: u64,
    },
    /// Somebody who agreed may decide no more.
    #[error("{0} agreed to deletion {1} and is no active admin any more: request it anew, by two who are")]
    NoLongerAdmin(Login, DeletionId),
    /// A version came since it was asked for.
    #[error(
        "{object} has version {now} since deletion {id} was asked for, which was about version {then}: look at it, and \
         request it anew"
    )]
    OtherVersion {
        /// The deletion.
        id: DeletionId,
        /// The object.
        object: ObjectIdentifier,
        /// The version at the request.
        then: u32,
        /// The version now.
        now: u32,
    },
    /// Files were changed otherwise since it was asked for.
    #[error("what deletion {0} is about is not as it was when it was asked for: request it anew")]
    OtherFiles(DeletionId),
    /// It is called off.
    #[error("deletion {0} was cancelled")]
    Cancelled(DeletionId),
    /// Nothing is left to cancel.
    #[error("deletion {0} has ended, or its bytes are going already: nothing of it can be called off any more")]
    TooLate(DeletionId),
}
