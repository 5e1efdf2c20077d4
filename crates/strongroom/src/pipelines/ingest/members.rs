//! The gathered rows of an item, as the checks and the plan want them.

use bagit::{Member, Members, PathClass};
use digests::{Algorithm, Algorithms, Digest, Digests};
use model::{GatheredFile, PlacedFile, StepError};

use super::super::Work;

/// Rows read at once.
const PAGE_ROWS: u32 = 2_000;

/// Hands over all rows of the item, page by page in the order of the package.
///
/// # Errors
/// The database cannot be read, or the function fails.
pub fn each_page(
    work: &Work,
    function: impl FnMut(Vec<GatheredFile>) -> Result<(), StepError>,
) -> Result<(), StepError> {
    each(work, Rows::All, function)
}

/// Hands over the rows that bring new bytes, page by page in the order of the package.
///
/// # Errors
/// The database cannot be read, or the function fails.
pub fn each_page_to_store(
    work: &Work,
    function: impl FnMut(Vec<GatheredFile>) -> Result<(), StepError>,
) -> Result<(), StepError> {
    each(work, Rows::ToStore, function)
}

/// Hands over the rows whose format is to be settled yet, page by page in the order of the package.
///
/// # Errors
/// The database cannot be read, or the function fails.
pub fn each_page_to_identify(
    work: &Work,
    function: impl FnMut(Vec<GatheredFile>) -> Result<(), StepError>,
) -> Result<(), StepError> {
    each(work, Rows::ToIdentify, function)
}

/// Which rows are handed over.
#[derive(Clone, Copy)]
enum Rows {
    All,
    ToStore,
    ToIdentify,
}

fn each(
    work: &Work,
    rows: Rows,
    mut function: impl FnMut(Vec<GatheredFile>) -> Result<(), StepError>,
) -> Result<(), StepError> {
    let (database, item) = (&work.context.database, work.claim.item.id);
    let mut from = 0;
    loop {
        work.signal.check()?;
        let page = match rows {
            Rows::All => work.ask(database.gathered(item, from, PAGE_ROWS))?,
            Rows::ToStore => work.ask(database.gathered_to_store(item, from, PAGE_ROWS))?,
            Rows::ToIdentify => work.ask(database.gathered_to_identify(item, from, PAGE_ROWS))?,
        };
        let Some(last) = page.last() else { return Ok(()) };
        from = last.place + 1;
        function(page)?;
    }
}

/// Returns all members of the item with their digests, compactly.
///
/// # Errors
/// The database cannot be read.
pub fn load(work: &Work) -> Result<Members, StepError> {
    let mut members = Members::new();
    each_page(work, |files| {
        for file in files {
            let index = members.push(&file.path, file.size_bytes, file.offset_bytes, file.modified_at);
            members.set_digests(index, &digests(&file));
        }
        Ok(())
    })?;
    Ok(members)
}

/// Returns the digests of a row.
pub fn digests(file: &GatheredFile) -> Digests {
    let columns = [
        (Algorithm::Md5, &file.md5),
        (Algorithm::Sha1, &file.sha1),
        (Algorithm::Sha256, &file.sha256),
        (Algorithm::Sha512, &file.sha512),
    ];
    let others = file.other_digests.as_deref().unwrap_or_default().split(' ').filter_map(|one| one.split_once(':'));
    let others = others.filter_map(|(algorithm, hex)| Digest::parse(algorithm.parse().ok()?, hex).ok());
    let common = columns.into_iter().filter_map(|(algorithm, bytes)| Digest::from_bytes(algorithm, bytes.as_deref()?));
    common.chain(others).collect()
}

/// Returns the digests that have no column of their own as a row keeps them, if there are any.
pub fn other_digests(digests: &Digests) -> Option<String> {
    let is_other = |digest: &Digest| !Algorithms::COMMON.contains(digest.algorithm());
    let others: Vec<_> = digests.iter().filter(is_other).map(|one| format!("{}:{one}", one.algorithm())).collect();
    (!others.is_empty()).then(|| others.join(" "))
}

/// Returns the digest that stores address a file's bytes by.
///
/// # Errors
/// The row has none, which no gathered file that passed validation can lack.
pub fn address(path: &str, sha256: Option<&[u8]>) -> Result<Digest, StepError> {
    Digest::from_bytes(Algorithm::Sha256, sha256.unwrap_or_default())
        .ok_or_else(|| StepError::stop(format!("no sha256 was gathered of {}", path.escape_debug())))
}

/// Returns a row as the package reader knows it.
pub fn member(file: &GatheredFile) -> Member<'_> {
    Member {
        path: &file.path,
        size_bytes: file.size_bytes,
        offset_bytes: file.offset_bytes,
        modified_at: file.modified_at,
        class: PathClass::of(&file.path),
    }
}

/// Returns all members of the item without digests: where each one's bytes are, by path.
///
/// # Errors
/// The database cannot be read.
pub fn places(work: &Work) -> Result<Members, StepError> {
    let mut members = Members::new();
    each_page(work, |files| {
        for file in files {
            members.push(&file.path, file.size_bytes, file.offset_bytes, file.modified_at);
        }
        Ok(())
    })?;
    Ok(members)
}

/// Returns a placed row as the package reader knows it. Its time is left out: nobody asks for it where bytes are.
pub fn placed(file: &PlacedFile) -> Member<'_> {
    Member {
        path: &file.path,
        size_bytes: file.size_bytes,
        offset_bytes: file.offset_bytes,
        modified_at: 0,
        class: PathClass::of(&file.path),
    }
}
