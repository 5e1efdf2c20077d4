//! The streaming writer: a PREMIS document of any length in constant memory.

use std::io::{BufWriter, Write};

use crate::item::{self, Item};
use crate::{Agent, Error, Event, NAMESPACE, Object, Rights, write_object, write_rights};

/// What the document holds so far; the schema wants this order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Section {
    Nothing,
    Objects,
    Events,
    Agents,
    Rights,
    Broken,
}

impl Section {
    fn name(self) -> &'static str {
        match self {
            Section::Nothing => "the root",
            Section::Objects => "an object",
            Section::Events => "an event",
            Section::Agents => "an agent",
            Section::Rights => "a rights statement",
            Section::Broken => "an error",
        }
    }
}

/// Writes one PREMIS 3.0 document: objects, then events, agents and rights statements.
///
/// Each of these is written whole or not at all: after a refusal the document can be gone on with; after a failure of
/// the stream it cannot. A writer that is dropped without [`Writer::finish`] leaves a document that is not well-formed,
/// so that half a document is never taken for a whole one.
pub struct Writer<W: Write> {
    out: BufWriter<W>,
    buffer: Vec<u8>,
    section: Section,
}

impl<W: Write> Writer<W> {
    /// Starts a document. The stream need not be buffered.
    ///
    /// # Errors
    /// The stream failed.
    pub fn new(out: W) -> Result<Self, Error> {
        let mut out = BufWriter::with_capacity(1 << 16, out);
        out.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")?;
        writeln!(
            out,
            "<premis:premis xmlns:premis=\"{NAMESPACE}\" \
             xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" version=\"3.0\">"
        )?;
        Ok(Self { out, buffer: Vec::new(), section: Section::Nothing })
    }

    /// Writes an object; the first of the document must be one.
    ///
    /// # Errors
    /// An event, agent or rights statement came before; a text or the object is too long; a size is above 2^63 - 1; the
    /// stream failed.
    pub fn object(&mut self, object: &Object) -> Result<(), Error> {
        self.write(Section::Objects, |item| write_object::write(item, object))
    }

    /// Writes an event.
    ///
    /// # Errors
    /// No object, or an agent or rights statement, came before; a text or the event is too long; the stream failed.
    pub fn event(&mut self, event: &Event) -> Result<(), Error> {
        self.write(Section::Events, |item| write_event(item, event))
    }

    /// Writes an agent.
    ///
    /// # Errors
    /// No object, or a rights statement, came before; a text or the agent is too long; the stream failed.
    pub fn agent(&mut self, agent: &Agent) -> Result<(), Error> {
        self.write(Section::Agents, |item| write_agent(item, agent))
    }

    /// Writes a rights statement.
    ///
    /// # Errors
    /// No object came before; a text or the statement is too long; the stream failed.
    pub fn rights(&mut self, rights: &Rights) -> Result<(), Error> {
        self.write(Section::Rights, |item| write_rights::write(item, rights))
    }

    /// Ends the document and returns the stream, flushed out of our buffer; making it durable is the caller's.
    ///
    /// # Errors
    /// There was no object; the stream failed now or before.
    pub fn finish(mut self) -> Result<W, Error> {
        match self.section {
            Section::Broken => return Err(Error::Broken),
            Section::Nothing => return Err(Error::NoObject),
            _ => {}
        }
        self.out.write_all(b"</premis:premis>\n")?;
        self.out.into_inner().map_err(|error| Error::Io(error.into_error()))
    }

    fn write(&mut self, section: Section, fill: impl FnOnce(&mut Item) -> Result<(), Error>) -> Result<(), Error> {
        match self.section {
            Section::Broken => return Err(Error::Broken),
            Section::Nothing if section != Section::Objects => return Err(Error::NoObject),
            before if before > section => {
                return Err(Error::OutOfOrder { found: section.name(), after: before.name() });
            }
            _ => {}
        }
        let mut item = Item::new(std::mem::take(&mut self.buffer));
        fill(&mut item)?;
        self.buffer = item.into_bytes();
        self.buffer.push(b'\n');
        self.section = Section::Broken;
        self.out.write_all(&self.buffer)?;
        self.section = section;
        Ok(())
    }
}

fn write_event(item: &mut Item, event: &Event) -> Result<(), Error> {
    item.nested("premis:event", |item| {
        item.identifier(item::EVENT, &event.id.into())?;
        item.term("premis:eventType", event.event_type.term())?;
        item.text("premis:eventDateTime", &event.time.to_string())?;
        if let Some(detail) = &event.detail {
            item.nested("premis:eventDetailInformation", |item| item.text("premis:eventDetail", detail))?;
        }
        item.nested("premis:eventOutcomeInformation", |item| {
            item.term("premis:eventOutcome", event.outcome.term())?;
            let Some(note) = &event.outcome_note else { return Ok(()) };
            item.nested("premis:eventOutcomeDetail", |item| item.text("premis:eventOutcomeDetailNote", note))
        })?;
        for agent in &event.agents {
            item.identifier_with(item::LINKED_AGENT, &agent.identifier, |item| {
                item.term("premis:linkingAgentRole", agent.role.term())
            })?;
        }
        for object in &event.objects {
            item.identifier_with(item::LINKED_OBJECT, &object.identifier, |item| {
                item.term("premis:linkingObjectRole", object.role.term())
            })?;
        }
        Ok(())
    })
}

fn write_agent(item: &mut Item, agent: &Agent) -> Result<(), Error> {
    item.nested("premis:agent", |item| {
        item.identifier(item::AGENT, &agent.identifier)?;
        item.text_if("premis:agentName", agent.name.as_deref())?;
        item.term("premis:agentType", agent.agent_type.term())?;
        item.text_if("premis:agentVersion", agent.version.as_deref())?;
        agent.notes.iter().try_for_each(|note| item.text("premis:agentNote", note))
    })
}
