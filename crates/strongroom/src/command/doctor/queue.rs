//! The queue: what waits for a person.

use backends::database::{Database, ItemFilter};
use model::Status;

use super::super::output;
use super::check::Check;

/// Stopped items that are named; of more only that there are.
const NAMED_MAX: u32 = 20;

/// Looks for items that nothing but a person sets going again.
pub async fn stopped(database: &Database) -> Check {
    let name = "stopped items";
    let filter = ItemFilter { status: Some(Status::Stopped), most: NAMED_MAX + 1, ..ItemFilter::default() };
    let items = match database.items(&filter).await {
        Ok(items) => items,
        Err(error) => return Check::unchecked(name, super::database::full(&error), "look at the database first"),
    };
    if items.is_empty() {
        return Check::ok(name, "none");
    }
    let named: Vec<_> = items.iter().take(NAMED_MAX as usize).map(|item| item.id.to_string()).collect();
    let more = if items.len() > named.len() { " and more" } else { "" };
    Check::warning(
        name,
        format!("{}{more}: {}", output::count(named.len() as u64, "item"), named.join(", ")),
        "strongroom items show ID says why; mend that, then: strongroom item retry ID",
    )
}
