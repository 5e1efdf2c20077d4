//! Documents to test with: one of everything, and any that may be.

use std::str::FromStr;

use digests::{Algorithm, Digest};
use jiff::Timestamp;
use premis::{
    Agent, AgentRole, AgentType, Basis, Event, EventType, File, Fixity, Format, Grant, Identifier, IntellectualEntity,
    LinkedAgent, LinkedObject, Location, Object, ObjectRole, Outcome, Registry, Relationship, RelationshipKind,
    Representation, Rights, Scheme, Term, Writer,
};
use proptest::prelude::*;
use uuid::Uuid;

/// All that one document holds.
#[derive(Debug, Clone, Default)]
pub struct Document {
    pub objects: Vec<Object>,
    pub events: Vec<Event>,
    pub agents: Vec<Agent>,
    pub rights: Vec<Rights>,
}

impl Document {
    pub fn to_xml(&self) -> Vec<u8> {
        let mut writer = Writer::new(Vec::new()).unwrap();
        self.objects.iter().for_each(|object| writer.object(object).unwrap());
        self.events.iter().for_each(|event| writer.event(event).unwrap());
        self.agents.iter().for_each(|agent| writer.agent(agent).unwrap());
        self.rights.iter().for_each(|rights| writer.rights(rights).unwrap());
        writer.finish().unwrap()
    }
}

pub fn entity(name: &str) -> Object {
    Object::IntellectualEntity(IntellectualEntity {
        identifier: Identifier::local(name),
        other_identifiers: vec![Identifier::uri("https://example.org/1")],
        original_name: Some(name.to_owned()),
        relationships: vec![],
        rights: vec![Identifier::local("rights/1")],
    })
}

pub fn file(number: u64) -> File {
    let digest = format!("{number:064x}");
    File {
        identifier: Uuid::from_u128(u128::from(number)).into(),
        other_identifiers: vec![Identifier::local(format!("example.edu/photographs/data/{number}.jpg"))],
        fixity: vec![Digest::parse(Algorithm::Sha256, &digest).unwrap().into()],
        size_bytes: number,
        format: Format {
            name: "JPEG File Interchange Format".to_owned(),
            version: Some("1.01".to_owned()),
            registry: Some(Registry { name: "PRONOM".to_owned(), key: "fmt/43".to_owned() }),
            note: Some("by signature".to_owned()),
        },
        original_name: Some(format!("data/{number}.jpg")),
        locations: vec![Location {
            address: Identifier::uri(format!("file:///stores/a/{number}")),
            medium: Some("a".to_owned()),
        }],
        relationships: vec![Relationship {
            kind: RelationshipKind::IsIncludedIn,
            object: Identifier::local("example.edu/photographs/v1"),
        }],
    }
}

pub fn event(event_type: EventType, outcome: Outcome) -> Event {
    Event {
        id: Uuid::from_u128(7),
        event_type,
        time: Timestamp::from_str("2026-11-20T21:30:00.123456789Z").unwrap(),
        detail: Some("read back from the store".to_owned()),
        outcome,
        outcome_note: Some("sha256 as deposited".to_owned()),
        agents: AgentRole::ALL
            .iter()
            .map(|role| LinkedAgent { identifier: Identifier::local("strongroom"), role: *role })
            .collect(),
        objects: ObjectRole::ALL
            .iter()
            .map(|role| LinkedObject { identifier: Identifier::local("example.edu/photographs"), role: *role })
            .collect(),
    }
}

/// One of everything: each category, event type, outcome, role, type of agent and basis of rights.
pub fn complete() -> Document {
    let representation = Representation {
        identifier: Identifier::local("example.edu/photographs/v1"),
        other_identifiers: vec![],
        original_name: Some("photographs.tar".to_owned()),
        locations: vec![Location { address: Identifier::uri("s3://bucket/photographs"), medium: None }],
        relationships: vec![Relationship {
            kind: RelationshipKind::Represents,
            object: Identifier::local("example.edu/photographs"),
        }],
    };
    let mut any_digest = file(2);
    any_digest.fixity = Algorithm::all()
        .map(|algorithm| Fixity {
            digest: Digest::parse(algorithm, &"ab".repeat(algorithm.length_bytes())).unwrap(),
            originator: Some("depositor".to_owned()),
        })
        .collect();
    any_digest.format = Format::unknown();
    Document {
        objects: vec![
            entity("example.edu/photographs"),
            Object::Representation(representation),
            Object::File(file(1)),
            Object::File(any_digest),
        ],
        events: EventType::ALL
            .iter()
            .flat_map(|event_type| Outcome::ALL.iter().map(|outcome| event(*event_type, *outcome)))
            .collect(),
        agents: AgentType::ALL
            .iter()
            .map(|agent_type| Agent {
                identifier: Identifier::local("strongroom"),
                name: Some("Strongroom".to_owned()),
                agent_type: *agent_type,
                version: Some("0.1.0".to_owned()),
                notes: vec!["https://example.org".to_owned(), "second note".to_owned()],
            })
            .collect(),
        rights: bases().into_iter().map(rights).collect(),
    }
}

fn bases() -> Vec<Basis> {
    let note = Some("a note".to_owned());
    vec![
        Basis::Copyright { status: "public domain".to_owned(), jurisdiction: "de".to_owned(), note: note.clone() },
        Basis::License {
            terms: "CC BY 4.0".to_owned(),
            document: Some(Identifier::uri("https://creativecommons.org/licenses/by/4.0/")),
            note: note.clone(),
        },
        Basis::Statute { jurisdiction: "de".to_owned(), citation: "§ 15 UrhG".to_owned(), note: note.clone() },
        Basis::Other { basis: "policy".to_owned(), note },
    ]
}

fn rights(basis: Basis) -> Rights {
    Rights {
        identifier: Identifier::local("rights/1"),
        basis,
        grants: vec![Grant {
            act: "replicate".to_owned(),
            restrictions: vec!["no more than three copies".to_owned()],
            term: Some(Term { start: "2026".to_owned(), end: Some("2036-12-31".to_owned()) }),
            note: Some("renewable".to_owned()),
        }],
        objects: vec![Identifier::local("example.edu/photographs")],
        agents: vec![Identifier::local("example.edu")],
    }
}

/// Any text, with more than its share of what XML dislikes.
pub fn hostile_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        (0_u8..32).prop_map(|control| char::from(control).to_string()),
        prop::sample::select(vec![
            "]]>",
            "<!--",
            "&amp;",
            "&#1;",
            "<a>",
            "%00",
            "%",
            "percent-encoded:",
            " (percent-encoded)",
            "\r\n",
            " ",
            "\u{FFFE}",
            "\u{FFFF}",
            "\u{1FFFE}",
            "\u{202E}",
            "\u{7F}",
            "\u{85}",
            "\u{2028}",
            "e\u{301}",
            "../",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn any_identifier() -> impl Strategy<Value = Identifier> {
    let scheme = prop_oneof![Just("local".to_owned()), Just("UUID".to_owned()), hostile_text()];
    (scheme, hostile_text()).prop_map(|(scheme, value)| Identifier { scheme: Scheme::from(scheme), value })
}

pub fn any_event() -> impl Strategy<Value = Event> {
    let agent = (any_identifier(), prop::sample::select(AgentRole::ALL))
        .prop_map(|(identifier, role)| LinkedAgent { identifier, role });
    let object = (any_identifier(), prop::sample::select(ObjectRole::ALL))
        .prop_map(|(identifier, role)| LinkedObject { identifier, role });
    let time = (-377_705_023_201..253_402_207_200_i64, 0..1_000_000_000_i32)
        .prop_map(|(second, nanosecond)| Timestamp::new(second, nanosecond.min(999_999_999)).unwrap_or_default());
    (
        (any::<u128>(), prop::sample::select(EventType::ALL), time, prop::sample::select(Outcome::ALL)),
        (prop::option::of(hostile_text()), prop::option::of(hostile_text())),
        (prop::collection::vec(agent, 0..3), prop::collection::vec(object, 0..3)),
    )
        .prop_map(|((id, event_type, time, outcome), (detail, outcome_note), (agents, objects))| Event {
            id: Uuid::from_u128(id),
            event_type,
            time,
            detail,
            outcome,
            outcome_note,
            agents,
            objects,
        })
}

pub fn any_file() -> impl Strategy<Value = Object> {
    (any_identifier(), hostile_text(), hostile_text(), 0..i64::MAX as u64).prop_map(
        |(identifier, name, format, size_bytes)| {
            Object::File(File {
                identifier,
                original_name: Some(name),
                format: Format::named(format),
                size_bytes,
                ..file(1)
            })
        },
    )
}

/// Makes any name hostile: for the documents that are checked with a foreign program.
pub fn any_document() -> impl Strategy<Value = Document> {
    (
        prop::collection::vec(any_file(), 1..4),
        prop::collection::vec(any_event(), 0..4),
        (hostile_text(), hostile_text(), hostile_text()),
    )
        .prop_map(|(objects, events, (name, terms, act))| {
            let mut document = Document { objects, events, ..complete() };
            for agent in &mut document.agents {
                agent.name = Some(name.clone());
            }
            for rights in &mut document.rights {
                rights.basis = Basis::License { terms: terms.clone(), document: None, note: Some(name.clone()) };
                rights.grants[0].act.clone_from(&act);
            }
            document
        })
}
