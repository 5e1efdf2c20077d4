//! The configuration: every fault at once.

use std::path::Path;

use backends::authorities::believed;

use super::check::Check;
use crate::config::{self, Config, Place};

const NAME: &str = "configuration";
const AUTHORITIES: &str = "certificate authorities";

/// Reads the configuration; `None` when it cannot be understood. One that has faults is returned all the same, so that
/// the rest can be checked.
pub fn read(place: &Place, file: Option<&Path>, checks: &mut Vec<Check>) -> Option<Config> {
    let shown = file.map_or_else(|| place.config_file(), Path::to_owned);
    let config = match config::load(place, file) {
        Ok(config) => config,
        Err(config::ConfigError::Authorities(fault)) => {
            checks.push(Check::fault(AUTHORITIES, fault.to_string(), fault.advice()));
            return None;
        }
        Err(error) => {
            let advice = format!("mend {} or the STRONGROOM_… variable that is named", shown.display());
            checks.push(Check::fault(NAME, error.to_string(), advice));
            return None;
        }
    };
    let faults = config::check(&config);
    if faults.is_empty() {
        let source = if shown.is_file() { shown.display().to_string() } else { "the defaults".to_owned() };
        let (institutions, stores) = (config.institutions.len(), config.stores.len());
        checks.push(Check::ok(NAME, format!("from {source}: {institutions} institutions, {stores} stores")));
    }
    if let Err(fault) = config::believe_authorities(&config, place) {
        checks.push(Check::fault(AUTHORITIES, fault.to_string(), fault.advice()));
    } else if let Some(own) = believed() {
        let seen = format!("{} of {} are believed beside those that are built in", own.count(), own.path().display());
        checks.push(Check::ok(AUTHORITIES, seen));
    }
    checks.extend(faults.into_iter().map(|fault| Check::fault(NAME, fault.what, fault.advice)));
    Some(config)
}
