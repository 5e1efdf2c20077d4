//! A change of the configuration file, written beside it and put in its place.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use model::StorageOption;
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, Value, value};

use super::StoreConfig;

/// What the file is called that holds what was configured before the first change.
const BEFORE: &str = "before-move";

/// What is to be configured from now on. What is not named stays as it is, with its comments.
#[derive(Debug, Default)]
pub struct Change<'a> {
    /// All stores; those that the file names already are left as they stand there.
    pub stores: &'a [StoreConfig],
    /// All storage options, each with all of its stores.
    pub storage_options: &'a [StorageOption],
    /// The address of the database's server, without a password.
    pub database_url: Option<&'a str>,
    /// Where its password is.
    pub password_file: Option<&'a str>,
}

/// Changes a configuration file, or makes it. Returns where it was kept as it had been before the first change, if it
/// was there. Twice is once; killed in between, the file is the one or the other.
///
/// # Errors
/// It cannot be read as TOML, or not be written.
pub fn change(file: &Path, change: &Change<'_>) -> io::Result<Option<PathBuf>> {
    let before = match fs::read_to_string(file) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let invalid = |error: toml_edit::TomlError| io::Error::new(io::ErrorKind::InvalidData, error);
    let mut document: DocumentMut = before.as_deref().unwrap_or_default().parse().map_err(invalid)?;
    apply(&mut document, change);
    let kept = before.is_some().then(|| with_ending(file, BEFORE));
    if let (Some(text), Some(kept)) = (&before, &kept)
        && !kept.exists()
    {
        replace(kept, text)?;
    }
    replace(file, &document.to_string())?;
    Ok(kept)
}

fn with_ending(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(format!(".{ending}"));
    PathBuf::from(name)
}

/// Puts a text in the place of a file, whole or not at all.
fn replace(file: &Path, text: &str) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let beside = with_ending(file, "partial");
    let mut written = fs::File::create(&beside)?;
    written.write_all(text.as_bytes())?;
    written.sync_all()?;
    fs::rename(&beside, file)?;
    fs::File::open(folder)?.sync_all()
}

fn apply(document: &mut DocumentMut, change: &Change<'_>) {
    if !change.stores.is_empty() {
        let stores = document.entry("stores").or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
        for store in change.stores {
            if !is_named(stores, "id", &store.id.0) {
                push(stores, settings_of(store));
            }
        }
    }
    if !change.storage_options.is_empty() {
        let options = document.entry("storage_options").or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
        for option in change.storage_options {
            let stores = Value::Array(option.stores.iter().map(|store| store.0.as_str()).collect::<Array>());
            if !set(options, &option.name, &stores) {
                push(options, vec![("name", Value::from(option.name.as_str())), ("stores", stores)]);
            }
        }
    }
    if let Some(url) = change.database_url {
        let database = document.entry("database").or_insert(Item::Table(Table::new()));
        database["url"] = value(url);
        if let Some(file) = change.password_file {
            database["password_file"] = value(file);
        }
    }
}

/// Says whether a list has a row of that name, in whichever form the file has it.
fn is_named(list: &Item, key: &str, name: &str) -> bool {
    match list {
        Item::ArrayOfTables(tables) => tables.iter().any(|table| table.get(key).and_then(Item::as_str) == Some(name)),
        Item::Value(Value::Array(array)) => array
            .iter()
            .any(|row| row.as_inline_table().and_then(|table| table.get(key)).and_then(Value::as_str) == Some(name)),
        _ => false,
    }
}

/// Sets the stores of an option; `false` when the list has none of that name.
fn set(options: &mut Item, name: &str, stores: &Value) -> bool {
    match options {
        Item::ArrayOfTables(tables) => {
            let named = tables.iter_mut().find(|table| table.get("name").and_then(Item::as_str) == Some(name));
            named.map(|table| table["stores"] = value(stores.clone())).is_some()
        }
        Item::Value(Value::Array(array)) => {
            let mut tables = array.iter_mut().filter_map(Value::as_inline_table_mut);
            let named = tables.find(|table| table.get("name").and_then(Value::as_str) == Some(name));
            named.map(|table| drop(table.insert("stores", stores.clone()))).is_some()
        }
        _ => false,
    }
}

fn push(list: &mut Item, row: Vec<(&str, Value)>) {
    match list {
        Item::ArrayOfTables(tables) => {
            let mut table = Table::new();
            row.into_iter().for_each(|(key, setting)| table[key] = value(setting));
            tables.push(table);
        }
        Item::Value(Value::Array(array)) => array.push(row.into_iter().collect::<InlineTable>()),
        // Anything else was refused when the configuration was read.
        _ => {}
    }
}

/// Those settings that a store has which was named in an argument, or that is one of the defaults.
fn settings_of(store: &StoreConfig) -> Vec<(&'static str, Value)> {
    let mut settings = vec![("id", Value::from(store.id.0.as_str())), ("url", Value::from(store.url.as_str()))];
    let texts = [("endpoint", &store.endpoint), ("region", &store.region), ("credentials", &store.credentials)];
    settings.extend(texts.into_iter().filter_map(|(key, text)| Some((key, Value::from(text.as_deref()?)))));
    settings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn read(text: &str) -> Config {
        use figment::providers::{Format as _, Serialized, Toml};
        let figment = figment::Figment::from(Serialized::defaults(Config::default())).merge(Toml::string(text));
        figment.extract().unwrap_or_else(|error| panic!("{error}\n{text}"))
    }

    fn changed(text: &str) -> (String, Config) {
        let far = StoreConfig {
            endpoint: Some("https://s3.example.org".to_owned()),
            ..StoreConfig::new("far".into(), "s3://keep/archive".to_owned())
        };
        let mut config: Config = read(text);
        config.stores.push(far);
        config.storage_options[0].stores.push("far".into());
        let mut document: DocumentMut = text.parse().expect("it is TOML");
        let change = Change {
            stores: &config.stores,
            storage_options: &config.storage_options,
            database_url: Some("postgres://ada@db/strongroom"),
            password_file: None,
        };
        apply(&mut document, &change);
        apply(&mut document, &change);
        config.database.url = Some("postgres://ada@db/strongroom".to_owned());
        (document.to_string(), config)
    }

    #[test]
    fn whatever_form_a_file_has_it_says_afterwards_what_was_wanted_and_keeps_its_comments() {
        for text in [
            "",
            "# ours\n[ingest]\nsettle_seconds = 7 # seven\n",
            "stores = [{ id = \"a\", url = \"a\" }]\nstorage_options = [{ name = \"Standard\", stores = [\"a\"] }]\n# end\n",
            "[[stores]]\nid = \"a\" # first\nurl = \"a\"\n\n[[storage_options]]\nname = \"Standard\"\nstores = [\"a\"]\n\
             [database]\n# none yet\n",
        ] {
            let (after, expected) = changed(text);
            let read: Config = read(&after);
            assert_eq!(read, expected, "{after}");
            for comment in text.split('#').skip(1).filter_map(|rest| rest.lines().next()) {
                assert!(after.contains(comment), "{comment} has gone from\n{after}");
            }
        }
    }
}
