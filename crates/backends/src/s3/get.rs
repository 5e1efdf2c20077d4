//! GetObject: an object read from any place on, and gone on with where the connection was lost.

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};

use rusty_s3::Method;

use super::body::Content;
use super::client::{Request, Response};
use super::put::etag_of;
use super::{Client, Failure, S3Error};

/// Bytes that are asked for when an object is opened or read here and there. Held in memory, so that no connection is
/// kept waiting for a reader that has many files open.
const WINDOW_BYTES: u64 = 256 << 10;
/// Bytes of one request when an object is read on: each may break off, and is then gone on with.
const STRETCH_BYTES: u64 = 64 << 20;

/// An object that is being read. It is one and the same to the end: when another takes its place meanwhile, reading fails.
pub struct Reading {
    client: Client,
    key: String,
    size_bytes: u64,
    etag: String,
    position: u64,
    window: Vec<u8>,
    window_at: u64,
    /// What flows, from `position` on, and where it ends.
    flowing: Option<(ureq::BodyReader<'static>, u64)>,
    /// How often reading on has failed without a byte in between.
    failures: u32,
}

impl Client {
    /// Opens an object and reads its first bytes.
    ///
    /// # Errors
    /// `NoKey` when it is not there; the server refuses or cannot be reached.
    pub fn open(&self, key: &str) -> Result<Reading, S3Error> {
        let first = self.stretch(key, 0, WINDOW_BYTES, None, |response| whole(response, 0));
        let (window, size_bytes, etag) = match first {
            Ok(first) => first,
            // No range can be satisfied by an object without a byte.
            Err(S3Error { failure: Failure::Answer { status: 416, .. }, .. }) => {
                let head = self.head(key)?.ok_or_else(|| self.error("GetObject", key, Failure::NoKey))?;
                if head.size_bytes > 0 {
                    let because = "a range is refused, though there are bytes".to_owned();
                    return Err(self.error("GetObject", key, Failure::Strange(because)));
                }
                (Vec::new(), 0, head.etag)
            }
            Err(error) => return Err(error),
        };
        Ok(Reading {
            client: self.clone(),
            key: key.to_owned(),
            size_bytes,
            etag,
            position: 0,
            window,
            window_at: 0,
            flowing: None,
            failures: 0,
        })
    }

    /// Opens an object that is known already, and only while it has this entity tag.
    ///
    /// # Errors
    /// `Precondition` when another has taken its place, and as [`Client::open`].
    pub fn open_same(&self, key: &str, etag: &str, size_bytes: u64) -> Result<Reading, S3Error> {
        if size_bytes == 0 {
            return Ok(self.open_stretch(key, etag, (0, 0)));
        }
        let (window, ..) = self.stretch(key, 0, WINDOW_BYTES, Some(etag), |response| whole(response, 0))?;
        Ok(Reading { window, ..self.open_stretch(key, etag, (0, size_bytes)) })
    }

    /// Opens a stretch of an object that is known already, from an offset on for so many bytes. Asks for nothing before it
    /// is read, and fails then when the object has another entity tag.
    #[must_use]
    pub fn open_stretch(&self, key: &str, etag: &str, (offset_bytes, length_bytes): (u64, u64)) -> Reading {
        Reading {
            client: self.clone(),
            key: key.to_owned(),
            size_bytes: offset_bytes.saturating_add(length_bytes),
            etag: etag.to_owned(),
            position: offset_bytes,
            window: Vec::new(),
            window_at: offset_bytes,
            flowing: None,
            failures: 0,
        }
    }

    /// Reads a whole small object; `None` when it is not there.
    ///
    /// # Errors
    /// It has more bytes than that, the server refuses or cannot be reached.
    pub fn get(&self, key: &str, bytes_max: u64) -> Result<Option<(Vec<u8>, String)>, S3Error> {
        let mut reading = match self.open(key) {
            Ok(reading) => reading,
            Err(S3Error { failure: Failure::NoKey, .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let fail = |because: String| self.error("GetObject", key, Failure::Strange(because));
        if reading.size_bytes > bytes_max {
            return Err(fail(format!("it is longer than {bytes_max} bytes")));
        }
        let mut bytes = Vec::new();
        match reading.read_to_end(&mut bytes) {
            Ok(_) => Ok(Some((bytes, reading.etag))),
            Err(error) => Err(match error.downcast::<S3Error>() {
                Ok(error) => error,
                Err(error) => fail(error.to_string()),
            }),
        }
    }

    /// Asks for a stretch of an object, and takes what comes.
    fn stretch<T>(
        &self,
        key: &str,
        offset_bytes: u64,
        length_bytes: u64,
        etag: Option<&str>,
        take: impl Fn(Response) -> Result<T, String>,
    ) -> Result<T, S3Error> {
        let mut headers = Vec::new();
        if let Some(etag) = etag.filter(|etag| !etag.is_empty()) {
            headers.push(("if-match", etag.to_owned()));
        }
        headers.push(("range", format!("bytes={offset_bytes}-{}", offset_bytes + length_bytes.max(1) - 1)));
        let request = Request {
            operation: "GetObject",
            method: Method::Get,
            key,
            query: Vec::new(),
            headers,
            body: Content::NONE,
        };
        self.begin(&request, |response| {
            if offset_bytes > 0 && response.status().as_u16() != 206 {
                return Err("the server does not heed the range".to_owned());
            }
            take(response)
        })
    }
}

/// Reads what comes into memory: its bytes, the length of the whole object, its entity tag.
fn whole(mut response: Response, offset_bytes: u64) -> Result<(Vec<u8>, u64, String), String> {
    let (etag, expected) = (etag_of(response.headers()), response.body().content_length());
    let range = response.headers().get("content-range").and_then(|range| range.to_str().ok());
    let size = range.and_then(|range| range.rsplit('/').next()).and_then(|size| size.parse::<u64>().ok());
    // A server that does not heed the range sends all of it, which is well while it is small.
    let bytes = response.body_mut().with_config().limit(WINDOW_BYTES + 1).read_to_vec();
    let bytes = bytes.map_err(|error| format!("the answer broke off: {error}"))?;
    if expected.is_some_and(|expected| expected != bytes.len() as u64) {
        return Err(format!("the answer ended after {} bytes", bytes.len()));
    }
    let size = size.unwrap_or(bytes.len() as u64);
    if (bytes.len() as u64) < size.saturating_sub(offset_bytes).min(WINDOW_BYTES) {
        return Err(format!("the answer has {} bytes of {size}", bytes.len()));
    }
    Ok((bytes, size, etag))
}

impl Reading {
    /// Returns the bytes that the object had when it was opened; of a stretch, where that ends.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Returns its entity tag.
    #[must_use]
    pub fn etag(&self) -> &str {
        &self.etag
    }

    fn take_held(&mut self, buffer: &mut [u8]) -> usize {
        let Some(start) = self.position.checked_sub(self.window_at) else { return 0 };
        let held = usize::try_from(start).ok().and_then(|start| self.window.get(start..)).unwrap_or_default();
        let taken = held.len().min(buffer.len());
        buffer[..taken].copy_from_slice(&held[..taken]);
        self.position += taken as u64;
        taken
    }

    /// Reads on from what flows; `None` when it has broken off.
    fn take_flowing(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        let Some((body, end)) = &mut self.flowing else { return Ok(None) };
        let left = usize::try_from(*end - self.position).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        let because = match body.read(&mut buffer[..wanted]) {
            Ok(0) => "the answer ended too early".to_owned(),
            Ok(got) => {
                self.position += got as u64;
                self.failures = 0;
                if got == left {
                    // The end is read too, so that the connection serves the next request.
                    drop(body.read(&mut [0; 1]));
                    self.flowing = None;
                }
                return Ok(Some(got));
            }
            Err(error) => format!("the answer broke off: {error}"),
        };
        self.flowing = None;
        self.failures += 1;
        let tries = self.failures;
        if tries >= self.client.patience().tries_max {
            let failure = Failure::Unreachable { tries, because };
            return Err(io::Error::other(self.client.error("GetObject", &self.key, failure)));
        }
        self.client.patience().wait(tries);
        Ok(None)
    }

    fn flow(&mut self) -> io::Result<()> {
        let length = (self.size_bytes - self.position).min(STRETCH_BYTES);
        let body = self.client.stretch(&self.key, self.position, length, Some(&self.etag), |response| {
            Ok(response.into_body().into_with_config().limit(length).reader())
        });
        self.flowing = Some((body.map_err(|error| self.told(error))?, self.position + length));
        Ok(())
    }

    /// Fills the window from here on, after a jump.
    fn look(&mut self) -> io::Result<()> {
        let length = (self.size_bytes - self.position).min(WINDOW_BYTES);
        let from = self.position;
        let got = self.client.stretch(&self.key, from, length, Some(&self.etag), |response| whole(response, from));
        (self.window, self.window_at) = (got.map_err(|error| self.told(error))?.0, self.position);
        Ok(())
    }

    fn told(&self, error: S3Error) -> io::Error {
        match error.failure {
            Failure::Precondition => io::Error::other(format!("{} was replaced while it was read", error.place)),
            Failure::NoKey => io::Error::new(io::ErrorKind::NotFound, error),
            _ => io::Error::other(error),
        }
    }
}

impl Read for Reading {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() || self.position >= self.size_bytes {
            return Ok(0);
        }
        loop {
            let got = self.take_held(buffer);
            if got > 0 {
                return Ok(got);
            }
            if let Some(got) = self.take_flowing(buffer)? {
                return Ok(got);
            }
            // Right after the window it is read on; elsewhere, somebody has jumped and may do so again.
            let is_going_on = self.position == self.window_at + self.window.len() as u64 || self.failures > 0;
            if is_going_on || self.window.is_empty() { self.flow()? } else { self.look()? }
        }
    }
}

impl Seek for Reading {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(by) => self.size_bytes.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        let position = position.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        if position != self.position {
            self.flowing = None;
            self.position = position;
        }
        Ok(position)
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Reading({} at {} of {})", self.key, self.position, self.size_bytes)
    }
}
