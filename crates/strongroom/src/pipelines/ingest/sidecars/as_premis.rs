//! What the registry knows, as PREMIS 3.0 has it.

use digests::Digests;
use model::{Event, FileFormat, GatheredFile, ObjectIdentifier, StepError};
use premis::{
    Agent, AgentRole, AgentType, Fixity, Format, Identifier, LinkedAgent, LinkedObject, ObjectRole, Relationship,
    RelationshipKind,
};

use super::super::members;

/// Returns the object as the intellectual entity that its files are part of.
pub fn entity(object: &model::Object) -> premis::Object {
    premis::Object::IntellectualEntity(premis::IntellectualEntity {
        identifier: Identifier::from(object.id.0),
        other_identifiers: vec![Identifier::local(object.identifier.to_string())],
        original_name: Some(object.identifier.name.to_string()),
        relationships: Vec::new(),
        rights: Vec::new(),
    })
}

/// Returns a file of the object.
pub fn file(
    object: &ObjectIdentifier,
    entity: &Identifier,
    signatures: &pronom::Signatures,
    file: &GatheredFile,
) -> premis::Object {
    let format = format(signatures, file.format.as_ref());
    file_of(object, entity, &file.path, file.size_bytes, &members::digests(file), format)
}

/// Returns a file of the object of which these things are known.
pub fn file_of(
    object: &ObjectIdentifier,
    entity: &Identifier,
    path: &str,
    size_bytes: u64,
    digests: &Digests,
    format: Format,
) -> premis::Object {
    premis::Object::File(premis::File {
        identifier: Identifier::local(format!("{object}/{path}")),
        other_identifiers: Vec::new(),
        fixity: digests.iter().map(Fixity::from).collect(),
        size_bytes,
        format,
        original_name: Some(path.to_owned()),
        locations: Vec::new(),
        relationships: vec![Relationship { kind: RelationshipKind::IsPartOf, object: entity.clone() }],
    })
}

/// Returns the format: name and version as PRONOM calls them, and the entry in its registry.
pub fn format(signatures: &pronom::Signatures, format: Option<&FileFormat>) -> Format {
    let Some(format) = format else { return Format::unknown() };
    let known = format.puid.as_deref().and_then(|puid| signatures.format(&pronom::table::Puid::new(puid)));
    let versions = format.signatures.as_deref().map(|versions| format!("; signatures {versions}")).unwrap_or_default();
    let evidence = format.note.as_deref().map(|note| format!(": {note}")).unwrap_or_default();
    Format {
        name: known.map_or_else(|| format.media_type.clone(), |known| known.name.clone()),
        version: known.and_then(|known| known.version.clone()),
        registry: format.puid.as_deref().map(premis::Registry::pronom),
        note: Some(format!("{}, told by {}{evidence}{versions}", format.media_type, format.basis)),
    }
}

/// Returns an event of the object, done by an agent.
///
/// # Errors
/// Its type or outcome is none that PREMIS knows, which is a defect.
pub fn event(event: &Event, entity: &Identifier, agent: &Identifier) -> Result<premis::Event, StepError> {
    Ok(premis::Event {
        id: event.id.0,
        event_type: event.event_type.parse().map_err(StepError::stop)?,
        time: event.at,
        detail: Some(event.detail.clone()),
        outcome: event.outcome.parse().map_err(StepError::stop)?,
        outcome_note: Some(event.note.clone()),
        agents: vec![LinkedAgent { identifier: agent.clone(), role: AgentRole::ExecutingProgram }],
        objects: vec![LinkedObject { identifier: entity.clone(), role: ObjectRole::Source }],
    })
}

/// Returns the program, of which the name and the version are known: `strongroom 0.1.0`.
pub fn program(name_and_version: &str) -> Agent {
    let mut words = name_and_version.split(' ').map(str::to_owned);
    Agent {
        identifier: Identifier::local(name_and_version),
        name: words.next(),
        agent_type: AgentType::Software,
        version: words.next(),
        notes: Vec::new(),
    }
}
