//! `GET /api/v1/objects/{institution}/{name}/files`: the files of an object, and the history of one.

use backends::database::FileFilter;
use model::Object;

use super::answer::{Answer, one, page};
use super::asked::{Asked, not_here};
use super::problem::{GONE, PARAMETER, Problem};
use crate::actions;

/// Lists files in the order of their paths.
///
/// # Errors
/// The object is not held, or another's; a parameter cannot be understood; the registry cannot be asked.
pub async fn list(asked: Asked) -> Answer {
    let limit = asked.limit()?;
    let object = asked.held_object().await?;
    let version: Option<u32> = asked.parameter("version")?;
    if let Some(version) = version.filter(|version| !(1..=object.head).contains(version)) {
        let because = format!("{} has no version {version}; its newest is {}", object.identifier, object.head);
        return Err(Problem::new(&PARAMETER, because));
    }
    // A walk is within one version from its first page on, whatever is deposited meanwhile.
    let version = version.unwrap_or(object.head);
    let mut filter = FileFilter {
        // The newest has an index of its own.
        version: Some(version).filter(|version| *version != object.head),
        path_starts_with: asked.text("starts_with"),
        format: asked.text("format"),
        after: asked.text("after"),
        most: limit + 1,
    };
    let mut files = asked.database.files(object.id, &filter).await?;
    if still_held(&asked, &object).await?.head != object.head {
        filter.version = Some(version);
        files = asked.database.files(object.id, &filter).await?;
        still_held(&asked, &object).await?;
    }
    page(&asked, limit, files, |last| [("after", last.path.clone()), ("version", version.to_string())])
}

/// Returns the object once more, as it is after its files were read: those of one that went meanwhile look like a listing that
/// has come to its end.
async fn still_held(asked: &Asked, object: &Object) -> Result<Object, Problem> {
    let now = asked.held_object().await?;
    // Another may have its name by now.
    if now.id == object.id { Ok(now) } else { Err(asked.not_held(&object.identifier).await?) }
}

/// Shows every version of one.
///
/// # Errors
/// There is none, or it is another's; the registry cannot be asked.
pub async fn show(asked: Asked) -> Answer {
    let object = asked.held_object().await?;
    let path: String = asked.part("path")?;
    let what = format!("{}/{path}", object.identifier);
    if let Some(report) = actions::file_report(&asked.database, &object, &path).await? {
        return one(&report);
    }
    match asked.database.gone_file(object.id, &path).await? {
        Some(gone) => Err(Problem::new(&GONE, format!("{what} {}", gone.sentence()))),
        None => Err(not_here(&what)),
    }
}
