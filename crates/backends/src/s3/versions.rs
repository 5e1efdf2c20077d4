//! ListObjectVersions, and the removal of what it lists: old versions are bytes like any other.

use rusty_s3::Method;

use super::body::Content;
use super::client::Request;
use super::list::decoded;
use super::xml::{Document, Record};
use super::{Client, Failure, S3Error};

/// Which versions of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Versions {
    /// Those that are not what a reader gets, and all marks that something was deleted.
    Old,
    /// All of them.
    All,
}

/// A version, or a mark that a key was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Version {
    key: String,
    id: String,
    is_newest: bool,
    is_mark: bool,
}

/// Where the next page begins.
type After = Option<(String, String)>;

impl Client {
    /// Removes versions of all keys below a prefix, and insists that none is left. Safe to repeat.
    ///
    /// # Errors
    /// The server refuses or cannot be reached, or keeps one all the same; some may be gone then.
    pub fn delete_versions_below(&self, prefix: &str, which: Versions) -> Result<(), S3Error> {
        self.delete_versions(prefix, |version| which == Versions::All || version.is_mark || !version.is_newest)
    }

    /// Removes all versions of a key.
    ///
    /// # Errors
    /// As [`Client::delete_versions_below`].
    pub fn delete_versions_of(&self, key: &str) -> Result<(), S3Error> {
        self.delete_versions_of_some(key, |one| one == key)
    }

    /// Removes all versions of the keys below a prefix that are such.
    ///
    /// # Errors
    /// As [`Client::delete_versions_below`].
    pub fn delete_versions_of_some(&self, prefix: &str, is_such: impl Fn(&str) -> bool) -> Result<(), S3Error> {
        self.delete_versions(prefix, |version| is_such(&version.key))
    }

    fn delete_versions(&self, prefix: &str, goes: impl Fn(&Version) -> bool) -> Result<(), S3Error> {
        self.each_version(prefix, &goes, |version| self.delete_version(version))?;
        self.each_version(prefix, &goes, |version| {
            let because = format!("its version {} is there still after it was deleted", version.id);
            Err(self.error("ListObjectVersions", &version.key, Failure::Strange(because)))
        })
    }

    fn each_version(
        &self,
        prefix: &str,
        goes: impl Fn(&Version) -> bool,
        mut act: impl FnMut(&Version) -> Result<(), S3Error>,
    ) -> Result<(), S3Error> {
        let mut after: After = None;
        loop {
            let (versions, next) = self.page_of_versions(prefix, after.as_ref())?;
            versions.iter().filter(|version| goes(version)).try_for_each(&mut act)?;
            if next.is_none() {
                return Ok(());
            }
            if next == after {
                let because = "the same page comes again and again".to_owned();
                return Err(self.error("ListObjectVersions", prefix, Failure::Strange(because)));
            }
            after = next;
        }
    }

    fn page_of_versions(
        &self,
        prefix: &str,
        after: Option<&(String, String)>,
    ) -> Result<(Vec<Version>, After), S3Error> {
        let mut query = Vec::new();
        if self.asks_for_encoding() {
            query.push(("encoding-type", "url".to_owned()));
        }
        if let Some((key, _)) = after {
            query.push(("key-marker", key.clone()));
        }
        query.push(("prefix", prefix.to_owned()));
        if let Some((_, id)) = after {
            query.push(("version-id-marker", id.clone()));
        }
        query.push(("versions", String::new()));
        let request = Request {
            operation: "ListObjectVersions",
            method: Method::Get,
            key: "",
            query,
            headers: Vec::new(),
            body: Content::NONE,
        };
        let answer = self.ask(&request)?;
        read(&answer.body).map_err(|because| self.error("ListObjectVersions", prefix, Failure::Strange(because)))
    }

    fn delete_version(&self, version: &Version) -> Result<(), S3Error> {
        let request = Request {
            operation: "DeleteObject",
            method: Method::Delete,
            key: &version.key,
            query: vec![("versionId", version.id.clone())],
            headers: Vec::new(),
            body: Content::NONE,
        };
        match self.ask(&request) {
            Ok(_) | Err(S3Error { failure: Failure::NoKey, .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
impl Client {
    pub(crate) fn count_versions(&self, prefix: &str) -> Result<usize, S3Error> {
        let mut count = 0;
        self.each_version(
            prefix,
            |_| true,
            |_| {
                count += 1;
                Ok(())
            },
        )?;
        Ok(count)
    }
}

fn read(bytes: &[u8]) -> Result<(Vec<Version>, After), String> {
    let document = Document::read(bytes)?;
    if document.root != "ListVersionsResult" {
        return Err(format!("<{}> is no listing of versions", document.root));
    }
    let is_encoded = document.top.get("EncodingType").is_some_and(|kind| kind == "url");
    let text = |record: &Record, name: &str| -> Result<String, String> {
        let text = record.get(name).ok_or_else(|| format!("an entry has no {name}"))?;
        if is_encoded { decoded(text) } else { Ok(text.clone()) }
    };
    let mut versions = Vec::with_capacity(document.records.len());
    for (name, record) in document.records.iter().filter(|(name, _)| name == "Version" || name == "DeleteMarker") {
        versions.push(Version {
            key: text(record, "Key")?,
            id: record.get("VersionId").cloned().ok_or("an entry has no VersionId")?,
            is_newest: record.get("IsLatest").is_some_and(|text| text == "true"),
            is_mark: name == "DeleteMarker",
        });
    }
    if document.top.get("IsTruncated").is_none_or(|text| text != "true") {
        return Ok((versions, None));
    }
    let key = text(&document.top, "NextKeyMarker").map_err(|_| "it goes on, and does not say where")?;
    Ok((versions, Some((key, document.top.get("NextVersionIdMarker").cloned().unwrap_or_default()))))
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_page_is_read_with_its_marks() {
        let text = b"<ListVersionsResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>\
            <NextKeyMarker>a%2525</NextKeyMarker><NextVersionIdMarker>i</NextVersionIdMarker>\
            <Version><Key>a+b</Key><VersionId>1</VersionId><IsLatest>false</IsLatest></Version>\
            <DeleteMarker><Key>a+b</Key><VersionId>2</VersionId><IsLatest>true</IsLatest></DeleteMarker></ListVersionsResult>";
        let (versions, next) = read(text).unwrap();
        let seen: Vec<_> =
            versions.iter().map(|one| (one.key.as_str(), one.id.as_str(), one.is_newest, one.is_mark)).collect();
        assert_eq!(seen, [("a b", "1", false, false), ("a b", "2", true, true)]);
        assert_eq!(next, Some(("a%25".to_owned(), "i".to_owned())));
    }

    #[test]
    fn what_is_no_listing_of_versions_is_refused() {
        for text in ["<A/>", "<ListVersionsResult><IsTruncated>true</IsTruncated></ListVersionsResult>", ""] {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
    }
}
