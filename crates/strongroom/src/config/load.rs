//! Reading the configuration: defaults, then the file, then the environment.

use std::path::{Path, PathBuf};
use std::sync::Once;

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};

use super::network::{NotBelievable, believe_authorities};
use super::{Config, Place};

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file that was named is not there.
    #[error("there is no configuration file {}", .0.display())]
    Missing(PathBuf),
    /// A value cannot be understood.
    #[error("cannot understand the configuration: {0}")]
    Meaning(Box<figment::Error>),
    /// The authorities that it names cannot be believed.
    #[error("{0}; {advice}", advice = .0.advice())]
    Authorities(NotBelievable),
}

/// Reads the configuration: the file that is named, else `strongroom.toml` in the data directory if it is there; over
/// it the environment, as in `STRONGROOM_INGEST__SETTLE_SECONDS=30`. From then on this process believes the authorities
/// that it names.
///
/// # Errors
/// The named file is missing, a value cannot be understood, or the authorities that it names cannot be believed. Those that
/// a variable of other programs names are done without: fewer are believed, and an installation of folders needs none.
pub fn load(place: &Place, file: Option<&Path>) -> Result<Config, ConfigError> {
    let config = read(place, file)?;
    match believe_authorities(&config, place) {
        Err(fault) if fault.is_of_other_programs() => {
            static ONCE: Once = Once::new();
            ONCE.call_once(|| tracing::warn!("{fault}; {}", fault.advice()));
        }
        answer => answer.map_err(ConfigError::Authorities)?,
    }
    Ok(config)
}

/// Reads the configuration, and does nothing about it.
///
/// # Errors
/// The named file is missing, or a value cannot be understood.
pub(super) fn read(place: &Place, file: Option<&Path>) -> Result<Config, ConfigError> {
    sources(place, file)?.extract().map_err(|error| ConfigError::Meaning(Box::new(error)))
}

/// Returns where values come from, the weakest first; none is understood yet.
///
/// # Errors
/// The named file is missing.
pub(super) fn sources(place: &Place, file: Option<&Path>) -> Result<Figment, ConfigError> {
    let mut figment = Figment::from(Serialized::defaults(Config::default()));
    match file {
        Some(file) if !file.is_file() => return Err(ConfigError::Missing(file.to_owned())),
        Some(file) => figment = figment.merge(Toml::file_exact(file)),
        None if place.config_file().is_file() => figment = figment.merge(Toml::file_exact(place.config_file())),
        None => {}
    }
    let environment = Env::prefixed(Config::PREFIX).ignore(&["data", "config", "log"]).split("__");
    // Names of the environment are in capitals here, and compared without regard to that.
    let is_ours = |key: &figment::value::UncasedStr| Config::PARTS.iter().any(|known| key.starts_with(known));
    Ok(figment.merge(environment.filter(is_ours)))
}
