//! The members of archives: each read once, held to the budget, and looked into when it is an archive itself.

use std::io::{Cursor, Read};

use pronom::{HEAD_BYTES, Scope, Source, TAIL_BYTES};

use super::archive::{
    ArchiveKind, Fault, Metered, Range, STORED, Spool, Tar, TarMember, Tee, Zip, ZipMember, is_header,
    may_be_container, unpacked, unpacked_member, unpacked_name,
};
use super::inspect::{Bytes, Inspector, Open};
use super::location::Inner;
use super::row::{Remark, RowKind};
use super::subject::{Site, Subject};

/// Bytes that are read at a time.
const BLOCK_BYTES: usize = 64 << 10;
const SPARSE: &str = "it is a sparse file, whose bytes do not stand in the archive as they are";

impl<'s> Inspector<'s> {
    /// Inspects the members of an archive.
    ///
    /// # Errors
    /// The list of members ends before it should.
    pub(super) fn members(
        &mut self,
        kind: ArchiveKind,
        source: &dyn Source,
        site: &mut Site<'_, '_>,
    ) -> Result<(), Fault> {
        match kind {
            ArchiveKind::Zip => self.zip_members(source, site),
            ArchiveKind::Tar => self.tar_members(source, site),
            ArchiveKind::Gzip | ArchiveKind::Zstandard => {
                let inner = Inner { kind, name: unpacked_name(site.location.name()) };
                let open = || Ok(unpacked(kind, Range::all(source))?);
                within(inner, site, |site| self.packed_member(&open, None, site));
                Ok(())
            }
        }
    }

    fn zip_members(&mut self, source: &dyn Source, site: &mut Site<'_, '_>) -> Result<(), Fault> {
        let mut zip = Zip::open(source)?;
        while let Some(mut member) = zip.next()? {
            let inner = Inner { kind: ArchiveKind::Zip, name: std::mem::take(&mut member.name) };
            let taken = site.budget.take_entry();
            if member.is_file || taken.is_err() {
                let is_over = taken.is_err();
                within(inner, site, |site| match taken {
                    Ok(()) => self.zip_member(&zip, &member, site),
                    Err(fault) => not_read(&fault, member.modified, site),
                });
                if is_over {
                    break;
                }
            }
        }
        Ok(())
    }

    fn zip_member(&mut self, zip: &Zip<'_>, member: &ZipMember, site: &mut Site<'_, '_>) {
        let packed = match zip.packed(member) {
            Ok(packed) => packed,
            Err(fault) => return not_read(&fault, member.modified, site),
        };
        if member.method == STORED && !member.is_encrypted {
            return self.plain_member(&packed, member.modified, site);
        }
        self.packed_member(&|| unpacked_member(member, packed), member.modified, site);
    }

    fn tar_members(&mut self, source: &dyn Source, site: &mut Site<'_, '_>) -> Result<(), Fault> {
        let mut tar = Tar::new(Range::all(source));
        while let Some(mut member) = tar.next()? {
            let is_over = self.tar_member(&mut member, site, |inspector, member, site| {
                let range = Range::new(source, member.start, member.size_bytes);
                inspector.plain_member(&range, member.modified, site);
            });
            if is_over {
                break;
            }
        }
        Ok(())
    }

    /// Inspects the members of a tar archive that goes by only once.
    ///
    /// # Errors
    /// The list of members ends before it should.
    pub(super) fn stream_members(&mut self, reader: Box<dyn Read + '_>, site: &mut Site<'_, '_>) -> Result<(), Fault> {
        let mut tar = Tar::new(reader);
        while let Some(mut member) = tar.next()? {
            let is_over = self.tar_member(&mut member, site, |inspector, member, site| {
                let bytes = &mut Passing { tar: &mut tar, member };
                let begun = Begun::of(bytes);
                inspector.passing_member(bytes, begun, member.modified, site);
            });
            if is_over {
                break;
            }
        }
        Ok(())
    }

    /// Inspects a member if it is a file, and says whether the list ends here.
    fn tar_member(
        &mut self,
        member: &mut TarMember,
        site: &mut Site<'_, '_>,
        inspect: impl FnOnce(&mut Self, &TarMember, &mut Site<'_, '_>),
    ) -> bool {
        let taken = site.budget.take_entry();
        let is_over = taken.is_err();
        if !member.is_file && !is_over {
            return false;
        }
        let inner = Inner { kind: ArchiveKind::Tar, name: std::mem::take(&mut member.name) };
        within(inner, site, |site| match taken {
            Ok(()) if member.is_sparse => not_read(&Fault::NotRead(SPARSE.to_owned()), member.modified, site),
            Ok(()) => inspect(self, member, site),
            Err(fault) => not_read(&fault, member.modified, site),
        });
        is_over
    }

    /// Inspects a member that stands in the archive as it is.
    fn plain_member(&mut self, range: &Range<'_>, modified: Option<i64>, site: &mut Site<'_, '_>) {
        let size_bytes = range.size_bytes();
        let looked_at = match self.depth.scope {
            Scope::Whole => size_bytes,
            Scope::Windows => size_bytes.min((HEAD_BYTES + TAIL_BYTES) as u64),
        };
        if let Err(fault) = site.budget.take_bytes(looked_at) {
            return not_read(&fault, modified, site);
        }
        let mut subject = Subject::new(modified);
        subject.size_bytes = Some(size_bytes);
        match self.inner.identify(range, Some(&site.name()), self.depth.scope) {
            Ok(answer) => subject.answer = answer,
            Err(error) => subject.fault(&Fault::Read(error)),
        }
        take_container(&mut subject, site);
        self.tell_kind(&mut subject, range);
        self.deliver(subject, &Bytes::Here(range), site);
    }

    /// Inspects a member that has to be unpacked, and can be unpacked again.
    fn packed_member(&mut self, open: &Open<'_>, modified: Option<i64>, site: &mut Site<'_, '_>) {
        let mut reader = match open() {
            Ok(reader) => Metered::new(reader, site.budget),
            Err(fault) => return not_read(&fault, modified, site),
        };
        let begun = Begun::of(&mut reader);
        if begun.fault.is_none() && self.depth.has_archives && is_header(&begun.head) {
            return self.packed_tar(&begun.head, reader, open, modified, site);
        }
        self.passing_member(&mut reader, begun, modified, site);
    }

    /// Inspects a tar archive while it goes by, and then its members while it goes by once more: it is kept nowhere.
    fn packed_tar(
        &mut self,
        head: &[u8],
        reader: impl Read,
        open: &Open<'_>,
        modified: Option<i64>,
        site: &mut Site<'_, '_>,
    ) {
        let mut subject = Subject::new(modified);
        self.recognizer.reset();
        let mut tee = Tee::new(Cursor::new(head).chain(reader), &mut self.recognizer);
        if let Err(fault) = Tar::new(&mut tee).survey() {
            subject.fault(&fault);
        }
        // What is wrong with the rest was said above, or is not the archive's.
        let mut block = [0; BLOCK_BYTES];
        while tee.read(&mut block).is_ok_and(|read| read > 0) {}
        subject.size_bytes = Some(tee.bytes);
        subject.answer = self.recognizer.finish(Some(&site.name()));
        subject.kind = ArchiveKind::of(&subject.answer, head);
        self.deliver(subject, &Bytes::Again(open), site);
    }

    /// Inspects a member whose bytes go by only once; it is kept if it may have to be looked into.
    fn passing_member(&mut self, reader: &mut dyn Read, begun: Begun, modified: Option<i64>, site: &mut Site<'_, '_>) {
        let Begun { head, mut fault } = begun;
        let mut subject = Subject::new(modified);
        let is_kept = self.depth.scope == Scope::Whole || may_be_container(&head);
        let mut spool = is_kept.then(Spool::default);
        self.recognizer.reset();
        let (mut size_bytes, mut block) = (0, std::mem::take(&mut self.block));
        block.resize(BLOCK_BYTES, 0);
        let mut next = head.as_slice();
        loop {
            self.recognizer.push(next);
            size_bytes += next.len() as u64;
            keep(&mut spool, next, &mut subject);
            if fault.is_some() {
                break;
            }
            let (filled, stop) = fill_noting(reader, &mut block);
            (next, fault) = (&block[..filled], stop);
            if filled == 0 {
                break;
            }
        }
        self.block = block;
        subject.size_bytes = Some(size_bytes);
        if let Some(fault) = &fault {
            subject.fault(fault);
        }
        self.conclude(subject, spool.as_ref(), &head, site);
    }

    /// Says what a member is whose bytes have gone by.
    fn conclude(&mut self, mut subject: Subject<'s>, spool: Option<&Spool>, head: &[u8], site: &mut Site<'_, '_>) {
        let name = site.name();
        match spool.map(|spool| self.inner.identify(spool, Some(&name), self.depth.scope)) {
            Some(Ok(answer)) => subject.answer = answer,
            Some(Err(error)) => subject.fault(&Fault::Read(error)),
            None => subject.answer = self.recognizer.finish(Some(&name)),
        }
        take_container(&mut subject, site);
        if self.depth.has_archives {
            subject.kind = ArchiveKind::of(&subject.answer, head);
        }
        let bytes = spool.map_or(Bytes::Gone, |spool| Bytes::Here(spool));
        self.deliver(subject, &bytes, site);
    }
}

/// The first bytes of a member, and what stood in the way of more.
struct Begun {
    head: Vec<u8>,
    fault: Option<Fault>,
}

impl Begun {
    fn of(reader: &mut dyn Read) -> Self {
        let mut head = vec![0; BLOCK_BYTES];
        let (filled, fault) = fill_noting(reader, &mut head);
        head.truncate(filled);
        Self { head, fault }
    }
}

/// Reads until a buffer is full or the bytes end, and returns how many there were and what stood in the way.
fn fill_noting(reader: &mut dyn Read, buffer: &mut [u8]) -> (usize, Option<Fault>) {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return (filled, Some(error.into())),
        }
    }
    (filled, None)
}

/// Keeps bytes while there is room for them.
fn keep(spool: &mut Option<Spool>, bytes: &[u8], subject: &mut Subject<'_>) {
    match spool.as_mut().map(|spool| spool.push(bytes)) {
        None | Some(Ok(true)) => {}
        Some(Ok(false)) => {
            *spool = None;
            subject.remark(Remark::LIMIT, Spool::too_long());
        }
        Some(Err(error)) => {
            *spool = None;
            subject.remark(Remark::LIMIT, format!("it could not be kept to be looked into: {error}"));
        }
    }
}

/// Takes what looking into a container cost from the budget.
fn take_container(subject: &mut Subject<'_>, site: &Site<'_, '_>) {
    if subject.answer.container.is_some()
        && let Err(fault) = site.budget.take_container()
    {
        subject.fault(&fault);
    }
}

/// Steps into an archive, and out of it again.
fn within(inner: Inner, site: &mut Site<'_, '_>, inspect: impl FnOnce(&mut Site<'_, '_>)) {
    site.location.inner.push(inner);
    inspect(site);
    site.location.inner.pop();
}

/// Writes the row of a member that is not read.
fn not_read(fault: &Fault, modified: Option<i64>, site: &mut Site<'_, '_>) {
    let mut subject = Subject::new(modified);
    subject.fault(fault);
    site.row(&subject, RowKind::File);
}

/// The bytes of a member of a tar archive that goes by.
struct Passing<'a, R> {
    tar: &'a mut Tar<R>,
    member: &'a TarMember,
}

impl<R: super::archive::Forward> Read for Passing<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.tar.read(self.member, buffer)
    }
}
