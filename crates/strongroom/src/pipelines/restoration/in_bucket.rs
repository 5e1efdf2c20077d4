//! A result that becomes an object of a bucket: sent in parts while it is composed, there when all of it was right, and read
//! back.
//!
//! Whatever ends the work before, nothing is there: an upload that was not completed is no object. What a killed restoration
//! has begun is given up by the next one to the same key.

use std::fs::File;
use std::io::{self, PipeReader, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::PathBuf;

use backends::s3::{Condition, Failure, Head, S3Error, UPLOAD_BYTES_MAX, Upload};
use digests::Digest;

use super::super::{RestoreObject, Signal};
use super::RestorationError;
use super::output::Output;
use super::publish::Existing;
use super::replica::{begun, ended};
use super::restore::ended as ended_output;
use super::resumed::{BEGINNING_BYTES, made_at_in};

/// Bytes that are taken from the pipe or read back at once.
const BLOCK_BYTES: usize = 256 << 10;

/// Returns what is there under the object's key.
///
/// # Errors
/// The server refuses or cannot be reached.
pub fn there(object: &RestoreObject) -> Result<Option<Head>, RestorationError> {
    object.client.head(&object.key).map_err(failed(object))
}

/// Returns when a tar that is there was made, in Unix seconds; `None` when it is none.
///
/// # Errors
/// It cannot be read.
pub fn made_at(object: &RestoreObject, head: &Head) -> Result<Option<i64>, RestorationError> {
    let opened = object.client.open_same(&object.key, &head.etag, head.size_bytes);
    let mut beginning = Vec::new();
    let read = opened.map_err(failed(object))?.take(BEGINNING_BYTES).read_to_end(&mut beginning);
    read.map_err(|error| lost(object, error))?;
    Ok(made_at_in(&beginning))
}

/// Returns the sha256 of what is there.
///
/// # Errors
/// It cannot be read, or the process is asked to stop.
pub fn read_back(object: &RestoreObject, head: &Head, signal: &Signal) -> Result<Digest, RestorationError> {
    let opened = object.client.open_same(&object.key, &head.etag, head.size_bytes);
    let mut reading = opened.map_err(failed(object))?;
    let (mut hasher, mut buffer) = (begun(), vec![0; BLOCK_BYTES]);
    loop {
        if signal.is_raised() {
            return Err(RestorationError::Interrupted);
        }
        match reading.read(&mut buffer) {
            Ok(0) => return Ok(ended(hasher)),
            Ok(got) => hasher.update(&buffer[..got]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(lost(object, error)),
        }
    }
}

/// Puts what is given, of a known length, into the bucket and reads it back; returns its sha256.
///
/// # Errors
/// It is too long for one object, the server refuses or cannot be reached, something is there already, or what was read back
/// is not what was sent.
pub fn write(
    object: &RestoreObject,
    size_bytes: u64,
    existing: Existing,
    signal: &Signal,
    give: impl FnOnce(&mut Output) -> Result<(), RestorationError>,
) -> Result<Option<Digest>, RestorationError> {
    if size_bytes > UPLOAD_BYTES_MAX {
        return Err(RestorationError::TooLong { place: object.url(), size_bytes, most_bytes: UPLOAD_BYTES_MAX });
    }
    object.client.abort_uploads_to(&object.key).map_err(failed(object))?;
    let upload = Upload::new(&object.client, object.key.clone());
    let (digest, upload) = sent(object, size_bytes, upload, give)?;
    let finished = match existing {
        Existing::Keep => upload.finish_if_absent(),
        Existing::Replace => upload.finish(Condition::Always),
    };
    let etag = match finished {
        Ok(etag) => Some(etag),
        // It may be ours: the answer to an earlier try may have been lost.
        Err(S3Error { failure: Failure::Precondition, .. }) => None,
        Err(error) => return Err(failed(object)(error)),
    };
    // Of an upload whose beginning was answered and not heard, nobody else knows.
    if let Err(error) = object.client.abort_uploads_to(&object.key) {
        tracing::warn!(%error, place = object.url(), "uploads that were begun could not be given up");
    }
    let other = || {
        let place = PathBuf::from(object.url());
        if etag.is_some() { RestorationError::ReadBack(place) } else { RestorationError::TargetExists(place) }
    };
    let head = there(object)?.filter(|head| head.size_bytes == size_bytes).ok_or_else(other)?;
    let is_same = |etag: &String| etag.is_empty() || head.etag.trim_matches('"') == etag.trim_matches('"');
    if etag.as_ref().is_none_or(is_same) && Some(read_back(object, &head, signal)?) == digest {
        return Ok(digest);
    }
    Err(other())
}

/// Sends what is given; the upload holds all of it then.
fn sent(
    object: &RestoreObject,
    size_bytes: u64,
    upload: Upload,
    give: impl FnOnce(&mut Output) -> Result<(), RestorationError>,
) -> Result<(Option<Digest>, Upload), RestorationError> {
    let (reader, writer) = io::pipe().map_err(RestorationError::Output)?;
    std::thread::scope(|scope| {
        let sending = scope.spawn(move || send(reader, upload));
        let given = (|| {
            let mut output = Output::stream(File::from(OwnedFd::from(writer))).map_err(RestorationError::Output)?;
            give(&mut output)?;
            // With what was written ends the pipe, which the sender waits for.
            ended_output(output, size_bytes).map(|written| written.digest)
        })();
        let sent = sending.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        match (given, sent) {
            // That nobody reads the pipe any more says less than why.
            (Err(RestorationError::Output(_)) | Ok(_), Err(error)) => Err(lost(object, error)),
            (Err(error), _) => Err(error),
            (Ok(digest), Ok(upload)) => Ok((digest, upload)),
        }
    })
}

fn send(mut reader: PipeReader, mut upload: Upload) -> io::Result<Upload> {
    let mut buffer = vec![0; BLOCK_BYTES];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(upload),
            Ok(got) => upload.write_all(&buffer[..got])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn failed(object: &RestoreObject) -> impl FnOnce(S3Error) -> RestorationError {
    move |source| RestorationError::Bucket { place: object.url(), source: Box::new(source) }
}

fn lost(object: &RestoreObject, error: io::Error) -> RestorationError {
    match error.downcast::<S3Error>() {
        Ok(source) => failed(object)(source),
        Err(source) => RestorationError::Write { path: PathBuf::from(object.url()), source },
    }
}
