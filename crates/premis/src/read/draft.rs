//! An event in the reading: its elements are gathered as they close.

use std::fmt::Display;
use std::str::FromStr;

use uuid::Uuid;

use crate::{Error, Event, Identifier, LinkedAgent, LinkedObject, Scheme, text};

/// What has been read of an event.
#[derive(Default)]
pub(super) struct Draft {
    scheme: Option<String>,
    id: Option<String>,
    event_type: Option<String>,
    time: Option<String>,
    detail: Option<String>,
    outcome: Option<String>,
    outcome_note: Option<String>,
    link: Link,
    agents: Vec<LinkedAgent>,
    objects: Vec<LinkedObject>,
}

/// What has been read of a link to an agent or object.
#[derive(Default)]
struct Link {
    scheme: Option<String>,
    value: Option<String>,
    role: Option<String>,
}

impl Draft {
    /// Takes an element that has just ended, by its name, which is unique within an event.
    pub(super) fn close(&mut self, name: &str, content: String) -> Result<(), Error> {
        match name {
            "eventIdentifierType" => self.set("eventIdentifierType", content, |draft| &mut draft.scheme),
            "eventIdentifierValue" => self.set("eventIdentifierValue", content, |draft| &mut draft.id),
            "eventType" => self.set("eventType", content, |draft| &mut draft.event_type),
            "eventDateTime" => self.set("eventDateTime", content, |draft| &mut draft.time),
            "eventDetail" => self.set("eventDetail", content, |draft| &mut draft.detail),
            "eventOutcome" => self.set("eventOutcome", content, |draft| &mut draft.outcome),
            "eventOutcomeDetailNote" => self.set("eventOutcomeDetailNote", content, |draft| &mut draft.outcome_note),
            "linkingAgentIdentifierType" => {
                self.set("linkingAgentIdentifierType", content, |draft| &mut draft.link.scheme)
            }
            "linkingAgentIdentifierValue" => {
                self.set("linkingAgentIdentifierValue", content, |draft| &mut draft.link.value)
            }
            "linkingAgentRole" => self.set("linkingAgentRole", content, |draft| &mut draft.link.role),
            "linkingObjectIdentifierType" => {
                self.set("linkingObjectIdentifierType", content, |draft| &mut draft.link.scheme)
            }
            "linkingObjectIdentifierValue" => {
                self.set("linkingObjectIdentifierValue", content, |draft| &mut draft.link.value)
            }
            "linkingObjectRole" => self.set("linkingObjectRole", content, |draft| &mut draft.link.role),
            "linkingAgentIdentifier" => self.end_agent(),
            "linkingObjectIdentifier" => self.end_object(),
            _ => Ok(()),
        }
    }

    /// Makes the event, whose end has been read.
    pub(super) fn finish(mut self) -> Result<Event, Error> {
        let scheme = self.need("eventIdentifierType", |draft| &mut draft.scheme)?;
        if Scheme::from(scheme.as_str()) != Scheme::Uuid {
            return Err(bad("eventIdentifierType", &scheme, &"our events are identified by a UUID"));
        }
        let event_type = self.need("eventType", |draft| &mut draft.event_type)?;
        let time = self.need("eventDateTime", |draft| &mut draft.time)?;
        let outcome = self.need("eventOutcome", |draft| &mut draft.outcome)?;
        let id = self.need("eventIdentifierValue", |draft| &mut draft.id)?;
        Ok(Event {
            id: parse::<Uuid>("eventIdentifierValue", &id)?,
            event_type: parse("eventType", &event_type)?,
            time: parse("eventDateTime", &time)?,
            detail: self.detail.map(|detail| decode("eventDetail", detail)).transpose()?,
            outcome: parse("eventOutcome", &outcome)?,
            outcome_note: self.outcome_note.map(|note| decode("eventOutcomeDetailNote", note)).transpose()?,
            agents: self.agents,
            objects: self.objects,
        })
    }

    fn set(
        &mut self,
        element: &'static str,
        content: String,
        slot: fn(&mut Self) -> &mut Option<String>,
    ) -> Result<(), Error> {
        if slot(self).is_some() {
            return Err(Error::Repeated { event: self.name(), element });
        }
        *slot(self) = Some(content);
        Ok(())
    }

    fn need(&mut self, element: &'static str, slot: fn(&mut Self) -> &mut Option<String>) -> Result<String, Error> {
        slot(self).take().ok_or_else(|| Error::Missing { event: self.name(), element })
    }

    fn end_agent(&mut self) -> Result<(), Error> {
        let scheme = self.need("linkingAgentIdentifierType", |draft| &mut draft.link.scheme)?;
        let value = self.need("linkingAgentIdentifierValue", |draft| &mut draft.link.value)?;
        let role = self.need("linkingAgentRole", |draft| &mut draft.link.role)?;
        let identifier = identifier("linkingAgentIdentifierValue", scheme, value)?;
        self.agents.push(LinkedAgent { identifier, role: parse("linkingAgentRole", &role)? });
        Ok(())
    }

    fn end_object(&mut self) -> Result<(), Error> {
        let scheme = self.need("linkingObjectIdentifierType", |draft| &mut draft.link.scheme)?;
        let value = self.need("linkingObjectIdentifierValue", |draft| &mut draft.link.value)?;
        let role = self.need("linkingObjectRole", |draft| &mut draft.link.role)?;
        let identifier = identifier("linkingObjectIdentifierValue", scheme, value)?;
        self.objects.push(LinkedObject { identifier, role: parse("linkingObjectRole", &role)? });
        Ok(())
    }

    fn name(&self) -> String {
        self.id.clone().unwrap_or_else(|| "without identifier".to_owned())
    }
}

fn identifier(element: &'static str, scheme: String, value: String) -> Result<Identifier, Error> {
    let shown = value.clone();
    let (scheme, value) =
        text::decode_identifier(scheme, value).ok_or_else(|| bad(element, &shown, &"it is not percent-encoded"))?;
    Ok(Identifier { scheme: scheme.into(), value })
}

fn decode(element: &'static str, content: String) -> Result<String, Error> {
    let shown = content.clone();
    text::decode(content).ok_or_else(|| bad(element, &shown, &"it is not percent-encoded"))
}

fn parse<T: FromStr<Err: Display>>(element: &'static str, value: &str) -> Result<T, Error> {
    value.parse().map_err(|error: T::Err| bad(element, value, &error))
}

/// Makes the error of a value, of which it shows no more than a line.
fn bad(element: &'static str, value: &str, reason: &dyn Display) -> Error {
    const SHOWN_CHARS_MAX: usize = 100;
    let value = value.chars().take(SHOWN_CHARS_MAX).collect();
    Error::BadValue { element, value, reason: reason.to_string() }
}
