//! identify: the formats that the passing bytes could not settle are settled.
//!
//! Takes the rows of the members. Leaves a format on each that is to be stored: containers are looked into by ranged
//! reads, and what an earlier program has gathered without looking is looked at now. Safe to repeat because it asks for
//! what is still open, and a look at the same bytes gives the same answer.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use backends::storage::DepositObject;
use model::{Answer, FileFormat, FormatsTold, GatheredFile, ItemState, StepError};
use pronom::{Identifier, Limits, Scope, Source};

use super::super::Work;
use super::layout::{Bytes, Layout};
use super::{members, object};
use crate::formats;

/// Settles the format of each member that is new or changed.
///
/// # Errors
/// The source, staging or the database cannot be read, or the work is to stop.
pub async fn identify(work: &Work) -> Result<Answer, StepError> {
    object::unless_gone(work, work.blocking(settle).await).await
}

fn settle(work: &Work) -> Result<Answer, StepError> {
    let layout = Layout::open(work)?;
    let versions = formats::versions(work.context.signatures);
    let mut identifier = Identifier::new(work.context.signatures, Limits::default());
    members::each_page_to_identify(work, |files| {
        let mut settled = Vec::with_capacity(files.len());
        for file in &files {
            work.signal.check()?;
            settled.push((file.place, look_at(&layout, file, &mut identifier, &versions).map_err(StepError::retry)?));
        }
        work.ask(work.context.database.set_formats(&work.claim, &settled))?;
        work.meter.add_files(files.len() as u64);
        Ok(())
    })?;
    let files = work.ask(work.context.database.formats_by_basis(work.claim.item.id))?;
    let formats = Some(FormatsTold { signatures: versions, files });
    Ok(Answer::done(ItemState { formats, ..ItemState::clone(&work.state) }))
}

fn look_at(
    layout: &Layout,
    file: &GatheredFile,
    identifier: &mut Identifier<'_>,
    versions: &str,
) -> io::Result<FileFormat> {
    let member = members::member(file);
    let identification = match layout.bytes(&member, file.place as usize) {
        Bytes::In { object, offset_bytes, size_bytes } => {
            let stretch = InBucket { object, offset_bytes, size_bytes };
            identifier.identify(&stretch, Some(&file.path), Scope::Windows)?
        }
        Bytes::Stretch { file: package, offset_bytes, size_bytes } => {
            let stretch = Stretch { file: package, offset_bytes, size_bytes };
            identifier.identify(&stretch, Some(&file.path), Scope::Windows)?
        }
        Bytes::File(path) | Bytes::Staged(path) => {
            let opened = File::open(path)?;
            let stretch = Stretch { file: &opened, offset_bytes: 0, size_bytes: file.size_bytes };
            identifier.identify(&stretch, Some(&file.path), Scope::Windows)?
        }
    };
    Ok(formats::of_identification(&identification, versions))
}

/// A member's bytes within a deposit in a bucket.
struct InBucket<'a> {
    object: &'a DepositObject,
    offset_bytes: u64,
    size_bytes: u64,
}

impl Source for InBucket<'_> {
    fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.size_bytes.saturating_sub(offset);
        let wanted = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        self.object.read_at(&mut buffer[..wanted], self.offset_bytes + offset)
    }
}

/// A member's bytes within a file.
struct Stretch<'a> {
    file: &'a File,
    offset_bytes: u64,
    size_bytes: u64,
}

impl Source for Stretch<'_> {
    fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.size_bytes.saturating_sub(offset);
        let wanted = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        self.file.read_at(&mut buffer[..wanted], self.offset_bytes + offset)
    }
}
