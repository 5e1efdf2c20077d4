//! `strongroom formats version`: which signatures are in force.

use clap::Args;
use pronom::Signatures;
use serde::Serialize;

use super::super::exit::Exit;
use super::super::house::Where;
use super::super::output;
use crate::config::{self, Origin};

/// Say which signatures are in force.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  strongroom formats version --json", disable_version_flag = true)]
pub struct Version {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Told<'a> {
    signature_version: &'a str,
    signatures_made: &'a str,
    container_signature_version: &'a str,
    formats: usize,
    formats_with_signature: usize,
    signatures: usize,
    container_signatures: usize,
    /// The updated table; none when the one of the program is in force.
    updated: Option<String>,
    custom_files: Vec<String>,
}

impl Version {
    /// Says it.
    pub fn run(&self, at: &Where) -> anyhow::Result<Exit> {
        let in_force = config::signatures(&at.place()?)?;
        let signatures: &Signatures = &in_force;
        let told = Told {
            signature_version: signatures.version(),
            signatures_made: &signatures.table().binary_created,
            container_signature_version: signatures.container_version(),
            formats: signatures.formats().len(),
            formats_with_signature: with_signature(signatures),
            signatures: signatures.formats().iter().map(|format| format.signatures.len()).sum(),
            container_signatures: signatures.containers().len(),
            updated: match &in_force.origin {
                Origin::Embedded => None,
                Origin::Updated(path) => Some(path.display().to_string()),
            },
            custom_files: in_force.custom.iter().map(|path| path.display().to_string()).collect(),
        };
        if self.json {
            output::json(&told)
        } else {
            print(&told)
        }
        Ok(Exit::Done)
    }
}

/// Returns how many formats have a signature of either kind.
fn with_signature(signatures: &Signatures) -> usize {
    let contained: std::collections::HashSet<_> = signatures.containers().iter().map(|one| &one.puid).collect();
    let has = |format: &&pronom::table::Format| !format.signatures.is_empty() || contained.contains(&format.puid);
    signatures.formats().iter().filter(has).count()
}

fn print(told: &Told<'_>) {
    let made = told.signatures_made.split('T').next().unwrap_or_default();
    output::field("signatures", &format!("version {} of {made}", told.signature_version));
    output::field("containers", &format!("version {}", told.container_signature_version));
    let (formats, known) = (told.formats, told.formats_with_signature);
    output::field("formats", &format!("{formats}, {known} of them with a signature"));
    let (binary, container) = (told.signatures, told.container_signatures);
    output::field("in all", &format!("{binary} signatures, {container} container signatures"));
    output::field("table", told.updated.as_deref().unwrap_or("that of the program"));
    let custom = if told.custom_files.is_empty() { "none".to_owned() } else { told.custom_files.join(", ") };
    output::field("custom", &custom);
}
