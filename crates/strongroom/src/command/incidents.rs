//! `strongroom incidents`: damage that was found, and what became of it.

use backends::database::IncidentFilter;
use clap::{Args, ValueEnum};
use model::{Incident, IncidentState, ObjectIdentifier, StoreId};

use super::exit::Exit;
use super::house::Where;
use super::page::Page;
use super::table::{Side, Table};
use super::{output, run};

/// List damage that was found, newest first, and what became of it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom incidents --state open
  strongroom incidents --store first --json
  strongroom incidents --object local.archive/photographs

Incidents are kept for ever. A damaged file is listed once however often it was seen.")]
pub struct Incidents {
    /// Of this object only
    #[arg(long, value_name = "IDENTIFIER")]
    object: Option<ObjectIdentifier>,
    /// Of this store only
    #[arg(long, value_name = "STORE")]
    store: Option<StoreId>,
    /// In this state only
    #[arg(long, value_enum)]
    state: Option<State>,
    /// Only those before this number: the cursor of the next page
    #[arg(long, value_name = "NUMBER")]
    before: Option<i64>,
    #[command(flatten)]
    page: Page,
}

/// Where an incident stands.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum State {
    /// Wrong still
    Open,
    /// Written again and read back
    Repaired,
    /// Found right later, without our doing
    Passed,
    /// Deleted by two people, with the object or file
    Deleted,
}

impl Incidents {
    /// Lists.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        run::now(self.list(at))
    }

    async fn list(self, at: &Where) -> anyhow::Result<Exit> {
        let database = at.registry().await?;
        let object = match &self.object {
            None => None,
            Some(identifier) => match database.known_object(identifier).await? {
                Some(object) => Some(object.id),
                None => {
                    output::error(&format!("there is no object {identifier}"));
                    return Ok(Exit::Refused);
                }
            },
        };
        let filter = IncidentFilter {
            object,
            store: self.store.clone(),
            state: self.state.map(|state| match state {
                State::Open => IncidentState::Open,
                State::Repaired => IncidentState::Repaired,
                State::Passed => IncidentState::Passed,
                State::Deleted => IncidentState::Deleted,
            }),
            before: self.before,
            most: self.page.most(),
        };
        let incidents = database.incidents(&filter).await?;
        database.close().await;
        let table = Table::new(&[
            ("number", Side::Right),
            ("found", Side::Left),
            ("state", Side::Left),
            ("damage", Side::Left),
            ("store", Side::Left),
            ("object", Side::Left),
            ("file", Side::Left),
        ]);
        self.page.print(incidents, table, cells, |last| format!("--before {}", last.id));
        Ok(Exit::Done)
    }
}

fn cells(incident: &Incident) -> Vec<String> {
    vec![
        incident.id.to_string(),
        output::time(incident.found_at),
        incident.state.name().to_owned(),
        incident.damage.name().to_owned(),
        incident.store.0.clone(),
        incident.identifier.to_string(),
        if incident.path.is_empty() { "(the whole object)".to_owned() } else { incident.path.clone() },
    ]
}
