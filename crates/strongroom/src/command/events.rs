//! `strongroom events`: what happened, for ever.

use backends::database::{EventFilter, StoredEvent};
use clap::{Args, Subcommand, ValueEnum};
use model::{EventId, InstitutionName, ItemId, ObjectIdentifier};
use uuid::Uuid;

use super::exit::Exit;
use super::house::Where;
use super::page::Page;
use super::table::{Side, Table};
use super::{objects, output, run};

/// List events, or show one.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom events
  strongroom events list --object library.example.org/letters-1917 --json
  strongroom events list --outcome fail
  strongroom events show 212")]
pub struct Events {
    #[command(subcommand)]
    command: Option<EventsCommand>,
}

#[derive(Debug, Subcommand)]
enum EventsCommand {
    /// List events, newest first
    List(List),
    /// Show one event
    Show(Show),
}

/// List events, newest first.
#[derive(Debug, Default, Args)]
#[command(after_help = "Examples:
  strongroom events list --type 'fixity check'
  strongroom events list --item 12
  strongroom events list --limit 20 --before 480")]
struct List {
    /// About this object only
    #[arg(long, value_name = "IDENTIFIER")]
    object: Option<ObjectIdentifier>,
    /// About objects of this institution only
    #[arg(long, value_name = "DOMAIN")]
    institution: Option<InstitutionName>,
    /// Of this work item only
    #[arg(long, value_name = "ID")]
    item: Option<ItemId>,
    /// Of this type only: a term of the PREMIS vocabulary, such as `ingestion` or `fixity check`
    #[arg(long = "type", value_name = "TYPE")]
    event_type: Option<String>,
    /// With this outcome only
    #[arg(long)]
    outcome: Option<Outcome>,
    /// Only those before this number: the cursor of the next page
    #[arg(long, value_name = "NUMBER")]
    before: Option<i64>,
    #[command(flatten)]
    page: Page,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Outcome {
    Success,
    Warning,
    Fail,
}

impl Outcome {
    fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

/// Show one event.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  strongroom events show 212 --json")]
struct Show {
    /// The event's number or UUID
    #[arg(value_parser = name)]
    id: EventName,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// How people call an event.
#[derive(Debug, Clone, Copy)]
enum EventName {
    Number(i64),
    Id(EventId),
}

fn name(text: &str) -> Result<EventName, String> {
    if let Ok(number) = text.parse() {
        return Ok(EventName::Number(number));
    }
    let id = Uuid::try_parse(text).map_err(|_| "write the event's number or its UUID")?;
    Ok(EventName::Id(EventId(id)))
}

impl Events {
    /// Lists when nothing else is said.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        match self.command.unwrap_or_else(|| EventsCommand::List(List::default())) {
            EventsCommand::List(list) => run::now(list.run(at)),
            EventsCommand::Show(show) => run::now(show.run(at)),
        }
    }
}

impl List {
    async fn run(self, at: &Where) -> anyhow::Result<Exit> {
        let database = at.registry().await?;
        let mut object = None;
        if let Some(identifier) = &self.object {
            let Some(known) = database.known_object(identifier).await? else {
                return objects::unknown(&database, identifier).await;
            };
            object = Some(known.id);
        }
        let filter = EventFilter {
            object,
            institution: self.institution,
            item: self.item,
            event_type: self.event_type,
            outcome: self.outcome.map(Outcome::name),
            before: self.before,
            most: self.page.most(),
        };
        let events = database.events(&filter).await?;
        let table = Table::new(&[
            ("event", Side::Right),
            ("at", Side::Left),
            ("outcome", Side::Left),
            ("item", Side::Right),
            ("type", Side::Left),
            ("what came of it", Side::Left),
        ]);
        self.page.print(events, table, cells, |event| format!("--before {}", event.number));
        database.close().await;
        Ok(Exit::Done)
    }
}

fn cells(stored: &StoredEvent) -> Vec<String> {
    let event = &stored.event;
    vec![
        stored.number.to_string(),
        output::time(event.at),
        event.outcome.clone(),
        event.item.map_or_else(String::new, |item| item.to_string()),
        event.event_type.clone(),
        event.note.clone(),
    ]
}

impl Show {
    async fn run(self, at: &Where) -> anyhow::Result<Exit> {
        let database = at.registry().await?;
        let found = match self.id {
            EventName::Number(number) => database.event_of_number(number).await?,
            EventName::Id(id) => database.event(id).await?,
        };
        let Some(event) = found else {
            output::error("there is no such event; `strongroom events` lists them");
            return Ok(Exit::Refused);
        };
        if self.json {
            output::json(&event)
        } else {
            print(&event)
        }
        database.close().await;
        Ok(Exit::Done)
    }
}

fn print(stored: &StoredEvent) {
    let event = &stored.event;
    output::line(&format!("Event {}: {}, {}", stored.number, event.event_type, event.outcome));
    output::field("id", &event.id.to_string());
    output::field("at", &event.at.to_string());
    output::field("done", &event.detail);
    output::field("came of it", &event.note);
    output::field("agent", &event.agent);
    event.item.iter().for_each(|item| output::field("work item", &item.to_string()));
    event.object.iter().for_each(|object| output::field("object id", &object.to_string()));
    event.version.iter().for_each(|version| output::field("version", &version.to_string()));
    event.path.iter().for_each(|path| output::field("file", path));
    event.store.iter().for_each(|store| output::field("store", &store.to_string()));
}
