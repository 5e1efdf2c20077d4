//! `strongroom objects`: what is held.

use backends::database::{Database, ObjectFilter};
use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use model::{DeletedObject, InstitutionName, Object, ObjectIdentifier};

use super::exit::Exit;
use super::house::Where;
use super::page::{Page, word};
use super::table::{Side, Table};
use super::{output, run};
use crate::actions::{self, ObjectReport};

/// List objects, or show one.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom objects
  strongroom objects list --institution library.example.org --starts-with letters --json
  strongroom objects show library.example.org/letters-1917")]
pub struct Objects {
    #[command(subcommand)]
    command: Option<ObjectsCommand>,
}

#[derive(Debug, Subcommand)]
enum ObjectsCommand {
    /// List objects in the order of institution and name
    List(List),
    /// Show one object: its versions and replicas
    Show(Show),
}

/// List objects in the order of institution and name.
#[derive(Debug, Default, Args)]
#[command(after_help = "Examples:
  strongroom objects list --storage-option Standard
  strongroom objects list --state deleted
  strongroom objects list --limit 20 --after library.example.org/letters-1917")]
struct List {
    /// Of this institution only
    #[arg(long, value_name = "DOMAIN")]
    institution: Option<InstitutionName>,
    /// Whose name begins so
    #[arg(long, value_name = "TEXT")]
    starts_with: Option<String>,
    /// With this storage option only
    #[arg(long, value_name = "NAME")]
    storage_option: Option<String>,
    /// Those that are held, or those that were deleted
    #[arg(long, value_enum, default_value_t)]
    state: State,
    /// Only those after this one: the cursor of the next page
    #[arg(long, value_name = "IDENTIFIER")]
    after: Option<ObjectIdentifier>,
    /// With --after, of deleted objects: of that very name too, those that were deleted later
    #[arg(long, value_name = "TIME", requires = "after")]
    deleted_after: Option<Timestamp>,
    #[command(flatten)]
    page: Page,
}

/// Which objects are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum State {
    /// What is held
    #[default]
    Active,
    /// What two people have deleted
    Deleted,
}

/// Show one object.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  strongroom objects show library.example.org/letters-1917 --json")]
struct Show {
    /// The object: <institution>/<bag name>
    identifier: ObjectIdentifier,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Objects {
    /// Lists when nothing else is said.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        match self.command.unwrap_or_else(|| ObjectsCommand::List(List::default())) {
            ObjectsCommand::List(list) => run::now(list.run(at)),
            ObjectsCommand::Show(show) => run::now(show.run(at)),
        }
    }
}

impl List {
    async fn run(self, at: &Where) -> anyhow::Result<Exit> {
        let database = at.registry().await?;
        let filter = ObjectFilter {
            institution: self.institution,
            name_starts_with: self.starts_with,
            storage_option: self.storage_option,
            after: self.after,
            deleted_after: self.deleted_after,
            most: self.page.most(),
        };
        if self.state == State::Deleted {
            let deleted = database.deleted_objects(&filter).await?;
            self.page.print(deleted, deleted_table(), deleted_cells, |deleted| {
                let identifier = deleted.object.identifier.to_string();
                format!("--after {} --deleted-after {}", word(&identifier), deleted.deleted_at)
            });
            database.close().await;
            return Ok(Exit::Done);
        }
        let objects = database.objects(&filter).await?;
        let table = Table::new(&[
            ("version", Side::Right),
            ("files", Side::Right),
            ("size", Side::Right),
            ("storage", Side::Left),
            ("updated", Side::Left),
            ("object", Side::Left),
        ]);
        self.page.print(objects, table, cells, |object| format!("--after {}", word(&object.identifier.to_string())));
        database.close().await;
        Ok(Exit::Done)
    }
}

fn cells(object: &Object) -> Vec<String> {
    vec![
        object.head.to_string(),
        object.files.to_string(),
        output::bytes(object.size_bytes),
        object.storage_option.clone(),
        output::time(object.updated_at),
        object.identifier.to_string(),
    ]
}

fn deleted_table() -> Table {
    Table::new(&[
        ("version", Side::Right),
        ("files", Side::Right),
        ("size", Side::Right),
        ("deletion", Side::Right),
        ("deleted", Side::Left),
        ("object", Side::Left),
    ])
}

fn deleted_cells(deleted: &DeletedObject) -> Vec<String> {
    let object = &deleted.object;
    vec![
        object.head.to_string(),
        object.files.to_string(),
        output::bytes(object.size_bytes),
        deleted.deletion.to_string(),
        output::time(deleted.deleted_at),
        object.identifier.to_string(),
    ]
}

impl Show {
    async fn run(self, at: &Where) -> anyhow::Result<Exit> {
        let database = at.registry().await?;
        let Some(report) = actions::object_report(&database, &self.identifier).await? else {
            return unknown(&database, &self.identifier).await;
        };
        if self.json {
            output::json(&report)
        } else {
            print(&report)
        }
        database.close().await;
        Ok(Exit::Done)
    }
}

/// Says that there is no such object, or who deleted it.
///
/// # Errors
/// The database cannot be read.
pub async fn unknown(database: &Database, identifier: &ObjectIdentifier) -> anyhow::Result<Exit> {
    match database.gone_object(identifier).await? {
        Some(gone) => output::error(&format!("{identifier} {}", gone.sentence())),
        None => output::error(&format!("no object {identifier} is held; `strongroom objects` lists them")),
    }
    Ok(Exit::Refused)
}

fn print(report: &ObjectReport) {
    let object = &report.object;
    output::line(&format!("{} version {}", object.identifier, object.head));
    output::field("object id", &object.id.to_string());
    output::field("title", &object.title);
    object.description.iter().for_each(|text| output::field("description", text));
    output::field("access", object.access.name());
    output::field("storage", &object.storage_option);
    object.profile_identifier.iter().for_each(|profile| output::field("profile", profile));
    output::field("files", &format!("{}, {}", output::count(object.files, "file"), output::bytes(object.size_bytes)));
    output::field("accepted", &output::time(object.created_at));
    output::field("updated", &output::time(object.updated_at));
    output::line("");
    print_versions(report);
    output::line("");
    print_replicas(report);
}

fn print_versions(report: &ObjectReport) {
    let mut table = Table::new(&[
        ("version", Side::Right),
        ("files", Side::Right),
        ("size", Side::Right),
        ("new files", Side::Right),
        ("new size", Side::Right),
        ("item", Side::Right),
        ("accepted", Side::Left),
    ]);
    for version in &report.versions {
        table.row([
            version.number.to_string(),
            version.files.to_string(),
            output::bytes(version.size_bytes),
            version.new_files.to_string(),
            output::bytes(version.new_size_bytes),
            version.item.to_string(),
            output::time(version.created_at),
        ]);
    }
    table.print_indented();
}

fn print_replicas(report: &ObjectReport) {
    let mut table = Table::new(&[
        ("version", Side::Right),
        ("store", Side::Left),
        ("evidence", Side::Left),
        ("proven", Side::Left),
        ("where", Side::Left),
    ]);
    for replica in &report.replicas {
        table.row([
            replica.version.to_string(),
            replica.store.to_string(),
            format!("{}: {}", replica.evidence, replica.evidence.meaning()),
            output::time(replica.verified_at),
            replica.object_path.clone(),
        ]);
    }
    table.print_indented();
}
