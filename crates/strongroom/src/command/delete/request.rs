//! `strongroom delete request`: what is to go, and why.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use backends::database::Keeping;
use clap::Args;
use digests::{Algorithm, Digest};
use model::{InstitutionName, ObjectIdentifier, Wanted};

use super::super::asking::Asking;
use super::super::exit::Exit;
use super::super::house::{Where, deletion_terms};
use super::super::{files, output};
use super::refused;
use super::show::tell;
use crate::actions;
use crate::pipelines::Clock;

/// Bytes of a list at the most.
const LIST_BYTES_MAX: u64 = 64 << 20;

/// Ask for something to be deleted. Nothing is destroyed by this: a second person must approve it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom delete request local.archive/photographs --reason 'the donor asked' --as ann
  strongroom delete request local.archive/photographs/data/1923/harbour.png --reason 'not ours' --as ann
  strongroom delete request --list expired.txt --reason 'schedule 4b' --as ann
  strongroom delete request --digest sha256:9f86d081… --institution local.archive --reason 'court order' --as ann
  strongroom delete request --digest sha256:9f86d081… --all-institutions --reason 'court order' --as root

A list has an object or a file in each line, and is one request with one approval. A file goes from every version
that has it; bytes that a file of another path has too stay. --digest takes every file with these bytes, in every
version of every object.")]
pub struct Request {
    /// An object, <institution>/<bag name>, or a file of it, <institution>/<bag name>/<path>
    #[arg(value_name = "OBJECT|FILE", required_unless_present_any = ["list", "digest"],
        conflicts_with_all = ["list", "digest"])]
    what: Option<String>,
    /// A file that names objects and files, one in each line
    #[arg(long, value_name = "FILE", conflicts_with = "digest")]
    list: Option<PathBuf>,
    /// Every file with these bytes: sha256:<hexadecimal>
    #[arg(long, value_name = "DIGEST")]
    digest: Option<String>,
    /// With --digest: in the objects of this institution [default: that of the one who asks]
    #[arg(long, value_name = "DOMAIN", requires = "digest")]
    institution: Option<InstitutionName>,
    /// With --digest: in the objects of all institutions, which only an admin may ask for
    #[arg(long, requires = "digest", conflicts_with = "institution")]
    all_institutions: bool,
    /// Why: it stands in the certificate for ever
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    asking: Asking,
    /// Say what would be asked for, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Request {
    /// Asks.
    pub async fn run(self, at: &Where) -> anyhow::Result<Exit> {
        let (config, database) = (at.config()?, at.registry().await?);
        let user = self.asking.user(&database).await?;
        let wanted = match (&self.what, &self.list, &self.digest) {
            (Some(what), ..) => Wanted::Named(vec![named(what)?]),
            (_, Some(list), _) => Wanted::Named(read_list(list)?),
            (_, _, Some(digest)) => {
                let institution = self.institution.clone().or_else(|| user.institution.clone());
                if institution.is_none() && !self.all_institutions {
                    bail!("say whose files: --institution DOMAIN, or --all-institutions");
                }
                let institution = institution.filter(|_| !self.all_institutions);
                Wanted::Digest { sha256: sha256(digest)?, institution }
            }
            _ => bail!("name an object or a file, --list or --digest"),
        };
        let keeping = if self.dry_run { Keeping::Rehearsed } else { Keeping::Kept };
        let (terms, now) = (deletion_terms(&config), Clock::system().now());
        let asked = database.request_deletion(&wanted, (&user, &self.reason), &terms, keeping, now).await?;
        let deletion = match asked {
            Ok(deletion) => deletion,
            Err(refusal) => return Ok(refused(&refusal)),
        };
        if self.dry_run {
            output::line(&format!("Could be requested: {}; nothing was changed", deletion.scope));
            return Ok(Exit::Done);
        }
        let report = actions::deletion_report(&database, deletion.id).await?.context("the request is gone")?;
        if self.json {
            output::json(&report);
        } else {
            tell(&report);
            output::note(&format!(
                "Nothing is deleted yet: another person approves it with `strongroom delete approve {}`",
                deletion.id
            ));
        }
        database.close().await;
        Ok(Exit::Done)
    }
}

/// Reads the name of an object, or of a file of it.
fn named(text: &str) -> anyhow::Result<(ObjectIdentifier, Option<String>)> {
    if text.matches('/').count() > 1 {
        let (object, path) = files::file(text).map_err(anyhow::Error::msg)?;
        return Ok((object, Some(path)));
    }
    Ok((text.parse()?, None))
}

fn read_list(path: &Path) -> anyhow::Result<Vec<(ObjectIdentifier, Option<String>)>> {
    let unreadable = || format!("cannot read the list {}", path.display());
    let file = File::open(path).with_context(unreadable)?;
    if file.metadata().with_context(unreadable)?.len() > LIST_BYTES_MAX {
        bail!("the list {} is longer than {LIST_BYTES_MAX} bytes: divide it", path.display());
    }
    let mut list = Vec::new();
    for (line, text) in BufReader::new(file.take(LIST_BYTES_MAX)).lines().enumerate() {
        let text = text.with_context(unreadable)?;
        if !text.is_empty() {
            list.push(named(&text).with_context(|| format!("line {} of {}", line + 1, path.display()))?);
        }
    }
    Ok(list)
}

fn sha256(text: &str) -> anyhow::Result<Vec<u8>> {
    let hex = text.strip_prefix("sha256:").context("a digest is written sha256:<64 hexadecimal digits>")?;
    let digest = Digest::parse(Algorithm::Sha256, hex).context("a digest is written sha256:<64 hexadecimal digits>")?;
    Ok(digest.as_bytes().to_vec())
}
