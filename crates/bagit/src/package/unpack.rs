//! Hands out members of a package one after the other, for forms in which they do not stand as they are.

use std::io::{self, Read};

use super::catalog::{Catalog, Entered};
use super::limits::PackageLimits;
use super::refusal::finding_in;
use super::stream::{StreamBlocks, open};
use super::tar::{Entries, Next};
use super::zip::ZipReader;
use super::{Bytes, Form, Package};
use crate::{BagitError, Member};

/// Takes the contents of a member; what it does not read is passed over.
pub type Sink<'a> = dyn FnMut(&Member<'_>, &mut dyn Read) -> io::Result<()> + 'a;

impl Package {
    /// Reads the package, again if it was gathered before, and gives the sink each member that is wanted by its path,
    /// in the order of the package. Works for every form; where [`Package::location`] gives an answer, that is
    /// quicker.
    ///
    /// # Errors
    /// A read or the sink fails, or the package is damaged, which gathering has reported.
    pub fn unpack(
        &self,
        limits: &PackageLimits,
        wanted: &dyn Fn(&str) -> bool,
        sink: &mut Sink<'_>,
    ) -> Result<(), BagitError> {
        match self.form {
            Form::TarGzip | Form::TarZstandard => self.unpack_stream(limits, wanted, sink),
            _ => self.unpack_places(limits, wanted, sink),
        }
    }

    fn unpack_stream(
        &self,
        limits: &PackageLimits,
        wanted: &dyn Fn(&str) -> bool,
        sink: &mut Sink<'_>,
    ) -> Result<(), BagitError> {
        let mut entries = open(self, limits).map_err(|error| self.damage(error))?;
        let mut catalog = Catalog::new(*limits);
        loop {
            let mut entry = match entries.next().map_err(|error| self.damage(error))? {
                Next::Entry(entry) => entry,
                Next::End(_) => return Ok(()),
                Next::Broken(finding) => {
                    return Err(BagitError::Damaged { path: self.path.clone(), finding: Box::new(finding) });
                }
            };
            entry.offset_bytes = 0;
            if let Entered::Member(index) = catalog.tar_entry(&entry) {
                let member = catalog.members.get(index);
                if wanted(member.path) {
                    let mut data = Data { entries: &mut entries };
                    sink(&member, &mut data).map_err(|error| self.sink_failed(&member, error))?;
                }
            }
        }
    }

    fn unpack_places(
        &self,
        limits: &PackageLimits,
        wanted: &dyn Fn(&str) -> bool,
        sink: &mut Sink<'_>,
    ) -> Result<(), BagitError> {
        let (catalog, places) = self.list(limits)?;
        for (index, member) in catalog.members.iter().filter(|(_, member)| wanted(member.path)) {
            let mut reader: Box<dyn Read + '_> = match (&self.bytes, places.get(index.get())) {
                (Bytes::File(source), Some(place)) => Box::new(ZipReader::new(source, *place, member.size_bytes)),
                _ => self.open_member(&catalog.members, index)?,
            };
            sink(&member, &mut reader).map_err(|error| self.sink_failed(&member, error))?;
        }
        Ok(())
    }

    /// What a sink fails with may be what its reader failed with.
    fn sink_failed(&self, member: &Member<'_>, error: io::Error) -> BagitError {
        match finding_in(error) {
            Ok(finding) => BagitError::Damaged { path: self.path.clone(), finding: Box::new(finding.at(member.path)) },
            Err(source) => BagitError::Keep { path: member.path.to_owned(), source },
        }
    }

    fn damage(&self, error: io::Error) -> BagitError {
        match finding_in(error) {
            Ok(finding) => BagitError::Damaged { path: self.path.clone(), finding: Box::new(finding) },
            Err(source) => self.error(source),
        }
    }
}

/// Reads the data of the entry at which a walker stands.
struct Data<'a, 'b> {
    entries: &'a mut Entries<StreamBlocks<'b>>,
}

impl Read for Data<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.entries.read_data(buffer)
    }
}
