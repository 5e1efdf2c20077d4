//! Where traces are sent: the configuration, and over it the variables that OpenTelemetry has for every program.

use std::path::PathBuf;
use std::time::Duration;
use std::{fs, io, io::Read as _};

use serde::{Deserialize, Serialize};

use crate::traces::{NoTarget, Target};

/// Bytes of headers, or of what is said of the process, at the most.
const TEXT_BYTES_MAX: u64 = 1 << 14;
/// How long a collector may take for one answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// What stands below the address of a collector.
const BELOW: &str = "v1/traces";

/// Where traces are sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TracesConfig {
    /// The address of a collector, as in `http://127.0.0.1:4318`; `/v1/traces` is put after it. Without it, nowhere.
    pub endpoint: Option<String>,
    /// The file that holds headers of each request, one `name=value` a line; they may be secret.
    pub headers_file: Option<PathBuf>,
}

/// It cannot be said where traces go.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoTraces {
    /// The target cannot be used.
    #[error(transparent)]
    Target(#[from] NoTarget),
    /// A variable cannot be understood. Its value may be secret.
    #[error("${name} cannot be understood: {because}")]
    Variable {
        /// The variable.
        name: &'static str,
        /// What is wrong with it.
        because: &'static str,
    },
    /// The file with headers cannot be read.
    #[error("cannot read the headers of traces in {}", path.display())]
    Headers {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line of it is no header.
    #[error("line {line} of {} is no header: write name=value", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
}

/// Returns where traces are sent; `None` when that is nowhere.
///
/// # Errors
/// The configuration or a variable cannot be understood, or a file cannot be read.
pub fn traces(config: &TracesConfig) -> Result<Option<Target>, NoTraces> {
    traces_of(config, &|name| std::env::var(name).ok())
}

/// A variable by its name. One that is empty counts as none, as OpenTelemetry wants it.
type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

fn traces_of(config: &TracesConfig, environment: Environment<'_>) -> Result<Option<Target>, NoTraces> {
    let given = |name: &str| environment(name).filter(|value| !value.trim().is_empty());
    if given("OTEL_SDK_DISABLED").is_some_and(|value| value.trim().eq_ignore_ascii_case("true")) {
        return Ok(None);
    }
    match given("OTEL_TRACES_EXPORTER").as_deref() {
        None | Some("otlp") => {}
        Some("none") => return Ok(None),
        Some(_) => return Err(variable("OTEL_TRACES_EXPORTER", "it is otlp or none")),
    }
    let below = |address: String| format!("{}/{BELOW}", address.trim_end_matches('/'));
    let url = given("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
        .or_else(|| given("OTEL_EXPORTER_OTLP_ENDPOINT").map(below))
        .or_else(|| config.endpoint.clone().map(below));
    let Some(url) = url else { return Ok(None) };
    let first =
        |of_traces, of_all| given(of_traces).map(|value| (of_traces, value)).or_else(|| Some((of_all, given(of_all)?)));
    if let Some((name, protocol)) = first("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
        && !protocol.starts_with("http/")
    {
        return Err(variable(name, "traces are sent by http/json: name the collector's HTTP address, as in port 4318"));
    }
    let timeout = match first("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT") {
        Some((name, text)) => text
            .trim()
            .parse()
            .map(Duration::from_millis)
            .map_err(|_| variable(name, "it is a number of milliseconds"))?,
        None => TIMEOUT,
    };
    let mut target = Target::new(&url, timeout)?;
    match first("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS") {
        Some((name, text)) => {
            for (header, value) in pairs(name, &text)? {
                target = target.with_header(&header, &value)?;
            }
        }
        None => target = with_headers_of_file(target, config)?,
    }
    if let Some(name) = given("OTEL_SERVICE_NAME") {
        target = target.with_resource("service.name", &name);
    }
    if let Some(text) = given("OTEL_RESOURCE_ATTRIBUTES") {
        for (name, value) in pairs("OTEL_RESOURCE_ATTRIBUTES", &text)? {
            target = target.with_resource(&name, &value);
        }
    }
    Ok(Some(target.with_resource("service.name", "strongroom")))
}

fn variable(name: &'static str, because: &'static str) -> NoTraces {
    NoTraces::Variable { name, because }
}

fn with_headers_of_file(mut target: Target, config: &TracesConfig) -> Result<Target, NoTraces> {
    let Some(path) = &config.headers_file else { return Ok(target) };
    let mut text = String::new();
    let read = fs::File::open(path).and_then(|file| file.take(TEXT_BYTES_MAX).read_to_string(&mut text));
    read.map_err(|source| NoTraces::Headers { path: path.clone(), source })?;
    for (place, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let bad = || NoTraces::Line { path: path.clone(), line: place + 1 };
        let (name, value) = line.split_once('=').ok_or_else(bad)?;
        target = target.with_header(name.trim(), value.trim())?;
    }
    Ok(target)
}

/// Takes `name=value,name=value` apart; `%2C` in a value is a comma.
fn pairs(variable_name: &'static str, text: &str) -> Result<Vec<(String, String)>, NoTraces> {
    let bad = |because| variable(variable_name, because);
    if text.len() as u64 > TEXT_BYTES_MAX {
        return Err(bad("it is too long"));
    }
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    let pair = |part: &str| {
        let (name, value) = part.split_once('=').ok_or_else(|| bad("write name=value,name=value"))?;
        let value = decoded(value.trim()).ok_or_else(|| bad("a percent sign stands before two hexadecimal digits"))?;
        Ok((name.trim().to_owned(), value))
    };
    parts.map(pair).collect()
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first == b'%' {
            let digits = std::str::from_utf8(after.get(..2)?).ok().filter(|digits| !digits.starts_with('+'))?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &after[2..];
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(config: &TracesConfig, given: &[(&str, &str)]) -> String {
        let environment =
            |name: &str| given.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        match traces_of(config, &environment) {
            Ok(None) => "nowhere".to_owned(),
            Ok(Some(target)) => format!("{target:?}"),
            Err(error) => format!("fault: {error}"),
        }
    }

    #[test]
    fn the_nearest_word_says_where_traces_go() {
        let none = TracesConfig::default();
        let file = TracesConfig { endpoint: Some("http://file:4318".to_owned()), headers_file: None };
        let check = |config: &TracesConfig, given: &[(&str, &str)], expected: &str| {
            let told = told(config, given);
            assert!(told.contains(expected), "{given:?}: {told}");
        };
        let (all, own) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
        check(&none, &[], "nowhere");
        check(&none, &[(all, "")], "nowhere");
        check(&file, &[], "\"http://file:4318/v1/traces\"");
        check(&file, &[(all, "http://all:4318/")], "\"http://all:4318/v1/traces\"");
        check(&file, &[(all, "http://all:4318"), (own, "http://own/x")], "\"http://own/x\"");
        check(&file, &[("OTEL_SDK_DISABLED", "true")], "nowhere");
        check(&file, &[("OTEL_TRACES_EXPORTER", "none")], "nowhere");
        check(&file, &[("OTEL_TRACES_EXPORTER", "zipkin")], "fault: $OTEL_TRACES_EXPORTER");
        check(&file, &[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")], "fault: $OTEL_EXPORTER_OTLP_PROTOCOL");
        check(&file, &[("OTEL_EXPORTER_OTLP_TIMEOUT", "soon")], "fault: $OTEL_EXPORTER_OTLP_TIMEOUT");
        check(&file, &[(all, "nowhere")], "fault: \"nowhere/v1/traces\" is no address");
    }

    #[test]
    fn what_is_said_of_the_process_comes_from_the_environment() {
        let file = TracesConfig { endpoint: Some("http://file:4318".to_owned()), headers_file: None };
        assert!(told(&file, &[]).contains(r#"("service.name", "strongroom")"#));
        let attributes = ("OTEL_RESOURCE_ATTRIBUTES", "service.name=other, deployment.environment.name=a%2Cb");
        let named = told(&file, &[attributes]);
        assert!(named.contains(r#"("service.name", "other"), ("deployment.environment.name", "a,b")"#), "{named}");
        let named = told(&file, &[attributes, ("OTEL_SERVICE_NAME", "ours")]);
        assert!(named.contains(r#"("service.name", "ours")"#) && !named.contains("other"), "{named}");
        assert!(told(&file, &[("OTEL_RESOURCE_ATTRIBUTES", "a=%2")]).starts_with("fault"));
    }

    #[test]
    fn headers_come_from_a_file_or_the_environment_and_are_not_shown() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join("headers");
        let file = TracesConfig { endpoint: Some("http://file:4318".to_owned()), headers_file: Some(path.clone()) };
        assert!(told(&file, &[]).starts_with("fault: cannot read"));
        fs::write(&path, "Authorization=Bearer hush==\n\nx-tenant=a\n").expect("it can be written");
        let shown = told(&file, &[]);
        assert!(shown.contains(r#"["authorization", "x-tenant"]"#) && !shown.contains("hush"), "{shown}");
        let shown = told(&file, &[("OTEL_EXPORTER_OTLP_HEADERS", "api-key=hush")]);
        assert!(shown.contains(r#"["api-key"]"#) && !shown.contains("hush"), "{shown}");
        fs::write(&path, "hush").expect("it can be written");
        assert!(told(&file, &[]).starts_with("fault: line 1 of"));
        let shown = told(&file, &[("OTEL_EXPORTER_OTLP_HEADERS", "hush")]);
        assert!(shown.starts_with("fault: $OTEL_EXPORTER_OTLP_HEADERS") && !shown.contains("hush"), "{shown}");
    }
}
