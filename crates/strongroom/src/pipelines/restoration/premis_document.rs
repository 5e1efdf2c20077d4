//! What the registry knows of the object, its files and what happened to them, as PREMIS 3: it goes along in the bag.

use premis::{Identifier, Writer};

use super::super::ingest::sidecars::as_premis;
use super::RestorationError;
use super::contents::{Contents, digests};
use super::spooled::Spooling;

/// Events read at once.
const PAGE_ROWS: u32 = 500;

/// A PREMIS document that is being written: files first, then what happened.
pub struct PremisDocument<'a> {
    contents: &'a Contents<'a>,
    signatures: &'a pronom::Signatures,
    entity: Identifier,
    writer: Writer<Spooling>,
}

impl<'a> PremisDocument<'a> {
    /// Begins with the object.
    ///
    /// # Errors
    /// Staging cannot be written.
    pub fn begin(
        contents: &'a Contents<'a>,
        signatures: &'a pronom::Signatures,
        spooling: Spooling,
    ) -> Result<Self, RestorationError> {
        let mut writer = Writer::new(spooling).map_err(broken)?;
        writer.object(&as_premis::entity(contents.object)).map_err(broken)?;
        Ok(Self { contents, signatures, entity: Identifier::from(contents.object.id.0), writer })
    }

    /// Adds a file, as it was deposited.
    ///
    /// # Errors
    /// Staging cannot be written.
    pub fn file(&mut self, file: &model::FileVersion) -> Result<(), RestorationError> {
        let format = as_premis::format(self.signatures, Some(&file.format));
        let identifier = &self.contents.object.identifier;
        let object = as_premis::file_of(identifier, &self.entity, &file.path, file.size_bytes, &digests(file), format);
        self.writer.object(&object).map_err(broken)
    }

    /// Adds all events of the object up to this version, and the programs that brought them about; with a time in Unix
    /// seconds, those that were known then.
    ///
    /// # Errors
    /// The registry cannot be read, or staging not be written.
    pub fn end(mut self, until: Option<i64>) -> Result<Spooling, RestorationError> {
        let (contents, mut after) = (self.contents, 0);
        let mut programs: Vec<String> = Vec::new();
        loop {
            let query = contents.database.history_of_object(contents.object.id, contents.version, after, PAGE_ROWS);
            let page = contents.ask(query)?;
            let Some(last) = page.last() else { break };
            after = last.number;
            for stored in page.iter().filter(|one| until.is_none_or(|until| one.event.at.as_second() <= until)) {
                let event = &stored.event;
                let program = as_premis::program(&event.agent);
                let event = as_premis::event(event, &self.entity, &program.identifier);
                let event = event.map_err(|error| RestorationError::Registry(error.to_string()))?;
                self.writer.event(&event).map_err(broken)?;
                if !programs.contains(&stored.event.agent) {
                    programs.push(stored.event.agent.clone());
                }
            }
        }
        for program in &programs {
            self.writer.agent(&as_premis::program(program)).map_err(broken)?;
        }
        self.writer.finish().map_err(broken)
    }
}

fn broken(error: premis::Error) -> RestorationError {
    match error {
        premis::Error::Io(source) => RestorationError::Staging(source),
        other => RestorationError::Registry(other.to_string()),
    }
}
