//! Whose certificates are believed: the authorities that are built in, and those that an installation names beside them.
//!
//! Every client of the program is made by [`agent_config`], so that all believe the same.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use jiff::Timestamp;
use rustls::pki_types::CertificateDer;
use rustls::{CertificateError, RootCertStore};
use ureq::Agent;
use ureq::config::ConfigBuilder;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::typestate::AgentScope;

/// Bytes of a file of authorities at the most: all those of Debian have 220 KiB.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// What this process believes beside the authorities that are built in, once it was told.
static OWN: OnceLock<(Authorities, RootCerts)> = OnceLock::new();

/// Authorities of one's own.
#[derive(Clone)]
pub struct Authorities {
    path: PathBuf,
    certificates: Vec<Certificate<'static>>,
}

/// Why a file of authorities cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoAuthorities {
    /// It cannot be read.
    #[error("cannot read the certificate authorities in {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is too long to be one.
    #[error("{} is longer than {FILE_BYTES_MAX} bytes, which no file of certificate authorities is", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
    },
    /// There is none in it.
    #[error("there is no certificate in {}", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// One of them cannot be read.
    #[error("certificate {number} in {} cannot be read: {because}", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// Which one, from 1.
        number: usize,
        /// What is wrong with it.
        because: String,
    },
}

impl NoAuthorities {
    /// Says what to do.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => {
                "put the file there, readable for the user that runs strongroom, or take the setting out"
            }
            Self::TooLong { .. } => "name a PEM file with the certificates of your authorities alone",
            Self::Empty { .. } => {
                "write the authorities' certificates there as PEM, from -----BEGIN CERTIFICATE----- to -----END \
                 CERTIFICATE-----; `openssl x509 -inform der -in FILE` makes it of DER"
            }
            Self::Broken { .. } => {
                "copy that certificate again from its authority; `openssl x509 -in FILE -noout -subject` says whether it \
                 can be read"
            }
        }
    }
}

impl Authorities {
    /// Reads a PEM file. What is in it beside certificates is passed over.
    ///
    /// # Errors
    /// It cannot be read, or there is no certificate in it, or one that cannot be understood: nothing is left out silently.
    pub fn read(path: &Path) -> Result<Self, NoAuthorities> {
        let path = path.to_owned();
        let mut bytes = Vec::new();
        let read = File::open(&path).and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes));
        if let Err(source) = read {
            return Err(NoAuthorities::Unreadable { path, source });
        }
        if bytes.len() as u64 > FILE_BYTES_MAX {
            return Err(NoAuthorities::TooLong { path });
        }
        let (mut certificates, mut judge) = (Vec::new(), RootCertStore::empty());
        for item in parse_pem(&bytes) {
            let broken =
                |because| Err(NoAuthorities::Broken { path: path.clone(), number: certificates.len() + 1, because });
            let certificate = match item {
                Ok(PemItem::Certificate(certificate)) => certificate,
                Ok(_) => continue,
                Err(error) => return broken(error.to_string()),
            };
            // ureq would leave it out and say nothing.
            if let Err(error) = judge.add(CertificateDer::from(certificate.der())) {
                return broken(error.to_string());
            }
            certificates.push(certificate);
        }
        if certificates.is_empty() {
            return Err(NoAuthorities::Empty { path });
        }
        Ok(Self { path, certificates })
    }

    /// Returns how many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.certificates.len()
    }

    /// Returns the file that they were read from.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl fmt::Debug for Authorities {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Authorities({} of {})", self.count(), self.path.display())
    }
}

/// Has this process believe authorities beside those that are built in, to its end. The first word counts: clients that
/// were made before go on without them, and a second call changes nothing.
pub fn believe(own: Authorities) {
    let built_in = webpki_root_certs::TLS_SERVER_ROOT_CERTS;
    let built_in = built_in.iter().map(|der| Certificate::from_der(der.as_ref()).to_owned());
    let all = RootCerts::from(built_in.chain(own.certificates.iter().cloned()).collect::<Vec<_>>());
    OWN.get_or_init(|| (own, all));
}

/// Returns what is believed beside the authorities that are built in.
#[must_use]
pub fn believed() -> Option<&'static Authorities> {
    OWN.get().map(|(own, _)| own)
}

/// Begins a client that believes what this process believes.
#[must_use]
pub fn agent_config() -> ConfigBuilder<AgentScope> {
    let builder = Agent::config_builder();
    match OWN.get() {
        None => builder,
        Some((_, all)) => builder.tls_config(TlsConfig::builder().root_certs(all.clone()).build()),
    }
}

/// Says why the certificate of a server was not believed, and what to do; `None` when something else failed.
#[must_use]
pub fn disbelief(error: &ureq::Error) -> Option<String> {
    let told = match error {
        ureq::Error::Rustls(error) => error,
        ureq::Error::Io(error) => error.get_ref()?.downcast_ref::<rustls::Error>()?,
        _ => return None,
    };
    let rustls::Error::InvalidCertificate(fault) = told else { return None };
    Some(format!("its certificate is not believed: {}", because(fault, believed())))
}

/// Says why a request failed, and of a certificate that was not believed also what to do.
#[must_use]
pub fn told(error: &ureq::Error) -> String {
    disbelief(error).unwrap_or_else(|| error.to_string())
}

fn because(fault: &CertificateError, own: Option<&Authorities>) -> String {
    let day = |seconds: u64| {
        let time = i64::try_from(seconds).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
        time.map_or_else(|| "a day out of reach".to_owned(), |time| time.to_string())
    };
    let shown = fault.to_string();
    match fault {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => match own {
            None => "no authority that is built in has signed it; if one of your own did, name the PEM file with that \
                     authority's certificate: ca_file of [network] in strongroom.toml, $STRONGROOM_NETWORK__CA_FILE or \
                     $AWS_CA_BUNDLE"
                .to_owned(),
            Some(own) => format!(
                "neither an authority that is built in nor one of those in {} has signed it; add the certificate of the \
                 authority that did, or have the server send those that stand between",
                own.path.display()
            ),
        },
        CertificateError::NotValidForNameContext { expected, presented } => {
            let names = if presented.is_empty() { "none".to_owned() } else { presented.join(", ") };
            format!(
                "it is not for the name {}, its names (subjectAltName) are: {names}; write one of them in the address, or \
                 have a certificate made for this name",
                expected.to_str()
            )
        }
        CertificateError::ExpiredContext { not_after, .. } => {
            format!("it has expired ({}); renew it on the server", day(not_after.as_secs()))
        }
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!("it holds from {} on; set the clock of this machine, or wait", day(not_before.as_secs()))
        }
        _ if shown.contains("CaUsedAsEndEntity") => {
            "it is the certificate of an authority; have the authority sign one for the server (basicConstraints \
             CA:FALSE), and name the authority's own as ca_file of [network] in strongroom.toml"
                .to_owned()
        }
        _ => format!("{shown}; look at it with `openssl s_client -showcerts -connect HOST:PORT`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::s3::base64::base64;

    fn pem(der: &[u8]) -> String {
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", base64(der))
    }

    #[test]
    fn a_file_is_taken_whole_or_refused_with_what_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("authorities.pem");
        let read = |text: &str| {
            std::fs::write(&path, text).unwrap();
            Authorities::read(&path)
        };
        let check = |text: &str, expected: &str, advice: &str| {
            let error = read(text).unwrap_err();
            assert!(error.to_string().contains(expected) && error.advice().contains(advice), "{error}");
            assert!(error.to_string().contains("authorities.pem"), "{error}");
        };
        let [one, other] = [0, 1].map(|place| pem(&webpki_root_certs::TLS_SERVER_ROOT_CERTS[place]));
        assert_eq!(read(&format!("# a comment\n{one}{other}")).unwrap().count(), 2);
        check("", "there is no certificate in", "BEGIN CERTIFICATE");
        check("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "there is no certificate", "PEM");
        check(&format!("{one}{}", pem(b"no certificate")), "certificate 2 in", "copy that certificate again");
        check(&format!("{one}{}", &other[..400]), "certificate 2 in", "copy that certificate again");
        check(&one.replace("MII", "M*I"), "certificate 1 in", "copy that certificate again");
        check(&"x".repeat(FILE_BYTES_MAX as usize + 1), "is longer than", "PEM file");
        std::fs::remove_file(&path).unwrap();
        let error = Authorities::read(&path).unwrap_err();
        assert!(error.to_string().contains("No such file") && error.advice().contains("put the file there"), "{error}");
    }

    #[test]
    fn one_s_own_are_believed_beside_those_that_are_built_in_and_the_first_word_counts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("authorities.pem");
        let built_in = webpki_root_certs::TLS_SERVER_ROOT_CERTS;
        std::fs::write(&path, pem(&built_in[0])).unwrap();
        let own = Authorities::read(&path).unwrap();
        assert!(believed().is_none() && matches!(agent_config().build().tls_config().root_certs(), RootCerts::WebPki));
        believe(own.clone());
        believe(Authorities { path: "/other.pem".into(), ..own });
        let config = agent_config().build();
        let RootCerts::Specific(all) = config.tls_config().root_certs() else { panic!("one's own are not there") };
        assert_eq!(all.len(), built_in.len() + 1);
        assert_eq!(believed().map(Authorities::path), Some(path.as_path()));
    }

    #[test]
    fn what_is_not_believed_is_told_with_what_to_do() {
        let own = Authorities { path: "/etc/own.pem".into(), certificates: Vec::new() };
        let check = |fault: CertificateError, own, expected: &str| {
            let said = because(&fault, own);
            assert!(said.contains(expected), "{fault:?}: {said}");
        };
        check(CertificateError::UnknownIssuer, None, "$STRONGROOM_NETWORK__CA_FILE");
        check(CertificateError::UnknownIssuer, Some(&own), "one of those in /etc/own.pem");
        let name = || CertificateError::NotValidForNameContext {
            expected: "s3.example.org".try_into().unwrap(),
            presented: vec!["store.example.org".to_owned()],
        };
        check(name(), None, "its names (subjectAltName) are: store.example.org");
        let time = rustls::pki_types::UnixTime::since_unix_epoch(std::time::Duration::from_secs(86_400));
        let expired = CertificateError::ExpiredContext { time, not_after: time };
        check(expired, None, "it has expired (1970-01-02T00:00:00Z); renew it on the server");
        check(CertificateError::Revoked, None, "openssl s_client");
        assert!(disbelief(&ureq::Error::HostNotFound).is_none());
    }
}
