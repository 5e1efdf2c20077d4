//! What was written is what is read, in XML and in JSON.

use premis::{Event, EventReader, Object, Rights};
use proptest::prelude::*;

use crate::documents::{Document, any_document, any_event, complete, entity, event};

fn read(xml: &[u8]) -> Vec<Event> {
    EventReader::new(xml).collect::<Result<_, _>>().unwrap()
}

#[test]
fn every_event_type_outcome_and_role_is_read_back() {
    let document = complete();
    assert_eq!(read(&document.to_xml()), document.events);
}

#[test]
fn a_document_without_events_has_none() {
    let document = Document { objects: vec![entity("a")], ..Document::default() };
    assert_eq!(read(&document.to_xml()), []);
}

#[test]
fn an_empty_detail_is_not_the_same_as_none() {
    for detail in [None, Some(String::new())] {
        let one = Event { detail, ..event(premis::EventType::Ingestion, premis::Outcome::Success) };
        let document = Document { objects: vec![entity("a")], events: vec![one.clone()], ..Document::default() };
        assert_eq!(read(&document.to_xml()), [one]);
    }
}

#[test]
fn a_control_character_in_a_name_stands_percent_encoded_and_marked() {
    let xml =
        String::from_utf8(Document { objects: vec![entity("a\u{1}b%")], ..Document::default() }.to_xml()).unwrap();
    assert!(
        xml.contains("<premis:objectIdentifierType>local (percent-encoded)</premis:objectIdentifierType>"),
        "{xml}"
    );
    assert!(xml.contains("<premis:objectIdentifierValue>a%01b%25</premis:objectIdentifierValue>"), "{xml}");
    assert!(xml.contains("<premis:originalName>percent-encoded:a%01b%25</premis:originalName>"), "{xml}");
}

#[test]
fn one_of_everything_survives_json() {
    let document = complete();
    let json = serde_json::to_string(&(&document.objects, &document.events, &document.agents, &document.rights));
    let (objects, events, agents, rights): (Vec<Object>, Vec<Event>, Vec<premis::Agent>, Vec<Rights>) =
        serde_json::from_str(&json.unwrap()).unwrap();
    assert_eq!((objects, events), (document.objects, document.events));
    assert_eq!((agents, rights), (document.agents, document.rights));
}

#[test]
fn an_event_in_json_reads_like_premis() {
    let mut one = event(premis::EventType::FixityCheck, premis::Outcome::Success);
    one.agents.truncate(1);
    one.objects.clear();
    let json = serde_json::to_string(&one).unwrap();
    assert_eq!(
        json,
        r#"{"id":"00000000-0000-0000-0000-000000000007","event_type":"fixity check","time":"2026-11-20T21:30:00.123456789Z","detail":"read back from the store","outcome":"success","outcome_note":"sha256 as deposited","agents":[{"identifier":{"scheme":"local","value":"strongroom"},"role":"authorizer"}]}"#
    );
}

proptest! {
    #[test]
    fn any_events_survive_xml(events in prop::collection::vec(any_event(), 0..8)) {
        let document = Document { objects: vec![entity("a")], events, ..Document::default() };
        prop_assert_eq!(read(&document.to_xml()), document.events);
    }

    #[test]
    fn events_are_found_among_whatever_else_there_is(document in any_document()) {
        prop_assert_eq!(read(&document.to_xml()), document.events);
    }

    #[test]
    fn any_event_survives_json(event in any_event()) {
        let json = serde_json::to_string(&event).unwrap();
        prop_assert_eq!(serde_json::from_str::<Event>(&json).unwrap(), event);
    }
}
