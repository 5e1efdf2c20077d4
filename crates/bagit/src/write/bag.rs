//! Writes a new bag: payload first, hashed as it passes, then the files that make it a bag.

use std::io::{self, Read};
use std::path::Path;

use findings::Findings;

use super::options::BagOptions;
use super::payload::{Listed, Payload};
use super::sink::BagSink;
use super::staged::Staged;
use super::tag_files::TagFiles;
use crate::package::catalog::{Entered, Place};
use crate::package::hash::{Listener, Passing};
use crate::package::refusal::{finding_in, refuse};
use crate::package::stream::{CHUNK_BYTES, Feed, SMALL_BYTES_MAX, with_feed};
use crate::{BagitError, Form, MemberIndex, Members, Observer, rules};

/// A bag that has been written.
#[derive(Debug)]
pub struct WrittenBag {
    /// Its payload and tag files, with the digests of its manifests.
    pub members: Members,
    /// What was remarkable about the payload; never an error.
    pub findings: Findings,
}

/// Writes a bag of BagIt 1.0. The source is read once. The bag appears under its name when it is whole and durable,
/// and replaces nothing; its top folder has the target's name without the ending of the form.
///
/// The observer hears of the payload as it passes; it is asked neither to keep nor for what it knows.
///
/// # Errors
/// An option contradicts the standard, the payload cannot be in a bag or changes while it is read, the target exists,
/// a read or write fails, or the observer asks to stop. Nothing of the bag is left behind.
pub fn write_bag(
    payload: &Payload,
    target: &Path,
    form: Form,
    options: &BagOptions,
    observer: &dyn Observer,
) -> Result<WrittenBag, BagitError> {
    options.check()?;
    if form == Form::PlainFolder {
        return Err(BagitError::BagOption("a folder of plain files is no form of a bag".to_owned()));
    }
    let top_folder = top_folder_of(target, form)?;
    let listed = payload.list(options)?;
    let (staged, mut sink) = Staged::create(target, form, &top_folder, options.created_at)?;
    let writing = Writing { payload, listed: &listed, target, options };
    let mut members = writing.payload(sink.as_mut(), observer)?;
    writing.tag_files(sink.as_mut(), &mut members)?;
    sink.finish().map_err(|source| writing.failed(source))?;
    staged.publish()?;
    Ok(WrittenBag { members, findings: listed.findings })
}

fn top_folder_of(target: &Path, form: Form) -> Result<String, BagitError> {
    let name = target.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let (name, promised) = if form == Form::BagFolder { (name, Some(form)) } else { Form::of_name(name) };
    if name.is_empty() || promised.is_some_and(|promised| promised != form) {
        let text = format!("{} is no name for a bag of the form {form:?}", target.display());
        return Err(BagitError::BagOption(text));
    }
    Ok(name.to_owned())
}

struct Writing<'a> {
    payload: &'a Payload,
    listed: &'a Listed<'a>,
    target: &'a Path,
    options: &'a BagOptions,
}

impl Writing<'_> {
    /// Writes the payload, sorted by path, and returns it with its digests.
    fn payload(&self, sink: &mut dyn BagSink, observer: &dyn Observer) -> Result<Members, BagitError> {
        let listener = Listener::new(self.payload.path(), observer, self.options.catalog());
        let given = with_feed(self.options.algorithms, self.options.hashing, &listener, |feed| {
            for index in &self.listed.order {
                if !self.file(*index, sink, feed, &listener)? {
                    break;
                }
            }
            Ok(())
        });
        // A listener that stopped the giver has the better reason.
        let catalog = listener.finish();
        let mut members = given.and(catalog)?.members;
        members.mark_payload_folder();
        Ok(members)
    }

    /// Writes one file; returns whether more is wanted.
    fn file(
        &self,
        index: MemberIndex,
        sink: &mut dyn BagSink,
        feed: &mut Feed,
        listener: &Listener<'_>,
    ) -> Result<bool, BagitError> {
        let member = self.listed.members.get(index);
        let passing = {
            let mut catalog = listener.catalog();
            match catalog.member(member.path, Place::of(&member)) {
                Entered::Member(own) => Passing::new(own, &member),
                Entered::Refused | Entered::Full => return Err(self.changed(member.path)),
            }
        };
        let mut reader = self.listed.open(index)?;
        sink.begin(member.path, member.size_bytes, member.modified_at).map_err(|source| self.failed(source))?;
        let mut copy = Copy { reader: &mut reader, left_bytes: member.size_bytes };
        let is_small = member.size_bytes <= SMALL_BYTES_MAX;
        let mut whole = Vec::new();
        let mut wanted = if is_small { Ok(()) } else { feed.start(Passing::new(passing.index, &member)) };
        while let Some(chunk) = copy.next().map_err(|error| self.unreadable(member.path, error))? {
            sink.write_all(&chunk).map_err(|source| self.failed(source))?;
            if is_small {
                whole.extend_from_slice(&chunk);
            } else if wanted.is_ok() {
                wanted = feed.chunk(chunk);
            }
        }
        sink.end().map_err(|source| self.failed(source))?;
        wanted = wanted.and_then(|()| if is_small { feed.whole(passing, whole) } else { feed.end() });
        Ok(wanted.is_ok())
    }

    fn tag_files(&self, sink: &mut dyn BagSink, members: &mut Members) -> Result<(), BagitError> {
        let files = TagFiles::generate(members, self.options)?;
        for file in files.iter() {
            let written = sink
                .begin(&file.path, file.size_bytes, self.options.created_at)
                .and_then(|()| files.write(file, members, sink))
                .and_then(|()| sink.end());
            written.map_err(|source| self.failed(source))?;
        }
        for file in files.iter() {
            let index = members.push(&file.path, file.size_bytes, 0, self.options.created_at);
            members.set_digests(index, &file.digests);
        }
        Ok(())
    }

    fn failed(&self, source: io::Error) -> BagitError {
        BagitError::Write { path: self.target.to_owned(), source }
    }

    fn changed(&self, path: &str) -> BagitError {
        let mut findings = Findings::default();
        findings.push(rules::MEMBER_CHANGED.finding().at(path));
        BagitError::CannotBag { path: self.payload.path().to_owned(), findings: Box::new(findings) }
    }

    fn unreadable(&self, path: &str, error: io::Error) -> BagitError {
        match finding_in(error) {
            Ok(finding) => {
                let mut findings = Findings::default();
                findings.push(finding.at(path));
                BagitError::CannotBag { path: self.payload.path().to_owned(), findings: Box::new(findings) }
            }
            Err(source) => BagitError::Package { path: self.payload.path().join(path), source },
        }
    }
}

/// Reads exactly as many bytes as were listed.
struct Copy<'a> {
    reader: &'a mut dyn Read,
    left_bytes: u64,
}

impl Copy<'_> {
    fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        // One byte more than is left shows a file that has grown.
        let wanted = usize::try_from(self.left_bytes + 1).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES);
        let mut chunk = vec![0; wanted];
        let mut filled = 0;
        while filled < wanted {
            match self.reader.read(&mut chunk[filled..]) {
                Ok(0) => break,
                Ok(got) => filled += got,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let is_at_end = filled < wanted;
        let filled_bytes = filled as u64;
        if filled_bytes > self.left_bytes || (is_at_end && filled_bytes < self.left_bytes) {
            return Err(refuse(rules::MEMBER_CHANGED.finding().seen("another length than was listed")));
        }
        self.left_bytes -= filled_bytes;
        chunk.truncate(filled);
        Ok((filled > 0).then_some(chunk))
    }
}
