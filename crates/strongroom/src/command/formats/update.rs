//! `strongroom formats update`: newer signature files come into force, whole or not at all.

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use clap::Args;
use pronom::{SignatureFile, Signatures};
use serde::Serialize;

use super::super::exit::Exit;
use super::super::house::Where;
use super::super::output;
use super::difference::Difference;
use super::document::{Document, DocumentKind};
use super::fetch::{Transport, fetch};
use crate::config;

/// Take newer signature files into force.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom formats update DROID_SignatureFile_V123.xml container-signature-20260801.xml
  strongroom formats update --dry-run DROID_SignatureFile_V123.xml
  strongroom formats update https://cdn.nationalarchives.gov.uk/documents/DROID_SignatureFile_V123.xml

Takes DROID's binary signature file, its container signature file, or both; their first element tells which is which. The
one that is not given stays as it is. What they say is compiled to formats/signatures.txt in the data directory. A file
that cannot be used, or is older than what is in force, changes nothing. Files under formats/custom stay as they are.

Exit codes: 0 done · 2 it could not be done, and nothing has changed")]
pub struct Update {
    /// Signature files, or https addresses of them
    #[arg(required = true, value_name = "FILE|URL", num_args = 1..=2)]
    sources: Vec<String>,
    /// Say what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Take files that are older than what is in force
    #[arg(long)]
    allow_older: bool,
    /// Fetch over http from other machines too: who is on the way can change the file
    #[arg(long)]
    insecure_http: bool,
    /// Print one JSON object, with all formats that change
    #[arg(long)]
    json: bool,
}

/// What was done, as JSON.
#[derive(Serialize)]
struct Told<'a> {
    is_dry_run: bool,
    path: String,
    signature_version: [&'a str; 2],
    container_signature_version: [&'a str; 2],
    formats: usize,
    #[serde(flatten)]
    difference: Difference,
}

/// A container file that says nothing: the compiler asks for one.
const NO_CONTAINERS: SignatureFile<'static> = SignatureFile {
    name: "no containers",
    xml: "<ContainerSignatureMapping schemaVersion=\"1.0\" signatureVersion=\"0\"></ContainerSignatureMapping>",
};

impl Update {
    /// Reads, compiles, compares and writes.
    pub fn run(&self, at: &Where) -> anyhow::Result<Exit> {
        let place = at.place()?;
        let before = config::signatures_without_custom(&place)?;
        let mut documents =
            self.sources.iter().map(|source| self.document(at, source)).collect::<Result<Vec<_>, _>>()?;
        if let [one, other] = documents.as_slice()
            && one.kind == other.kind
        {
            bail!("{} and {} are of one kind: name one binary and one container file", one.name, other.name);
        }
        for document in &documents {
            self.check_age(document, &before)?;
        }
        documents.sort_by_key(|document| document.kind == DocumentKind::Container);
        let after = merged(&before, &documents)?;
        let path = place.signature_table();
        if !self.dry_run {
            write(&path, &after).with_context(|| format!("cannot write {}", path.display()))?;
        }
        let told = Told {
            is_dry_run: self.dry_run,
            path: path.display().to_string(),
            signature_version: [before.version(), after.version()],
            container_signature_version: [before.container_version(), after.container_version()],
            formats: after.formats().len(),
            difference: Difference::between(&before, &after),
        };
        if self.json {
            output::json(&told)
        } else {
            print(&told)
        }
        Ok(Exit::Done)
    }

    fn document(&self, at: &Where, source: &str) -> anyhow::Result<Document> {
        if !source.contains("://") {
            return Document::read(Path::new(source));
        }
        config::load(&at.place()?, at.config.as_deref())?;
        let transport = if self.insecure_http { Transport::Any } else { Transport::Encrypted };
        let (name, bytes) = fetch(source, transport)?;
        Document::new(&name, bytes)
    }

    fn check_age(&self, document: &Document, before: &Signatures) -> anyhow::Result<()> {
        let held = match document.kind {
            DocumentKind::Binary => before.version(),
            DocumentKind::Container => before.container_version(),
        };
        let (name, version) = (&document.name, &document.version);
        if self.allow_older || version == held {
            return Ok(());
        }
        match (version.parse::<u64>(), held.parse::<u64>()) {
            (Ok(new), Ok(old)) if new > old => Ok(()),
            (Ok(_), Ok(_)) => bail!("{name} is version {version}, older than {held}: add --allow-older to take it"),
            _ => bail!("whether {name}, version {version}, is newer than {held} cannot be told: add --allow-older"),
        }
    }
}

/// Compiles documents, the binary one first, and leaves what they do not say as it was.
fn merged(before: &Signatures, documents: &[Document]) -> anyhow::Result<Signatures> {
    let signatures = match documents {
        [binary, container] => {
            let compiled = Signatures::compile(binary.file(), container.file(), &[])?;
            refuse_empty(&binary.name, &compiled)?;
            compiled
        }
        [one] if one.kind == DocumentKind::Binary => {
            let compiled = Signatures::compile(one.file(), NO_CONTAINERS, &[])?;
            let (mut table, old) = (compiled.table().clone(), before.table());
            refuse_empty(&one.name, &compiled)?;
            // What is left out here would be missing for good, under the version of a file that has it.
            if let Some(lost) = old.containers.iter().find(|one| compiled.format(&one.puid).is_none()) {
                let (name, puid) = (&one.name, &lost.puid);
                bail!(
                    "{name} has no format {puid}, of which there are container signatures: give the container file too"
                );
            }
            table.containers.clone_from(&old.containers);
            table.triggers.clone_from(&old.triggers);
            table.container_version.clone_from(&old.container_version);
            Signatures::new(table)
        }
        [one] => {
            let mut table = before.table().clone();
            table.containers.clear();
            table.triggers.clear();
            table.container_version.clone_from(&one.version);
            Signatures::new(table).with_custom(&[one.file()])?
        }
        _ => bail!("name one or two signature files"),
    };
    Ok(signatures)
}

/// A file without formats would take all of them away, and is no signature file but in form.
fn refuse_empty(name: &str, compiled: &Signatures) -> anyhow::Result<()> {
    if compiled.formats().is_empty() {
        bail!("{name} names no format");
    }
    Ok(())
}

/// Writes a table so that there is the old one or the new one, and nothing in between.
fn write(path: &Path, signatures: &Signatures) -> anyhow::Result<()> {
    let text = signatures.encode();
    let is_same = Signatures::decode(&text).is_ok_and(|decoded| decoded.table() == signatures.table());
    if !is_same {
        bail!("the table would not be read back as it is; nothing has changed");
    }
    let folder = path.parent().context("the table is in a folder")?;
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new().prefix(".signatures-").suffix(".partial").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    std::fs::File::open(folder)?.sync_all()?;
    Ok(())
}

fn print(told: &Told<'_>) {
    let from_to =
        |[before, after]: [&str; 2]| if before == after { before.to_owned() } else { format!("{before} → {after}") };
    let verb = if told.is_dry_run { "would be in force" } else { "is in force" };
    output::line(&format!(
        "signatures {}, containers {}: {} {verb}, with {}",
        from_to(told.signature_version),
        from_to(told.container_signature_version),
        super::super::shown::shown(&told.path),
        output::count(told.formats as u64, "format")
    ));
    told.difference.print();
    if told.is_dry_run {
        output::line("nothing has changed: this was a dry run");
    }
}
