//! unpack: what cannot be read by range is laid out in staging.
//!
//! Takes a compared deposit. Leaves the new members of a compressed package as files in staging; for a plain tar or a
//! folder nothing at all, since they are the staging area themselves. Safe to repeat because a file appears under its
//! name only when it is whole.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Read};
use std::path::Path;

use bagit::{BagitError, Member};
use model::{Answer, ItemState, StepError};

use super::super::Work;
use super::layout::{Bytes, Layout, unpacked_path};
use super::{members, object};

/// Lays the new members out in staging.
///
/// # Errors
/// The package cannot be read or staging cannot be written, or the work is to stop.
pub async fn unpack(work: &Work) -> Result<Answer, StepError> {
    object::unless_gone(work, work.blocking(lay_out).await).await
}

fn lay_out(work: &Work) -> Result<Answer, StepError> {
    let layout = Layout::open(work)?;
    if layout.has_compressed_members() {
        let missing = missing(work, &layout)?;
        if !missing.is_empty() {
            write_members(work, &layout, &missing)?;
        }
    }
    Ok(Answer::done(ItemState::clone(&work.state)))
}

/// Returns the places of the members that are to be stored and are not laid out yet, by path.
fn missing(work: &Work, layout: &Layout) -> Result<HashMap<String, usize>, StepError> {
    let mut missing = HashMap::new();
    let mut bytes = 0;
    members::each_page_to_store(work, |files| {
        for file in files {
            let place = file.place as usize;
            let member = members::member(&file);
            if let Bytes::Staged(path) = layout.bytes(&member, place)
                && fs::metadata(&path).map(|metadata| metadata.len()).ok() != Some(file.size_bytes)
            {
                bytes += file.size_bytes;
                missing.insert(file.path, place);
            }
        }
        Ok(())
    })?;
    work.meter.expect(missing.len() as u64, bytes);
    Ok(missing)
}

fn write_members(work: &Work, layout: &Layout, missing: &HashMap<String, usize>) -> Result<(), StepError> {
    let staging = work.staging();
    let is_wanted = |path: &str| missing.contains_key(path);
    let mut write = |member: &Member<'_>, contents: &mut dyn Read| {
        if work.signal.is_raised() {
            return Err(io::Error::from(io::ErrorKind::Interrupted));
        }
        let Some(place) = missing.get(member.path) else { return Ok(()) };
        write_one(&unpacked_path(&staging, *place), contents)?;
        work.meter.add_files(1);
        work.meter.add_bytes(member.size_bytes);
        Ok(())
    };
    let unpacked = layout.package().unpack(&work.context.limits.package, &is_wanted, &mut write);
    work.signal.check()?;
    unpacked.map_err(|error| match error {
        // Gathering read it to its end: it has been damaged since.
        error @ BagitError::Damaged { .. } => StepError::stop(error),
        error => StepError::retry(error),
    })
}

fn write_one(target: &Path, contents: &mut dyn Read) -> io::Result<()> {
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder)?;
    }
    let partial = target.with_extension("partial");
    io::copy(contents, &mut fs::File::create(&partial)?)?;
    fs::rename(partial, target)
}
