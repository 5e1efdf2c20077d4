//! The page of roles and stages, from the two tables of the model.

use std::fmt::Write;

use model::{Action, Copies, Point, ROLES, STAGES};

const OPENING: &str = "\
# Roles and stages

Generated from `crates/model/src/role.rs` and `crates/model/src/stage.rs`. To write it anew:
`STRONGROOM_BLESS=1 cargo test -p strongroom --test reference_is_fresh`.

## Stages

An item passes the stages of its action in this order. Up to and with `identify` a newer deposit of the same bag ends it,
and a person may cancel it; from `store` on it runs to its end.

| action | stage | while it runs | a newer deposit |
| --- | --- | --- | --- |
";

const ROLES_OPENING: &str = "
## Roles

`strongroom up` runs all of them in one process, `strongroom run ROLE…` some. The figures are what a process of its own would be given.

| role | what it does | doors | processes | CPU | memory | seconds to stop |
| --- | --- | --- | --- | --- | --- | --- |
";

/// Returns the page.
pub fn page() -> String {
    let mut page = OPENING.to_owned();
    for row in STAGES {
        let newer = match (row.action, row.point) {
            (Action::Delete, Point::BeforeStore) => "comes first, and the deletion is refused",
            (Action::Delete, Point::FromStore) => "waits for the end, and is a new object or the next version",
            (Action::Restore, _) => "goes its own way: it is a version that was asked for",
            (_, Point::BeforeStore) => "supersedes it",
            (_, Point::FromStore) => "becomes the next version",
        };
        writeln!(page, "| {} | {} | {} | {newer} |", row.action, row.name, row.doing).expect("memory takes it");
    }
    page.push_str(ROLES_OPENING);
    for row in ROLES {
        let doors: Vec<_> = row.doors.iter().map(|(door, right)| format!("{} {}", door.name(), right.name())).collect();
        let copies = match row.copies {
            Copies::Single => "1".to_owned(),
            Copies::Many { from, to } => format!("{from} to {to}"),
        };
        writeln!(
            page,
            "| {} | {} | {} | {copies} | {} m | {} MiB | {} |",
            row.name,
            row.summary,
            doors.join(", "),
            row.cpu_millis,
            row.memory_mib,
            row.stop_seconds
        )
        .expect("memory takes it");
    }
    page
}
