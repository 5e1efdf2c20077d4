//! `strongroom files`: the files of an object, and the history of one.

use backends::database::{Database, FileFilter};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use model::{FileFormat, FileVersion, Object, ObjectIdentifier};

use super::exit::Exit;
use super::house::Where;
use super::page::{Page, word};
use super::set_format::SetFormat;
use super::shown::shown;
use super::table::{Side, Table};
use super::{objects, output, run};
use crate::actions::{self, FileReport};

/// List the files of an object, or show the history of one.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom files list library.example.org/letters-1917
  strongroom files list library.example.org/letters-1917 --version 1 --format fmt/353 --json
  strongroom files show library.example.org/letters-1917/data/03-04.tif")]
pub struct Files {
    #[command(subcommand)]
    command: FilesCommand,
}

#[derive(Debug, Subcommand)]
enum FilesCommand {
    /// List the files of an object in the order of their paths
    List(List),
    /// Show every version of one file: digests, format and what it was told by
    Show(Show),
    /// Say what a file is, against whatever its bytes say; kept with the reason
    SetFormat(SetFormat),
}

/// List the files of an object in the order of their paths.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:
  strongroom files list library.example.org/letters-1917 --starts-with data/maps/
  strongroom files list library.example.org/letters-1917 --limit 20 --after data/03-04.tif",
    disable_version_flag = true
)]
struct List {
    /// The object: <institution>/<bag name>
    object: ObjectIdentifier,
    /// As this version has them [default: the newest]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    version: Option<u32>,
    /// Whose path begins so
    #[arg(long, value_name = "TEXT")]
    starts_with: Option<String>,
    /// With this format only
    #[arg(long, value_name = "PUID|MEDIA-TYPE")]
    format: Option<String>,
    /// Only those after this path: the cursor of the next page
    #[arg(long, value_name = "PATH")]
    after: Option<String>,
    #[command(flatten)]
    page: Page,
}

/// Show every version of one file.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  strongroom files show library.example.org/letters-1917/data/03-04.tif --json")]
struct Show {
    /// The file: <institution>/<bag name>/<path in the bag>
    #[arg(value_name = "OBJECT/PATH", value_parser = file)]
    file: (ObjectIdentifier, String),
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Reads the name of a file.
pub fn file(text: &str) -> Result<(ObjectIdentifier, String), String> {
    let mut parts = text.splitn(3, '/');
    let (Some(institution), Some(name), Some(path)) = (parts.next(), parts.next(), parts.next()) else {
        return Err("write <institution>/<bag name>/<path in the bag>".to_owned());
    };
    let object = format!("{institution}/{name}").parse().map_err(|error: model::IdentifierError| error.to_string())?;
    Ok((object, path.to_owned()))
}

impl Files {
    /// Lists or shows.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        match self.command {
            FilesCommand::List(list) => run::now(list.run(at)),
            FilesCommand::Show(show) => run::now(show.run(at)),
            FilesCommand::SetFormat(set_format) => run::now(set_format.run(at)),
        }
    }
}

impl List {
    async fn run(self, at: &Where) -> anyhow::Result<Exit> {
        let database = at.registry().await?;
        let Some(object) = database.object(&self.object).await? else {
            return objects::unknown(&database, &self.object).await;
        };
        if let Some(version) = self.version.filter(|version| *version > object.head) {
            output::error(&format!("{} has no version {version}; its newest is {}", self.object, object.head));
            return Ok(Exit::Refused);
        }
        let filter = FileFilter {
            version: self.version,
            path_starts_with: self.starts_with,
            format: self.format,
            after: self.after,
            most: self.page.most(),
        };
        let files = database.files(object.id, &filter).await?;
        let table = Table::new(&[
            ("version", Side::Right),
            ("size", Side::Right),
            ("format", Side::Left),
            ("puid", Side::Left),
            ("path", Side::Left),
        ]);
        self.page.print(files, table, cells, |file| format!("--after {}", word(&file.path)));
        database.close().await;
        Ok(Exit::Done)
    }
}

fn cells(file: &FileVersion) -> Vec<String> {
    vec![
        file.version.to_string(),
        output::bytes(file.size_bytes),
        file.format.media_type.clone(),
        file.format.puid.clone().unwrap_or_default(),
        file.path.clone(),
    ]
}

impl Show {
    async fn run(self, at: &Where) -> anyhow::Result<Exit> {
        let database = at.registry().await?;
        let (identifier, path) = &self.file;
        let Some(object) = database.object(identifier).await? else {
            return objects::unknown(&database, identifier).await;
        };
        let Some(report) = actions::file_report(&database, &object, path).await? else {
            return unknown(&database, &object, path).await;
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

/// Says that no version of an object has a file, or who deleted it.
///
/// # Errors
/// The database cannot be read.
pub async fn unknown(database: &Database, object: &Object, path: &str) -> anyhow::Result<Exit> {
    let identifier = &object.identifier;
    match database.gone_file(object.id, path).await? {
        Some(gone) => output::error(&format!("{identifier}/{path} {}", gone.sentence())),
        None => output::error(&format!(
            "no version of {identifier} has a file {path}; `strongroom files list {identifier}` lists them"
        )),
    }
    Ok(Exit::Refused)
}

fn print(report: &FileReport) {
    output::line(&shown(&format!("{}/{}", report.identifier, report.path)));
    for version in &report.history {
        let until = match version.ended_by {
            None => "current".to_owned(),
            Some(ended_by) => format!("until version {ended_by}"),
        };
        let field = |name: &str, value: &str| output::field(&format!("  {name}"), value);
        output::line(&format!("  version {} ({until})", version.version));
        field("size", &format!("{} bytes", version.size_bytes));
        let modified = Timestamp::from_second(version.modified_at).map_or_else(|_| "unknown".to_owned(), output::time);
        field("modified", &modified);
        print_format(&version.format);
        for (algorithm, digest) in &version.digests {
            field(algorithm, digest);
        }
    }
}

fn print_format(format: &FileFormat) {
    let puid = format.puid.as_deref().map(|puid| format!(" ({puid})")).unwrap_or_default();
    output::field("  format", &format!("{}{puid}, told by {}", format.media_type, format.basis));
    if let Some(note) = &format.note {
        output::field("  evidence", &shown(note));
    }
    if let Some(signatures) = &format.signatures {
        output::field("  PRONOM", &format!("signatures {signatures}"));
    }
}
