//! The table of endpoints: what can be asked, by whom, and with which parameters.

use std::future::Future;
use std::pin::Pin;

use super::answer::Answer;
use super::asked::Asked;
use super::{alerts, deletions, events, files, incidents, index, items, jobs, me, objects};

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Anybody: it tells nothing of what is held.
    Anybody,
    /// Every user, of their own institution; an admin of all.
    Users,
    /// Admins.
    Admins,
}

/// One row of the table.
#[derive(Debug)]
pub struct Endpoint {
    /// The path, with the names of its parts in braces; the last may take slashes: `{*path}`.
    pub path: &'static str,
    /// What it answers, in one sentence.
    pub summary: &'static str,
    /// Who may ask.
    pub who: Who,
    /// The parameters, each with what it does; any other is refused.
    pub parameters: &'static [(&'static str, &'static str)],
    /// Answers.
    pub answer: fn(Asked) -> Answering,
}

/// An answer to come.
pub type Answering = Pin<Box<dyn Future<Output = Answer> + Send>>;

const LIMIT: (&str, &str) = ("limit", "rows of a page, 1 to 1000; 50 unless another number is asked for");
const INSTITUTION: (&str, &str) = ("institution", "of this institution only");
const OBJECT: (&str, &str) = ("object", "of this object only: <institution>/<bag name>");
const BEFORE: (&str, &str) = ("before", "only those older than this one: the cursor of the next page");
const STATUS: (&str, &str) = ("status", "with this status only");

/// Every endpoint. Adding one costs a row here and a function that answers.
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        path: "/api/v1",
        summary: "this table",
        who: Who::Anybody,
        parameters: &[],
        answer: |_| Box::pin(std::future::ready(index::show())),
    },
    Endpoint {
        path: "/api/v1/me",
        summary: "who is asking, and for which institution",
        who: Who::Users,
        parameters: &[],
        answer: |asked| Box::pin(me::show(asked)),
    },
    Endpoint {
        path: "/api/v1/items",
        summary: "work items, newest first: what is in the queue, and what became of what was",
        who: Who::Users,
        parameters: &[STATUS, INSTITUTION, OBJECT, BEFORE, LIMIT],
        answer: |asked| Box::pin(items::list(asked)),
    },
    Endpoint {
        path: "/api/v1/items/{id}",
        summary: "one work item: where it stands, its findings, its receipt",
        who: Who::Users,
        parameters: &[],
        answer: |asked| Box::pin(items::show(asked)),
    },
    Endpoint {
        path: "/api/v1/objects",
        summary: "objects, in the order of institution and name",
        who: Who::Users,
        parameters: &[
            INSTITUTION,
            ("starts_with", "whose name begins so"),
            ("storage_option", "with this storage option only"),
            ("state", "`active` (what is held, unless said otherwise) or `deleted`"),
            ("after", "only those after this identifier: the cursor of the next page"),
            ("deleted_after", "with `after`, of deleted ones: of that very name too, those that were deleted later"),
            LIMIT,
        ],
        answer: |asked| Box::pin(objects::list(asked)),
    },
    Endpoint {
        path: "/api/v1/objects/{institution}/{name}",
        summary: "one object: its versions and replicas",
        who: Who::Users,
        parameters: &[],
        answer: |asked| Box::pin(objects::show(asked)),
    },
    Endpoint {
        path: "/api/v1/objects/{institution}/{name}/files",
        summary: "the files of an object, in the order of their paths",
        who: Who::Users,
        parameters: &[
            ("version", "as this version has them; the newest unless said otherwise"),
            ("starts_with", "whose path begins so"),
            ("format", "with this PUID or media type only"),
            ("after", "only those after this path: the cursor of the next page"),
            LIMIT,
        ],
        answer: |asked| Box::pin(files::list(asked)),
    },
    Endpoint {
        path: "/api/v1/objects/{institution}/{name}/files/{*path}",
        summary: "every version of one file: digests, format and what it was told by",
        who: Who::Users,
        parameters: &[],
        answer: |asked| Box::pin(files::show(asked)),
    },
    Endpoint {
        path: "/api/v1/events",
        summary: "PREMIS events, newest first",
        who: Who::Users,
        parameters: &[
            OBJECT,
            INSTITUTION,
            ("item", "of this work item only"),
            ("type", "of this type only, as in `fixity check`"),
            ("outcome", "with this outcome only: success, warning, fail"),
            BEFORE,
            LIMIT,
        ],
        answer: |asked| Box::pin(events::list(asked)),
    },
    Endpoint {
        path: "/api/v1/deletions",
        summary: "deletions, newest first: what was asked for, by whom, and who agreed",
        who: Who::Users,
        parameters: &[INSTITUTION, ("state", "in this state only"), BEFORE, LIMIT],
        answer: |asked| Box::pin(deletions::list(asked)),
    },
    Endpoint {
        path: "/api/v1/deletions/{id}",
        summary: "one deletion: its objects, and which stores have confirmed",
        who: Who::Users,
        parameters: &[],
        answer: |asked| Box::pin(deletions::show(asked)),
    },
    Endpoint {
        path: "/api/v1/incidents",
        summary: "damage that was found, newest first, and what became of it",
        who: Who::Users,
        parameters: &[
            ("object", "of this object only: <institution>/<bag name>; who is no admin must say which"),
            ("store", "in this store only"),
            ("state", "in this state only: open, repaired, passed, deleted"),
            BEFORE,
            LIMIT,
        ],
        answer: |asked| Box::pin(incidents::list(asked)),
    },
    Endpoint {
        path: "/api/v1/jobs",
        summary: "jobs on whole stores, newest first",
        who: Who::Admins,
        parameters: &[STATUS, BEFORE, LIMIT],
        answer: |asked| Box::pin(jobs::list(asked)),
    },
    Endpoint {
        path: "/api/v1/alerts",
        summary: "what a person must hear of, newest first",
        who: Who::Admins,
        parameters: &[("all", "`true`: also what somebody has called done"), BEFORE, LIMIT],
        answer: |asked| Box::pin(alerts::list(asked)),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The number changes when something is taken away or means something else.
    const ROOT: &str = "/api/v1";

    #[test]
    fn each_endpoint_lies_below_the_root_and_says_what_it_answers() {
        for row in ENDPOINTS {
            assert!(row.path.starts_with(ROOT), "{}", row.path);
            assert!(!row.summary.is_empty() && !row.summary.ends_with('.'), "{}", row.path);
            let is_listing = row.parameters.iter().any(|(name, _)| *name == "limit");
            let cursors = row.parameters.iter().filter(|(name, _)| ["before", "after"].contains(name)).count();
            assert_eq!(cursors, usize::from(is_listing), "{}: a page has a cursor", row.path);
        }
    }
}
