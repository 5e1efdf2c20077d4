//! `strongroom formats show`: all that the table knows of one format.

use anyhow::bail;
use clap::Args;
use pronom::table::{Format, Puid, Signature};
use pronom::{ContainerKind, Signatures};
use serde::Serialize;

use super::super::exit::Exit;
use super::super::house::Where;
use super::super::output;
use super::readable::readable;
use crate::config;

/// Show one format.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom formats show fmt/353
  strongroom formats show x-fmt/263 --json

In signatures, bytes stand as pairs of hexadecimal digits, [00:1F] is any byte of a range, [!00] any other, and {4} or
{4-8} are so many bytes of any value. What is between < and > is looked for first; what is beside it must be next to it.")]
pub struct Show {
    /// The identifier of the format in PRONOM, such as fmt/40
    #[arg(value_name = "PUID")]
    puid: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Told<'a> {
    puid: &'a str,
    name: &'a str,
    version: Option<&'a str>,
    mime: Option<&'a str>,
    extensions: &'a [String],
    priority_over: Vec<Other<'a>>,
    priority_of: Vec<Other<'a>>,
    signatures: Vec<SignatureLines>,
    container_signatures: Vec<ContainerLines<'a>>,
}

#[derive(Serialize)]
struct Other<'a> {
    puid: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct SignatureLines {
    id: u32,
    sequences: Vec<String>,
}

#[derive(Serialize)]
struct ContainerLines<'a> {
    id: u32,
    container: &'static str,
    files: Vec<FileLines<'a>>,
}

#[derive(Serialize)]
struct FileLines<'a> {
    path: &'a str,
    signatures: Vec<SignatureLines>,
}

impl Show {
    /// Shows it.
    pub fn run(&self, at: &Where) -> anyhow::Result<Exit> {
        let in_force = config::signatures(&at.place()?)?;
        let Some(format) = in_force.format(&Puid::new(&self.puid)) else {
            bail!(
                "there is no format {}; `strongroom formats list` has them all, and finds words of a name",
                self.puid
            );
        };
        let told = tell(&in_force, format);
        if self.json {
            output::json(&told)
        } else {
            print(&told)
        }
        Ok(Exit::Done)
    }
}

fn tell<'a>(signatures: &'a Signatures, format: &'a Format) -> Told<'a> {
    let other = |format: &'a Format| Other { puid: format.puid.as_str(), name: &format.name };
    let below = format.priority_over.iter().filter_map(|puid| signatures.format(puid));
    let above = signatures.formats().iter().filter(|other| other.priority_over.contains(&format.puid));
    let containers = signatures.containers().iter().filter(|container| container.puid == format.puid);
    Told {
        puid: format.puid.as_str(),
        name: &format.name,
        version: format.version.as_deref(),
        mime: format.mime.as_deref(),
        extensions: &format.extensions,
        priority_over: below.map(other).collect(),
        priority_of: above.map(other).collect(),
        signatures: format.signatures.iter().map(lines).collect(),
        container_signatures: containers
            .map(|container| ContainerLines {
                id: container.id,
                container: match container.kind {
                    ContainerKind::Zip => "ZIP",
                    ContainerKind::Ole2 => "OLE2",
                },
                files: container
                    .files
                    .iter()
                    .map(|file| FileLines { path: &file.path, signatures: file.signatures.iter().map(lines).collect() })
                    .collect(),
            })
            .collect(),
    }
}

fn lines(signature: &Signature) -> SignatureLines {
    SignatureLines { id: signature.id, sequences: signature.sequences.iter().flat_map(readable).collect() }
}

fn print(told: &Told<'_>) {
    let name = told.version.map_or_else(|| told.name.to_owned(), |version| format!("{} {version}", told.name));
    output::line(&format!("{}: {name}", told.puid));
    output::field("media type", told.mime.unwrap_or("none"));
    output::field(
        "extensions",
        &if told.extensions.is_empty() { "none".to_owned() } else { told.extensions.join(" ") },
    );
    others("goes before", &told.priority_over);
    others("goes behind", &told.priority_of);
    for signature in &told.signatures {
        output::field("signature", &signature.id.to_string());
        print_lines("", signature);
    }
    for container in &told.container_signatures {
        output::field("signature", &format!("{}, inside of {} files", container.id, container.container));
        for file in &container.files {
            output::line(&format!("    has {}", super::super::shown::shown(file.path)));
            file.signatures.iter().for_each(|signature| print_lines("  ", signature));
        }
    }
    if told.signatures.is_empty() && told.container_signatures.is_empty() {
        output::field("signature", "none: it is told by its extension alone");
    }
}

fn others(name: &str, others: &[Other<'_>]) {
    for other in others {
        output::field(name, &format!("{} {}", other.puid, other.name));
    }
}

fn print_lines(indent: &str, signature: &SignatureLines) {
    for line in &signature.sequences {
        output::line(&format!("    {indent}{line}"));
    }
}
