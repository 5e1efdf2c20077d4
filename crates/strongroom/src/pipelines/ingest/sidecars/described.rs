//! What the documents say of each new file: one pass over the rows, which can be made while replicas are read back.

use std::io::Write;

use digests::{Algorithm, Digest, Digests};
use flate2::Compression;
use flate2::write::GzEncoder;
use model::{FileFormat, GatheredFile, StepError};
use ocfl::{Fixity, Plan};
use premis::{Identifier, Writer};
use serde::Serialize;

use super::super::super::Work;
use super::super::{members, paged, plan, record};
use super::composing::{Composing, Document};
use super::{as_premis, folder, in_logs};

/// The parts of a version's documents that do not depend on what became of its replicas.
pub struct Described {
    /// `vN-files.jsonl`, whole.
    pub files: Document,
    /// `vN-premis.xml.gz` with its objects; the events and the agent are to follow.
    pub premis: Writer<GzEncoder<Composing>>,
    /// The further digests of new content.
    pub fixity: Fixity,
}

/// Describes the new files of a planned version.
///
/// # Errors
/// Staging cannot be written, the rows cannot be read, or the work is to stop.
pub fn describe(work: &Work, plan: &Plan) -> Result<Described, StepError> {
    let number = plan::planned(work)?.number;
    let folder = folder(work)?;
    let object = record::object(work)?;
    let entity = Identifier::from(object.id.0);
    let mut files = Composing::begin(folder.join("files.jsonl"))?;
    // Some 2.7 KB a file, and nearly the same for each: as plain text it would be larger than many a deposit.
    let premis = GzEncoder::new(Composing::begin(folder.join("premis.xml.gz"))?, Compression::fast());
    let mut premis = Writer::new(premis).map_err(StepError::retry)?;
    premis.object(&as_premis::entity(&object)).map_err(StepError::retry)?;
    let mut rows = paged::to_store(work);
    let mut failure = None;
    let mut one = |file: &GatheredFile| {
        write_line(file, &mut files)?;
        let described = as_premis::file(&object.identifier, &entity, work.context.signatures, file);
        premis.object(&described).map_err(StepError::retry)?;
        further_digests(file)
    };
    let digests = rows.by_ref().take_while(|_| !work.signal.is_raised()).map_while(|file| match one(&file) {
        Ok(digests) => Some(digests),
        Err(error) => {
            failure = Some(error);
            None
        }
    });
    let fixity = plan.fixity(digests).map_err(StepError::stop);
    work.signal.check()?;
    rows.finish()?;
    match failure {
        Some(error) => Err(error),
        None => Ok(Described { files: files.end(in_logs(number, "files.jsonl"))?, premis, fixity: fixity? }),
    }
}

/// One line of `vN-files.jsonl`: what the inventory does not say of a file that is new in the version.
#[derive(Serialize)]
struct FileLine<'a> {
    path: &'a str,
    sha256: String,
    size_bytes: u64,
    modified_at: i64,
    format: Option<&'a FileFormat>,
    /// Which of the inventory's further digests the deposit gave or asked for: its `fixity` block is by content, and the
    /// same content may have come before with others.
    further_digests: Vec<&'static str>,
    /// Those of algorithms that have no column of their own in the registry, some of which OCFL has no name for.
    #[serde(skip_serializing_if = "Option::is_none")]
    other_digests: Option<&'a str>,
}

fn write_line(file: &GatheredFile, out: &mut Composing) -> Result<(), StepError> {
    let further = [("md5", &file.md5), ("sha1", &file.sha1), ("sha512", &file.sha512)];
    let line = FileLine {
        path: &file.path,
        sha256: members::address(&file.path, file.sha256.as_deref())?.to_hex(),
        size_bytes: file.size_bytes,
        modified_at: file.modified_at,
        format: file.format.as_ref(),
        further_digests: further.into_iter().filter_map(|(name, bytes)| bytes.as_ref().map(|_| name)).collect(),
        other_digests: file.other_digests.as_deref(),
    };
    serde_json::to_writer(&mut *out, &line).map_err(StepError::retry)?;
    out.write_all(b"\n").map_err(StepError::retry)
}

/// Returns the digests that the inventory does not address the file's bytes by, and the one that it does.
fn further_digests(file: &GatheredFile) -> Result<(Digest, Digests), StepError> {
    let address = members::address(&file.path, file.sha256.as_deref())?;
    let is_other = |digest: &Digest| digest.algorithm() != Algorithm::Sha256;
    Ok((address, members::digests(file).iter().filter(is_other).collect()))
}
