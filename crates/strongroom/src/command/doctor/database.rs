//! The database: there, ours, whole.

use backends::database::{Address, Database, DatabaseError};

use super::check::Check;
use crate::command::house::{Where, is_made};

const NAME: &str = "database";

/// Opens the database and asks it to check itself; `None` when it cannot be opened.
pub async fn open(at: &Where, checks: &mut Vec<Check>) -> Option<Database> {
    // A configuration that cannot be read was told already; most have their database where it always is.
    let address = at.database().or_else(|_| at.place().map(|place| Address::File(place.database()))).ok()?;
    let shown = address.to_string();
    if !is_made(&address) {
        let advice = "restore it from a backup; in a new data directory the first `strongroom ingest` makes it";
        checks.push(Check::fault(NAME, format!("there is none at {shown}"), advice));
        return None;
    }
    let database = match Database::open_existing(&address).await {
        Ok(database) => database,
        Err(error) => {
            checks.push(cannot_open(&error));
            return None;
        }
    };
    checks.push(match database.check().await {
        Ok(found) if found.is_empty() => Check::ok(NAME, format!("{shown} is whole, with the tables of this version")),
        Ok(found) => {
            let seen = format!("{shown} is damaged: {}", found.join("; "));
            Check::fault(NAME, seen, "stop strongroom, keep the damaged file, and restore it from a backup")
        }
        Err(error) => cannot_open(&error),
    });
    Some(database)
}

fn cannot_open(error: &DatabaseError) -> Check {
    let advice = match error {
        DatabaseError::OtherTables { .. } => "no other version of strongroom may use it meanwhile",
        DatabaseError::OldServer { .. } => "use a newer server",
        _ => "look at its rights and its disk, or whether the server runs; if it is damaged, restore it from a backup",
    };
    Check::fault(NAME, full(error), advice)
}

/// Returns an error with its causes, on one line.
pub fn full(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
