//! identify: each file's format is settled.
//!
//! Takes the rows of the members. Leaves a media type on each. Safe to repeat because it is computed from the name.
//!
//! For now by the extension of the name alone, and marked as such (`extension`): weak evidence, as good as what many
//! systems have, and never presented as more.

use model::{Answer, ItemState, StepError};

use super::super::Work;
use super::members;

/// The media type of what no extension tells.
pub const UNKNOWN_FORMAT: &str = "application/octet-stream";

/// Notes a format for each member that is new or changed.
///
/// # Errors
/// The database cannot be reached.
pub async fn identify(work: &Work) -> Result<Answer, StepError> {
    work.blocking(name_formats).await
}

fn name_formats(work: &Work) -> Result<Answer, StepError> {
    let all = work.state.planned.as_ref().map_or(0, |planned| planned.new.files);
    work.meter.expect(all, 0);
    members::each_page_to_store(work, |files| {
        let formats: Vec<_> = files.iter().map(|file| (file.place, format_of(&file.path))).collect();
        work.ask(work.context.database.set_formats(&work.claim, &formats))?;
        work.meter.add_files(files.len() as u64);
        Ok(())
    })?;
    Ok(Answer::done(ItemState::clone(&work.state)))
}

/// Returns the media type that an extension stands for.
pub fn format_of(path: &str) -> &'static str {
    mime_guess::from_path(path).first_raw().unwrap_or(UNKNOWN_FORMAT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_stands_for_a_media_type_in_any_case() {
        for (path, format) in [
            ("data/a.tif", "image/tiff"),
            ("data/A.TIF", "image/tiff"),
            ("data/letters.pdf", "application/pdf"),
            ("data/no extension", UNKNOWN_FORMAT),
            ("data/odd.zzzz", UNKNOWN_FORMAT),
        ] {
            assert_eq!(format_of(path), format, "{path}");
        }
    }
}
