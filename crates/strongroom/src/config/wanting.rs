//! What is still wanting in a configuration before it may serve: placeholders, empty values, secrets that cannot be read.

use std::path::Path;

use backends::s3::CredentialSource;

use super::check::Fault;
use super::load::ConfigError;
use super::origin::{Told, values};
use super::{Config, Place, check, load, traces};

/// Words that stand where a value is to come.
const PLACEHOLDERS: [&str; 5] = ["CHANGEME", "CHANGE_ME", "CHANGE-ME", "REPLACE_ME", "XXXX"];

/// Returns all that is wrong with a configuration, or wanting, at once; nothing when it can serve.
///
/// # Errors
/// The named file is missing.
pub fn wanting(place: &Place, file: Option<&Path>) -> Result<Vec<Fault>, ConfigError> {
    let mut faults: Vec<_> = match values(place, file) {
        Ok(told) => told.iter().filter_map(placeholder).collect(),
        // Said below, with all that the values would have to say.
        Err(ConfigError::Meaning(_)) => Vec::new(),
        Err(error) => return Err(error),
    };
    match load(place, file) {
        Ok(config) => {
            faults.extend(check(&config));
            faults.extend(secrets(&config));
        }
        Err(ConfigError::Meaning(error)) => {
            // Reading ends at the first value that cannot be understood; placeholders were looked for without understanding.
            faults.extend(error.into_iter().map(|error| Fault {
                what: error.to_string(),
                advice: "mend the value, or take it out and the default serves".to_owned(),
            }));
        }
        Err(error) => return Err(error),
    }
    Ok(faults)
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

fn secrets(config: &Config) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut add = |what: String, advice: &str| faults.push(Fault { what, advice: advice.to_owned() });
    match config.database.password() {
        Err(error) => {
            add(format!("{error}: {}", cause(&error)), "write it there, readable for the user that runs strongroom");
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
        if let Ok(CredentialSource::None(advice)) = place.server().credential_source() {
            add(format!("the receiving place {} has no credentials", place.url), &advice);
        }
    }
    for store in &config.stores {
        // What cannot be read at all is told by the check of the store's address.
        let found = match store.credential_source() {
            Ok(Some(CredentialSource::None(advice))) => {
                add(format!("the store {} has no credentials", store.id), &advice);
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
