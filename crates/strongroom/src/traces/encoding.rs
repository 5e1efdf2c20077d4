//! Spans as OTLP has them in JSON: identifiers in hexadecimal, times and wide numbers as text, enums as numbers.
//!
//! [OTLP 1.x, JSON Protobuf Encoding](https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::span::{Span, Value};

/// `SPAN_KIND_INTERNAL`: nothing here is a request that another process answers.
const INTERNAL: u32 = 1;
/// `STATUS_CODE_ERROR`; without it a status is not set, as the specification wants of what went well.
const ERROR: u32 = 2;

/// Returns the body of a request, `ExportTraceServiceRequest`.
pub fn request(resource: &[(String, String)], spans: &[Span]) -> String {
    let resource: Vec<_> = resource.iter().map(|(name, text)| attribute(name, &text.as_str().into())).collect();
    let spans: Vec<_> = spans.iter().map(span).collect();
    let scope = json!({ "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") });
    json!({
        "resourceSpans": [{
            "resource": { "attributes": resource },
            "scopeSpans": [{ "scope": scope, "spans": spans }],
        }]
    })
    .to_string()
}

fn span(span: &Span) -> Json {
    let attributes: Vec<_> = span.attributes.iter().map(|(name, value)| attribute(name, value)).collect();
    let mut told = json!({
        "traceId": &*span.trace,
        "spanId": span.id.to_string(),
        "name": span.name,
        "kind": INTERNAL,
        "startTimeUnixNano": nanoseconds(span.begun_at),
        "endTimeUnixNano": nanoseconds(span.ended_at),
        "attributes": attributes,
    });
    if let Some(parent) = span.parent {
        told["parentSpanId"] = parent.to_string().into();
    }
    if let Some(failure) = &span.failure {
        told["status"] = json!({ "code": ERROR, "message": failure });
    }
    told
}

fn attribute(name: &str, value: &Value) -> Json {
    let value = match value {
        Value::Text(text) => json!({ "stringValue": &**text }),
        Value::Number(number) => json!({ "intValue": number.to_string() }),
    };
    json!({ "key": name, "value": value })
}

fn nanoseconds(at: Timestamp) -> String {
    at.as_nanosecond().max(0).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traces::span::SpanId;

    #[test]
    fn a_span_is_told_as_the_specification_wants_it() {
        let (trace, at) =
            ("5b8efff798038103d269b633813fc60c", |second| Timestamp::from_second(second).expect("a time"));
        let failed = Span {
            trace: trace.into(),
            id: SpanId::derive(trace, "store#1"),
            parent: Some(SpanId::root(trace)),
            name: "store",
            begun_at: at(1_544_712_660),
            ended_at: at(1_544_712_661),
            attributes: vec![("item.stage", "store".into()), ("work.id", 7.into())],
            failure: Some("the disk is \"full\"".to_owned()),
        };
        let whole = Span { parent: None, id: SpanId::root(trace), failure: None, ..failed.clone() };
        let text = request(&[("service.name".to_owned(), "strongroom".to_owned())], &[failed, whole]);
        let told: Json = serde_json::from_str(&text).expect("it is JSON");
        let of = &told["resourceSpans"][0];
        assert_eq!(of["resource"]["attributes"][0]["value"]["stringValue"], "strongroom");
        let spans = &of["scopeSpans"][0]["spans"];
        assert_eq!(spans[0]["traceId"], trace);
        assert_eq!(spans[0]["parentSpanId"], spans[1]["spanId"]);
        assert_eq!((&spans[0]["startTimeUnixNano"], &spans[0]["kind"]), (&json!("1544712660000000000"), &json!(1)));
        assert_eq!(spans[0]["attributes"][1], json!({ "key": "work.id", "value": { "intValue": "7" } }));
        assert_eq!(spans[0]["status"], json!({ "code": 2, "message": "the disk is \"full\"" }));
        assert!(spans[1].get("parentSpanId").is_none() && spans[1].get("status").is_none(), "{text}");
    }
}
