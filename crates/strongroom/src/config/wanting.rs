//! What is still wanting in a configuration before it may serve: placeholders, empty values, secrets that cannot be read.

use std::path::Path;

use backends::s3::CredentialSource;
use figment::Figment;
use figment::providers::Serialized;
use figment::value::{Dict, Value};
use jiff::Timestamp;

use super::check::Fault;
use super::load::{ConfigError, sources};
use super::origin::{Told, values};
use super::secret::is_name;
use super::{Config, Place, check, load, traces};

/// Words that stand where a value is to come.
const PLACEHOLDERS: [&str; 5] = ["CHANGEME", "CHANGE_ME", "CHANGE-ME", "REPLACE_ME", "XXXX"];

/// Returns all that is wrong with a configuration, or wanting, at once; nothing when it can serve.
///
/// # Errors
/// The named file is missing.
pub fn wanting(place: &Place, file: Option<&Path>, now: fn() -> Timestamp) -> Result<Vec<Fault>, ConfigError> {
    let mut faults: Vec<_> = match values(place, file) {
        Ok(told) => told.iter().filter_map(placeholder).collect(),
        // Said below, with all that the values would have to say.
        Err(ConfigError::Meaning(_)) => Vec::new(),
        Err(error) => return Err(error),
    };
    match load(place, file) {
        Ok(config) => {
            faults.extend(check(&config));
            faults.extend(secrets(&config, now));
        }
        Err(ConfigError::Meaning(error)) => {
            // Reading the whole ends at the first value that cannot be understood; so each is read by itself.
            let mut each = Each::read(place, file);
            if each.not_understood.is_empty() {
                each.not_understood = error.into_iter().map(|error| error.to_string()).collect();
            }
            let advice = "mend the value, or take it out and the default serves";
            faults
                .extend(each.not_understood.iter().map(|what| Fault { what: what.clone(), advice: advice.to_owned() }));
            if let Ok(config) = each.rest.extract::<Config>() {
                let rest = check(&config).into_iter().chain(secrets(&config, now));
                faults.extend(rest.filter(|fault| !each.is_named(&fault.what)));
            }
        }
        Err(error) => return Err(error),
    }
    Ok(faults)
}

/// A configuration that cannot be understood as a whole, read value by value.
struct Each {
    /// What is wrong with each value that cannot be understood.
    not_understood: Vec<String>,
    /// All others, over the defaults.
    rest: Figment,
    /// What the rows are called that cannot be understood: that they are not there is no other fault.
    left_out: Vec<String>,
}

impl Each {
    fn read(place: &Place, file: Option<&Path>) -> Self {
        let all = sources(place, file)
            .and_then(|figment| figment.extract::<Dict>().map_err(|error| ConfigError::Meaning(Box::new(error))));
        let origins = values(place, file).unwrap_or_default();
        let defaults = || Figment::from(Serialized::defaults(Config::default()));
        let mut each = Self { not_understood: Vec::new(), rest: defaults(), left_out: Vec::new() };
        let fault = |name: &str, part: &str, value: Value| {
            let error = defaults().merge((part, value)).extract::<Config>().err()?;
            let origin = origins.iter().find(|told| told.name.starts_with(name)).map(|told| told.source.as_str());
            let kinds = error.into_iter().map(|error| error.kind.to_string()).collect::<Vec<_>>().join("; ");
            Some(format!("{name} ({}): {kinds}", origin.unwrap_or("the configuration")))
        };
        for (part, value) in all.unwrap_or_default() {
            match value {
                Value::Dict(_, fields) => {
                    for (field, value) in fields {
                        let name = format!("{part}.{field}");
                        let found = fault(&name, &name, value.clone());
                        each.take(&name, value, found);
                    }
                }
                Value::Array(tag, rows) => {
                    let mut good = Vec::new();
                    for (number, row) in rows.into_iter().enumerate() {
                        match fault(&format!("{part}[{number}]"), &part, Value::Array(tag, vec![row.clone()])) {
                            None => good.push(row),
                            Some(found) => {
                                each.not_understood.push(found);
                                each.left_out.extend(["id", "name", "url"].iter().find_map(|key| text(&row, key)));
                            }
                        }
                    }
                    each.take(&part, Value::Array(tag, good), None);
                }
                other => {
                    let found = fault(&part, &part, other.clone());
                    each.take(&part, other, found);
                }
            }
        }
        each
    }

    fn take(&mut self, name: &str, value: Value, fault: Option<String>) {
        match fault {
            Some(fault) => self.not_understood.push(fault),
            None => self.rest = std::mem::take(&mut self.rest).merge((name, value)),
        }
    }

    /// Returns whether a fault speaks of a row that was left out.
    fn is_named(&self, fault: &str) -> bool {
        let is_part = |part: char| part.is_whitespace() || part == ',';
        self.left_out.iter().any(|name| fault.split(is_part).any(|word| word == name))
    }
}

fn text(row: &Value, key: &str) -> Option<String> {
    row.as_dict()?.get(key)?.as_str().map(str::to_owned)
}

fn placeholder(told: &Told) -> Option<Fault> {
    let text = told.text.as_deref()?.trim();
    let upper = text.to_uppercase();
    let seen = if text.is_empty() {
        "is empty"
    } else if PLACEHOLDERS.iter().any(|word| upper.contains(word)) || (text.contains('<') && text.contains('>')) {
        "is a placeholder"
    } else {
        return None;
    };
    let advice = "write the value that is meant, or take it out".to_owned();
    Some(Fault { what: format!("{} {seen} ({})", told.name, told.source), advice })
}

fn secrets(config: &Config, now: fn() -> Timestamp) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut add = |what: String, advice: &str| faults.push(Fault { what, advice: advice.to_owned() });
    match config.database.password(now) {
        Err(error) => {
            add(format!("{error}: {}", cause(&error)), what_to_do(config));
        }
        Ok(Some(text)) if text.trim().is_empty() => {
            add("the database's password is empty".to_owned(), "write it into its file");
        }
        Ok(Some(text)) if is_placeholder(&text) => {
            add("the database's password is a placeholder".to_owned(), "write the real one into its file");
        }
        Ok(_) => {}
    }
    for place in &config.receiving {
        if let Ok(CredentialSource::None(advice)) = place.server().credential_source(now) {
            add(format!("the receiving place {} has no credentials", place.url), &advice);
        }
    }
    for place in &config.restore_places {
        if let Ok(CredentialSource::None(advice)) = place.server().credential_source(now) {
            add(format!("the restore place {} has no credentials", place.url), &advice);
        }
    }
    for store in &config.stores {
        // What cannot be read at all is told by the check of the store's address.
        let found = match store.credential_source(now) {
            Ok(Some(CredentialSource::None(advice))) => {
                add(format!("the store {} has no credentials", store.id), &advice);
                continue;
            }
            Ok(Some(later @ CredentialSource::Later(_))) => {
                if let Err(failure) = later.get(now()) {
                    add(format!("the store {}: {failure}", store.id), "the rest says what to do");
                }
                continue;
            }
            Ok(Some(CredentialSource::Given(found))) => found,
            Ok(Some(CredentialSource::Files(files))) => files.held(),
            _ => continue,
        };
        if is_placeholder(&found.key_id) || is_placeholder(&found.secret) {
            add(
                format!("the credentials of the store {} are a placeholder ({})", store.id, found.origin),
                "write the real ones there",
            );
        }
    }
    if let Err(error) = traces(&config.traces) {
        add(told(&error), "mend it, or take it out: traces are then sent nowhere (docs/operators/traces.md)");
    }
    if config.database.url.as_deref().is_some_and(has_password) {
        add(
            "database.url bears a password, which everybody may read who sees the configuration".to_owned(),
            "write it into a file and name that as database.password_file",
        );
    }
    faults
}

fn what_to_do(config: &Config) -> &'static str {
    match &config.database.password_file {
        Some(path) if is_name(path) => "the message says what to do; nothing else is asked for the password",
        _ => "write it there, readable for the user that runs strongroom",
    }
}

fn is_placeholder(secret: &str) -> bool {
    let upper = secret.to_uppercase();
    secret.trim().is_empty() || PLACEHOLDERS.iter().any(|word| upper.contains(word))
}

fn has_password(url: &str) -> bool {
    let who = url.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@'));
    who.is_some_and(|(who, _)| who.contains(':'))
}

fn told(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

fn cause(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(String::new, ToString::to_string)
}
