//! ListObjectsV2: the keys below a prefix, a page at a time.

use std::collections::VecDeque;

use jiff::Timestamp;
use rusty_s3::Method;

use super::body::Content;
use super::client::Request;
use super::xml::{Document, Record};
use super::{Client, Failure, S3Error};

/// A key, or what many keys have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The whole key; of keys in common, with the slash at its end.
    pub key: String,
    /// Whether it stands for all keys that begin so.
    pub is_prefix: bool,
    /// Bytes of the object; 0 of a prefix.
    pub size_bytes: u64,
    /// The entity tag; empty of a prefix.
    pub etag: String,
    /// When it was written; `None` of a prefix.
    pub modified: Option<Timestamp>,
}

/// A part of a listing.
#[derive(Debug)]
pub struct Page {
    /// What is on it, in the order of keys; prefixes come after keys.
    pub entries: Vec<Listed>,
    /// What to ask for the next one with.
    pub next: Option<String>,
}

/// Yields what is below a prefix. Pages are asked for as they are needed.
#[derive(Debug)]
pub struct Listing {
    client: Client,
    prefix: String,
    delimiter: Option<char>,
    after: Option<String>,
    next: Option<String>,
    is_over: bool,
    entries: VecDeque<Listed>,
}

impl Client {
    /// Lists all keys below a prefix; with a delimiter, those below the next one are told as one.
    #[must_use]
    pub fn list(&self, prefix: &str, delimiter: Option<char>) -> Listing {
        Listing {
            client: self.clone(),
            prefix: prefix.to_owned(),
            delimiter,
            after: None,
            next: None,
            is_over: false,
            entries: VecDeque::new(),
        }
    }
}

impl Listing {
    /// Begins after a key, which need not be there.
    #[must_use]
    pub fn after(mut self, key: String) -> Self {
        self.after = Some(key);
        self
    }

    fn page(&mut self) -> Result<(), S3Error> {
        let mut query = Vec::new();
        if let Some(token) = &self.next {
            query.push(("continuation-token", token.clone()));
        }
        if let Some(delimiter) = self.delimiter {
            query.push(("delimiter", delimiter.to_string()));
        }
        if self.client.asks_for_encoding() {
            query.push(("encoding-type", "url".to_owned()));
        }
        query.push(("list-type", "2".to_owned()));
        query.push(("prefix", self.prefix.clone()));
        if let Some(after) = self.after.as_ref().filter(|_| self.next.is_none()) {
            query.push(("start-after", after.clone()));
        }
        let request = Request {
            operation: "ListObjectsV2",
            method: Method::Get,
            key: "",
            query,
            headers: Vec::new(),
            body: Content::NONE,
        };
        let answer = self.client.ask(&request)?;
        let strange = |because: String| self.client.error("ListObjectsV2", &self.prefix, Failure::Strange(because));
        let page = read(&answer.body).map_err(strange)?;
        if page.next.is_some() && page.next == self.next {
            return Err(strange("the same page comes again and again".to_owned()));
        }
        self.is_over = page.next.is_none();
        self.next = page.next;
        self.entries = page.entries.into();
        Ok(())
    }
}

impl Iterator for Listing {
    type Item = Result<Listed, S3Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(listed) = self.entries.pop_front() {
                return Some(Ok(listed));
            }
            if self.is_over {
                return None;
            }
            if let Err(error) = self.page() {
                self.is_over = true;
                return Some(Err(error));
            }
        }
    }
}

fn read(bytes: &[u8]) -> Result<Page, String> {
    let document = Document::read(bytes)?;
    if document.root != "ListBucketResult" {
        return Err(format!("<{}> is no listing", document.root));
    }
    let is_encoded = document.top.get("EncodingType").is_some_and(|kind| kind == "url");
    let text = |record: &Record, name: &str| -> Result<String, String> {
        let text = record.get(name).ok_or_else(|| format!("an entry has no {name}"))?;
        if is_encoded { decoded(text) } else { Ok(text.clone()) }
    };
    let mut entries = Vec::with_capacity(document.records.len());
    for (name, record) in &document.records {
        match name.as_str() {
            "Contents" => entries.push(Listed {
                key: text(record, "Key")?,
                is_prefix: false,
                size_bytes: record.get("Size").and_then(|size| size.parse().ok()).ok_or("an entry has no size")?,
                etag: record.get("ETag").cloned().unwrap_or_default(),
                modified: record.get("LastModified").and_then(|modified| modified.parse().ok()),
            }),
            "CommonPrefixes" => entries.push(Listed {
                key: text(record, "Prefix")?,
                is_prefix: true,
                size_bytes: 0,
                etag: String::new(),
                modified: None,
            }),
            _ => {}
        }
    }
    let is_truncated = document.top.get("IsTruncated").is_some_and(|text| text == "true");
    let next = document.top.get("NextContinuationToken").filter(|_| is_truncated).cloned();
    if is_truncated && next.is_none() {
        return Err("it goes on, and does not say where".to_owned());
    }
    Ok(Page { entries, next })
}

/// Undoes the encoding of keys: `%41`, and `+` for a space.
pub(super) fn decoded(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit =
                    |byte: Option<u8>| char::from(byte?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                let pair = (digit(rest.next()), digit(rest.next()));
                let (Some(high), Some(low)) = pair else { return Err(format!("{text:?} is not encoded rightly")) };
                high << 4 | low
            }
            other => other,
        });
    }
    String::from_utf8(bytes).map_err(|_| format!("{text:?} is no text"))
}

#[cfg(test)]
mod tests {
    use super::{decoded, read};

    #[test]
    fn a_page_is_read_with_its_prefixes() {
        let text = b"<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>\
            <NextContinuationToken>t</NextContinuationToken><Contents><Key>a%2525+b</Key><Size>3</Size>\
            <ETag>&quot;e&quot;</ETag></Contents><CommonPrefixes><Prefix>c/</Prefix></CommonPrefixes></ListBucketResult>";
        let page = read(text).unwrap();
        assert_eq!(page.next.as_deref(), Some("t"));
        let seen: Vec<_> = page.entries.iter().map(|one| (one.key.as_str(), one.is_prefix, one.size_bytes)).collect();
        assert_eq!(seen, [("a%25 b", false, 3), ("c/", true, 0)]);
        assert_eq!(page.entries[0].etag, "\"e\"");
    }

    #[test]
    fn what_is_no_listing_is_refused() {
        for text in
            ["<A/>", "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>", "", "<ListBucketResult>"]
        {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
        for text in ["%4", "%zz", "%ff"] {
            assert!(decoded(text).is_err(), "{text}");
        }
    }
}
