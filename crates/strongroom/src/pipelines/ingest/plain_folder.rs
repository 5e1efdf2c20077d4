//! The tag files of a plain folder that is bagged on the way: made as a bagger would, without writing a bag.

use std::fs::File;
use std::io::{BufWriter, Write};

use backends::database::NewGathered;
use bagit::{BagOptions, Member, Members, PathClass, TagFile, TagFiles};

use model::StepError;

use super::super::Work;
use super::gather::row;
use super::layout::kept_path;

/// Makes declaration, metadata, manifests and tag manifests for the gathered payload, keeps them in staging, and
/// returns their rows. They have the places after the last member.
///
/// # Errors
/// A tag cannot be one, or staging cannot be written.
pub fn make_tag_files(work: &Work, members: &Members) -> Result<Vec<NewGathered>, StepError> {
    let options = options(work);
    let files = TagFiles::generate(members, &options).map_err(StepError::stop)?;
    let mut rows = Vec::new();
    for (number, file) in files.iter().enumerate() {
        let target = File::create(kept_path(&work.staging(), &file.path)).map_err(StepError::retry)?;
        let mut target = BufWriter::new(target);
        files.write(file, members, &mut target).map_err(StepError::retry)?;
        target.flush().map_err(StepError::retry)?;
        let place = u32::try_from(members.len() + number).map_err(StepError::stop)?;
        rows.push(row_of(place, file, options.created_at));
    }
    Ok(rows)
}

/// The item's own time of arrival dates the bag, so that a gather run twice makes the same bag.
fn options(work: &Work) -> BagOptions {
    let item = &work.claim.item;
    let date: String = item.created_at.to_string().chars().take("2026-01-01".len()).collect();
    BagOptions::on_the_way(&item.deposit.options.tags, &date, item.created_at.as_second())
}

fn row_of(place: u32, file: &TagFile, modified_at: i64) -> NewGathered {
    let member = Member {
        path: &file.path,
        size_bytes: file.size_bytes,
        offset_bytes: 0,
        modified_at,
        class: PathClass::of(&file.path),
    };
    row(place, &member, &file.digests)
}
