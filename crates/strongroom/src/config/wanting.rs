//! What is still wanting in a configuration before it may serve: placeholders, empty values, secrets that cannot be read.

use std::path::Path;

use backends::database::has_password;
use backends::s3::{CredentialSource, Failure};
use figment::Figment;
use figment::providers::Serialized;
use figment::value::{Dict, Value};
use jiff::Timestamp;

use super::check::Fault;
use super::load::{ConfigError, read, sources};
use super::network::believe_authorities;
use super::origin::{Told, values};
use super::secret::is_name;
use super::{Config, Place, check, traces};

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
    match read(place, file) {
        Ok(config) => {
            faults.extend(authorities(&config, place));
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
                let rest = authorities(&config, place).into_iter().chain(check(&config)).chain(secrets(&config, now));
                faults.extend(rest.filter(|fault| !each.is_named(&fault.what)));
            }
        }
        Err(error) => return Err(error),
    }
    Ok(faults)
}

/// Looks at the authorities, which secrets may be fetched by.
fn authorities(config: &Config, place: &Place) -> Option<Fault> {
    let fault = believe_authorities(config, place).err()?;
    Some(Fault { what: fault.to_string(), advice: fault.advice().to_owned() })
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
    faults.extend(of_buckets(config, now));
    let mut add = |what: String, advice: &str| faults.push(Fault { what, advice: advice.to_owned() });
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

/// Looks at the credentials of every bucket, whatever it is for.
fn of_buckets(config: &Config, now: fn() -> Timestamp) -> Vec<Fault> {
    let places = config.receiving.iter().map(|place| (format!("the receiving place {}", place.url), place.server()));
    let results =
        config.restore_places.iter().map(|place| (format!("the restore place {}", place.url), place.server()));
    let places = places.chain(results).map(|(whose, server)| (whose, server.credential_source(now).map(Some)));
    let stores = config.stores.iter().map(|store| (format!("the store {}", store.id), store.credential_source(now)));
    // What cannot be read at all is told by the check of the address.
    let found = places.chain(stores).filter_map(|(whose, source)| Some((whose, source.ok()??)));
    found.filter_map(|(whose, source)| credentials(&whose, source, now)).collect()
}

fn credentials(whose: &str, source: CredentialSource, now: fn() -> Timestamp) -> Option<Fault> {
    let found = match source {
        source @ (CredentialSource::None(_) | CredentialSource::Instance(_)) => {
            let advice = lacking(&source, now)?;
            return Some(Fault { what: format!("{whose} has no credentials"), advice });
        }
        later @ CredentialSource::Later(_) => match later.get(now()) {
            Ok(found) => found,
            Err(failure) => {
                let advice = "the rest says what to do".to_owned();
                return Some(Fault { what: format!("{whose}: {failure}"), advice });
            }
        },
        CredentialSource::Given(found) => found,
        CredentialSource::Files(files) => files.held(),
        // What a platform hands out is no text that somebody wrote.
        _ => return None,
    };
    let mut parts = [&found.key_id, &found.secret].into_iter().chain(&found.token);
    parts.any(|part| is_placeholder(part)).then(|| Fault {
        what: format!("the credentials of {} are a placeholder ({})", whose, found.origin),
        advice: "write the real ones there".to_owned(),
    })
}

/// Returns what to do where there are no credentials. Whether a machine of EC2 has a role is known to its service alone.
fn lacking(source: &CredentialSource, now: fn() -> Timestamp) -> Option<String> {
    match source {
        CredentialSource::None(advice) => Some(advice.clone()),
        machine @ CredentialSource::Instance(_) => match machine.get(now()) {
            Err(Failure::NoCredentials(advice)) => Some(advice),
            _ => None,
        },
        _ => None,
    }
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

fn told(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

fn cause(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(String::new, ToString::to_string)
}
