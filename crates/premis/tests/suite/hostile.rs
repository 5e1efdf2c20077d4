//! Misuse of the writer, and documents that mean the reader ill.

use std::io::{self, Read, Write};

use premis::{
    DEPTH_MAX, Error, Event, EventReader, EventType, Identifier, LinkedObject, Object, ObjectRole, Outcome,
    TEXT_BYTES_MAX, TOKEN_BYTES_MAX, Writer,
};

use crate::documents::{Document, complete, entity, event, file};

const OPEN: &str = "<premis:premis xmlns:premis='http://www.loc.gov/premis/v3' version='3.0'>";

/// Reads a document to its first error.
fn refusal(document: impl Read) -> Error {
    let reader = EventReader::new(io::BufReader::new(document));
    reader.filter_map(Result::err).next().expect("the document should be refused")
}

/// Reads a document whose only content is this.
fn refusal_of(content: &str) -> Error {
    refusal(format!("{OPEN}{content}</premis:premis>").as_bytes())
}

/// A good event as XML, to be spoilt.
fn good_event() -> String {
    let document = Document {
        objects: vec![entity("a")],
        events: vec![event(EventType::Ingestion, Outcome::Success)],
        ..Document::default()
    };
    let xml = String::from_utf8(document.to_xml()).unwrap();
    let begin = xml.find("<premis:event>").unwrap();
    let end = xml.find("</premis:premis>").unwrap();
    xml[begin..end].to_owned()
}

#[test]
fn the_order_of_the_schema_is_held() {
    let mut writer = Writer::new(Vec::new()).unwrap();
    let one = event(EventType::Ingestion, Outcome::Success);
    assert!(matches!(writer.event(&one), Err(Error::NoObject)));
    writer.object(&entity("a")).unwrap();
    writer.event(&one).unwrap();
    let refused = writer.object(&entity("b")).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "PREMIS wants objects, events, agents, rights in this order: an object came after an event"
    );
    writer.event(&one).unwrap();
    let xml = writer.finish().unwrap();
    assert_eq!(EventReader::new(&xml[..]).count(), 2);
}

#[test]
fn a_document_without_objects_cannot_be_finished() {
    assert!(matches!(Writer::new(Vec::new()).unwrap().finish(), Err(Error::NoObject)));
}

#[test]
fn a_refused_item_leaves_no_trace_in_the_document() {
    let mut writer = Writer::new(Vec::new()).unwrap();
    writer.object(&entity("a")).unwrap();
    let mut too_large = file(1);
    too_large.size_bytes = u64::MAX;
    assert!(matches!(writer.object(&Object::File(too_large)), Err(Error::SizeTooLarge(u64::MAX))));
    let too_long =
        Event { detail: Some("a".repeat(TEXT_BYTES_MAX + 1)), ..event(EventType::Ingestion, Outcome::Success) };
    assert!(matches!(writer.event(&too_long), Err(Error::TextTooLong { .. })));
    let expected = Document { objects: vec![entity("a")], ..Document::default() }.to_xml();
    assert_eq!(writer.finish().unwrap(), expected);
}

#[test]
fn the_longest_text_that_may_be_written_can_be_read_even_percent_encoded() {
    let one = Event {
        detail: Some("\u{1}".repeat(TEXT_BYTES_MAX)),
        outcome_note: Some("\r".repeat(TEXT_BYTES_MAX)),
        ..event(EventType::Ingestion, Outcome::Success)
    };
    let document = Document { objects: vec![entity("a")], events: vec![one], ..Document::default() };
    let read: Vec<_> = EventReader::new(&document.to_xml()[..]).collect::<Result<_, _>>().unwrap();
    assert_eq!(read, document.events);
}

#[test]
fn an_item_without_bound_is_refused() {
    let link = LinkedObject { identifier: Identifier::local("a".repeat(1 << 20)), role: ObjectRole::Source };
    let one = Event { objects: vec![link; 65], ..event(EventType::Ingestion, Outcome::Success) };
    let mut writer = Writer::new(Vec::new()).unwrap();
    writer.object(&entity("a")).unwrap();
    assert!(matches!(writer.event(&one), Err(Error::ItemTooLong { .. })));
}

#[test]
fn after_the_stream_has_failed_nothing_more_is_written() {
    struct Full(usize);
    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut writer = Writer::new(Full(1 << 20)).unwrap();
    let failed = (0..10_000).find_map(|number| writer.object(&Object::File(file(number))).err());
    assert!(matches!(failed, Some(Error::Io(error)) if error.kind() == io::ErrorKind::StorageFull));
    assert!(matches!(writer.object(&entity("a")), Err(Error::Broken)));
    assert!(matches!(writer.finish(), Err(Error::Broken)));
}

#[test]
fn a_document_cut_off_anywhere_is_refused() {
    let mut small = complete();
    small.events.truncate(2);
    let xml = small.to_xml();
    let whole = xml.len() - "\n".len();
    for length in 0..whole {
        let last = EventReader::new(&xml[..length]).last();
        assert!(matches!(last, Some(Err(_))), "cut off after {length} of {whole} bytes");
    }
}

#[test]
fn what_is_not_premis_3_is_refused() {
    assert!(matches!(refusal(&b"<html/>"[..]), Error::NotPremis(_)));
    assert!(matches!(refusal(&b"<premis xmlns='info:lc/xmlns/premis-v2'/>"[..]), Error::NotPremis(_)));
    assert!(matches!(refusal(&b"\xff\xfe<\0a\0"[..]), Error::NotXml(_)));
    assert!(matches!(refusal(&b""[..]), Error::NotXml(_)));
    assert!(matches!(refusal(&b"plain text"[..]), Error::NotXml(_)));
    assert!(matches!(refusal(format!("{OPEN}</premis:premis>{OPEN}").as_bytes()), Error::NotXml(_)));
}

#[test]
fn entities_are_never_expanded() {
    let bomb = "<!DOCTYPE a [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]>";
    assert!(matches!(refusal(format!("{bomb}{OPEN}").as_bytes()), Error::DocumentType));
    let unknown = good_event().replace("sha256", "&xxe;");
    assert!(matches!(refusal_of(&unknown), Error::UnknownEntity(name) if name == "xxe"));
}

#[test]
fn characters_that_xml_forbids_are_refused_as_they_stand_and_as_references() {
    for forbidden in ["\u{1}", "&#1;", "&#x0;", "&#xFFFF;", "&#xD800;", "&#99999999999;"] {
        let spoilt = good_event().replace("sha256", forbidden);
        assert!(matches!(refusal_of(&spoilt), Error::NotXml(_)), "{forbidden:?}");
    }
}

#[test]
fn depth_is_bounded() {
    assert!(matches!(refusal_of(&"<a>".repeat(DEPTH_MAX + 1)), Error::TooDeep(DEPTH_MAX)));
}

#[test]
fn a_token_without_end_is_refused_after_its_bound() {
    for begin in ["<premis:event><premis:eventDetail>", "<a b='", "<!--", "<"] {
        let endless = OPEN.as_bytes().chain(begin.as_bytes()).chain(io::repeat(b'a'));
        assert!(matches!(refusal(endless), Error::TokenTooLong(TOKEN_BYTES_MAX)), "{begin}");
    }
}

#[test]
fn an_event_without_end_is_refused_after_its_bound() {
    struct Again<'a>(&'a [u8], usize);
    impl Read for Again<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            out.iter_mut().for_each(|byte| {
                *byte = self.0[self.1 % self.0.len()];
                self.1 += 1;
            });
            Ok(out.len())
        }
    }
    let event = format!("{OPEN}<premis:event>");
    let endless = event.as_bytes().chain(Again(b"<premis:a>text</premis:a>", 0));
    assert!(matches!(refusal(endless), Error::ItemTooLong { .. }));
}

#[test]
fn an_event_must_have_what_we_always_write_and_only_once() {
    let missing = |element: &str| refusal_of(&good_event().replace(element, "premis:note"));
    assert!(matches!(missing("premis:eventDateTime"), Error::Missing { element: "eventDateTime", .. }));
    assert!(matches!(missing("premis:linkingAgentRole"), Error::Missing { element: "linkingAgentRole", .. }));
    let twice = good_event().replace("premis:eventType ", "premis:eventDetail ").replace("eventType>", "eventDetail>");
    assert!(matches!(refusal_of(&twice), Error::Repeated { element: "eventDetail", .. }));
}

#[test]
fn values_that_cannot_be_understood_name_their_element() {
    let spoilt = good_event().replace("2026-11-20T", "yesterday ");
    assert!(matches!(refusal_of(&spoilt), Error::BadValue { element: "eventDateTime", .. }));
    let spoilt = good_event().replace(">ingestion<", ">swallowing<");
    let refused = refusal_of(&spoilt).to_string();
    assert_eq!(refused, "eventType cannot be `swallowing`: `swallowing` is no term of the vocabulary eventType");
    let spoilt = good_event().replace("sha256 as deposited", "percent-encoded:%zz");
    assert!(matches!(refusal_of(&spoilt), Error::BadValue { element: "eventOutcomeDetailNote", .. }));
}
