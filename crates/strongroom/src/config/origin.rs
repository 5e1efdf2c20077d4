//! Every value of the configuration with where it came from, for people to look at. Secrets are masked.

use std::path::Path;

use backends::database::with_password_masked;
use figment::value::{Dict, Tag, Value};
use figment::{Figment, Source};
use serde::Serialize;

use super::load::{ConfigError, sources};
use super::{Config, Place};

/// What stands for a secret.
const MASK: &str = "********";

/// One value, and where it came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Told {
    /// Its name, as in `ingest.settle_seconds` or `stores[0].url`.
    pub name: String,
    /// The value as JSON; a secret is masked.
    pub value: String,
    /// `default`, the file, or the environment variable.
    pub source: String,
    /// The text itself where it is one, unmasked, to be judged and never shown.
    #[serde(skip)]
    pub text: Option<String>,
}

/// Returns every value in force, in the order of their names.
///
/// # Errors
/// The named file is missing, or cannot be read as TOML.
pub fn values(place: &Place, file: Option<&Path>) -> Result<Vec<Told>, ConfigError> {
    let figment = sources(place, file)?;
    let all: Dict = figment.extract().map_err(|error| ConfigError::Meaning(Box::new(error)))?;
    let mut told = Vec::new();
    for (name, value) in &all {
        walk(&figment, name, value, &mut told);
    }
    Ok(told)
}

fn walk(figment: &Figment, name: &str, value: &Value, told: &mut Vec<Told>) {
    match value {
        Value::Dict(_, fields) => {
            fields.iter().for_each(|(field, value)| walk(figment, &format!("{name}.{field}"), value, told));
        }
        Value::Array(tag, values) if values.is_empty() => told.push(one(figment, name, *tag, "[]", None)),
        Value::Array(_, values) => {
            values.iter().enumerate().for_each(|(place, value)| {
                walk(figment, &format!("{name}[{place}]"), value, told);
            });
        }
        Value::String(tag, text) => {
            let shown = format!("{:?}", masked(name, text));
            told.push(one(figment, name, *tag, &shown, Some(text.clone())));
        }
        // Nothing is configured there.
        Value::Empty(..) => {}
        Value::Bool(tag, yes) => told.push(one(figment, name, *tag, &yes.to_string(), None)),
        Value::Char(tag, letter) => told.push(one(figment, name, *tag, &format!("{letter:?}"), None)),
        Value::Num(tag, number) => {
            let shown = number.to_i128().map(|number| number.to_string());
            let shown = shown.or_else(|| number.to_u128().map(|number| number.to_string()));
            let shown = shown.or_else(|| number.to_f64().map(|number| number.to_string()));
            told.push(one(figment, name, *tag, &shown.unwrap_or_default(), None));
        }
    }
}

fn one(figment: &Figment, name: &str, tag: Tag, value: &str, text: Option<String>) -> Told {
    let metadata = figment.get_metadata(tag);
    let source = match metadata.and_then(|metadata| metadata.source.as_ref()) {
        Some(Source::File(path)) => path.display().to_string(),
        _ if metadata.is_some_and(|metadata| metadata.name.contains("environment")) => variable(name),
        _ => "default".to_owned(),
    };
    Told { name: name.to_owned(), value: value.to_owned(), source, text }
}

/// Returns the environment variable that gives a value; a list is given as a whole.
fn variable(name: &str) -> String {
    let whole = name.split('[').next().unwrap_or(name);
    format!("${}{}", Config::PREFIX, whole.replace('.', "__").to_uppercase())
}

/// Secrets belong into files of their own; one that is here all the same is not shown.
fn masked<'a>(name: &str, text: &'a str) -> std::borrow::Cow<'a, str> {
    let last = name.rsplit('.').next().unwrap_or(name);
    let is_secret = ["password", "secret", "token"].iter().any(|word| last.contains(word)) && !last.ends_with("_file");
    if is_secret && !text.is_empty() {
        return MASK.into();
    }
    with_password_masked(text, MASK).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_and_their_places_are_not() {
        let check = |name, text, expected: &str| assert_eq!(masked(name, text), expected, "{name}");
        check("database.url", "postgres://ada:hush@db/strongroom", "postgres://ada:********@db/strongroom");
        check("database.url", "postgres://ada@db/strongroom", "postgres://ada@db/strongroom");
        check(
            "database.url",
            "postgres://ada@db/strongroom?password=hush",
            "postgres://ada@db/strongroom?password=********",
        );
        check("database.password", "hush", MASK);
        check("database.password_file", "/run/secrets/x", "/run/secrets/x");
        check("stores[0].url", "stores/first", "stores/first");
    }
}
