//! What a caller asks of a new bag.

use digests::{Algorithm, Algorithms};

use crate::package::catalog::Catalog;
use crate::path::is_unsafe;
use crate::{BagitError, PackageLimits, PathClass, Tag};

/// The tag file of RFC 8493 §2.2.2.
pub(super) const BAG_INFO: &str = "bag-info.txt";

/// How a bag is made. The same payload and options give the same bytes.
#[derive(Debug, Clone)]
pub struct BagOptions {
    /// The algorithms of the manifests and tag manifests.
    pub algorithms: Algorithms,
    /// The tags, in order; each names its file. `Payload-Oxum` and `Bag-Size` are computed.
    pub tags: Vec<Tag>,
    /// The date for `Bagging-Date`, as `2026-11-20`; left out when `None` or among the tags.
    pub bagging_date: Option<String>,
    /// The time that the bag's own files bear, in Unix seconds. Payload files keep theirs.
    pub created_at: i64,
    /// The bounds of the payload.
    pub limits: PackageLimits,
    /// Threads and buffers for hashing.
    pub hashing: digests::Limits,
}

impl Default for BagOptions {
    fn default() -> Self {
        Self {
            algorithms: Algorithms::NONE.with(Algorithm::Sha256).with(Algorithm::Sha512),
            tags: Vec::new(),
            bagging_date: None,
            created_at: 0,
            limits: PackageLimits::default(),
            hashing: digests::Limits::default(),
        }
    }
}

impl BagOptions {
    /// Returns how a plain folder is bagged on its way into an archive: sha256, and the tags (name, value) in
    /// `bag-info.txt`. `date` is for `Bagging-Date`, `created_at` in Unix seconds for the tag files themselves.
    #[must_use]
    pub fn on_the_way(tags: &[(String, String)], date: &str, created_at: i64) -> Self {
        let tag = |(name, value): &(String, String)| Tag {
            file: BAG_INFO.to_owned(),
            name: name.clone(),
            value: value.clone(),
        };
        Self {
            algorithms: Algorithms::from(Algorithm::Sha256),
            tags: tags.iter().map(tag).collect(),
            bagging_date: Some(date.to_owned()),
            created_at,
            ..Self::default()
        }
    }

    /// Refuses what could not be read again as it was meant.
    pub(super) fn check(&self) -> Result<(), BagitError> {
        let refuse = |text: String| Err(BagitError::BagOption(text));
        if self.algorithms.is_empty() {
            return refuse("a bag needs at least one digest algorithm".to_owned());
        }
        for tag in &self.tags {
            check_file(&tag.file)?;
            if tag.name.is_empty() || tag.name.trim() != tag.name || tag.name.contains([':', '\r', '\n']) {
                return refuse(format!("`{}` cannot be the name of a tag", tag.name.escape_debug()));
            }
            if tag.value.contains(['\r', '\n']) {
                return refuse(format!("the value of the tag `{}` has several lines", tag.name));
            }
            if tag.is_called(BAG_INFO, "Payload-Oxum") {
                return refuse("Payload-Oxum is computed and cannot be given".to_owned());
            }
        }
        Ok(())
    }

    /// Begins the table of the new bag's members.
    pub(super) fn catalog(&self) -> Catalog {
        Catalog::new(self.limits)
    }
}

fn check_file(path: &str) -> Result<(), BagitError> {
    let is_plain = !path.is_empty() && path.split('/').all(|part| !matches!(part, "" | "." | ".."));
    let is_own = PathClass::of(path) == PathClass::Tag && path != "data";
    if !is_plain || !is_own || is_unsafe(path) || path.bytes().any(|byte| byte.is_ascii_control()) {
        return Err(BagitError::BagOption(format!("`{}` cannot be a tag file", path.escape_debug())));
    }
    Ok(())
}
