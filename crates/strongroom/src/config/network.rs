//! Whose certificates are believed beside those that are built in: the file of the configuration, else of a usual variable.

use std::path::{Path, PathBuf};

use backends::authorities::{Authorities, NoAuthorities, believe, believed};
use serde::{Deserialize, Serialize};

use super::secret::variable;
use super::{Config, Place};

/// What other programs take such a file from; the first that is set counts.
const VARIABLES: [&str; 2] = ["AWS_CA_BUNDLE", "SSL_CERT_FILE"];

/// What holds for every connection that is made from here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkConfig {
    /// The PEM file of further certificate authorities, relative to the data directory; else `$AWS_CA_BUNDLE`, else
    /// `$SSL_CERT_FILE`.
    pub ca_file: Option<PathBuf>,
}

/// The authorities that are configured cannot be believed.
#[derive(Debug, thiserror::Error)]
#[error("{origin}: {fault}")]
pub struct NotBelievable {
    /// Where their file is named.
    origin: String,
    fault: NoAuthorities,
}

impl NotBelievable {
    /// Says whether a variable of other programs names the file: what does without it goes on, and what does not is told.
    #[must_use]
    pub fn is_of_other_programs(&self) -> bool {
        self.origin.starts_with('$')
    }

    /// Says what to do.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        self.fault.advice()
    }
}

/// Has this process believe what is configured. The file is read once in a process.
///
/// # Errors
/// It cannot be read, holds no certificate, or one that cannot be understood.
pub fn believe_authorities(config: &Config, place: &Place) -> Result<(), NotBelievable> {
    if believed().is_some() {
        return Ok(());
    }
    let Some((origin, path)) = file_of(&config.network, place.path(), &variable) else { return Ok(()) };
    believe(Authorities::read(&path).map_err(|fault| NotBelievable { origin, fault })?);
    Ok(())
}

/// Returns where the file is named, and the file.
fn file_of(
    config: &NetworkConfig,
    data: &Path,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Option<(String, PathBuf)> {
    let configured = config.ca_file.as_ref().filter(|path| !path.as_os_str().is_empty());
    let configured = configured.map(|path| ("network.ca_file".to_owned(), data.join(path)));
    configured.or_else(|| VARIABLES.iter().find_map(|name| Some((format!("${name}"), variable(name)?.into()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_comes_before_the_variables_of_other_programs() {
        let check = |ca_file: Option<&str>, given: &[(&str, &str)], expected: Option<(&str, &str)>| {
            let config = NetworkConfig { ca_file: ca_file.map(PathBuf::from) };
            let variable =
                |name: &str| given.iter().find(|(known, _)| *known == name).map(|(_, path)| (*path).to_owned());
            let found = file_of(&config, Path::new("/data"), &variable);
            let expected = expected.map(|(origin, path)| (origin.to_owned(), PathBuf::from(path)));
            assert_eq!(found, expected, "{ca_file:?} {given:?}");
        };
        let (bundle, usual) = (("AWS_CA_BUNDLE", "/bundle.pem"), ("SSL_CERT_FILE", "/usual.pem"));
        check(None, &[], None);
        check(Some("own.pem"), &[usual, bundle], Some(("network.ca_file", "/data/own.pem")));
        check(Some("/etc/own.pem"), &[], Some(("network.ca_file", "/etc/own.pem")));
        check(None, &[usual, bundle], Some(("$AWS_CA_BUNDLE", "/bundle.pem")));
        check(None, &[usual], Some(("$SSL_CERT_FILE", "/usual.pem")));
        check(Some(""), &[usual], Some(("$SSL_CERT_FILE", "/usual.pem")));
    }
}
