//! The configuration: every fault at once.

use std::path::Path;

use super::check::Check;
use crate::config::{self, Config, Place};

const NAME: &str = "configuration";

/// Reads the configuration; `None` when it cannot be understood. One that has faults is returned all the same, so that
/// the rest can be checked.
pub fn read(place: &Place, file: Option<&Path>, checks: &mut Vec<Check>) -> Option<Config> {
    let shown = file.map_or_else(|| place.config_file(), Path::to_owned);
    let config = match config::load(place, file) {
        Ok(config) => config,
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
    checks.extend(faults.into_iter().map(|fault| Check::fault(NAME, fault.what, fault.advice)));
    Some(config)
}
