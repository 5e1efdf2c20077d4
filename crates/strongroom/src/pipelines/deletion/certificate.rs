//! The certificate of a deletion: a statement, and a signature that anybody can check without us.
//!
//! The statement is kept as the very text that was signed, so that a checker needs no agreement on how JSON is written.
//! Ed25519 (RFC 8032) signs the same text the same way each time, which makes the step safe to repeat.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use digests::{Algorithm, Algorithms, Hasher};
use jiff::Timestamp;
use model::{Agreed, Confirmed, DeletedFile, DeletionId, Extent, ObjectId, ObjectIdentifier};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use serde::{Deserialize, Serialize};

use super::super::Clock;

/// What a certificate calls itself.
const FORMAT: &str = "strongroom-certificate/1";
/// What the statement in it calls itself.
pub const STATEMENT_FORMAT: &str = "strongroom-deletion/1";
/// Files that a statement names one by one; those of a longer list it names by the digest of the list.
pub const FILES_NAMED_MAX: usize = 100;
/// The folder of public keys among the tombstones of a store.
pub const KEYS: &str = "keys";
/// Bytes of a key file at the most.
const KEY_BYTES_MAX: u64 = 4096;
/// An Ed25519 public key as RFC 8410 writes it begins so.
const PUBLIC_KEY_START: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// What keeps a certificate from being made or believed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// The file of the key cannot be read or written.
    #[error("cannot use the key of certificates {}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file of the key holds none.
    #[error("{} holds no key for certificates: bring it back from a backup, or move it away, and a new one is made", .0.display())]
    NoKey(PathBuf),
    /// The text is no certificate.
    #[error("this is no certificate of a deletion: {0}")]
    NotUnderstood(String),
    /// The signature does not belong to the statement.
    #[error(
        "the signature is not that of the statement: it was changed after it was signed, or never signed by this key"
    )]
    Forged,
    /// The system gives no random bytes.
    #[error("the system gives no random bytes to make a key of")]
    NoChance,
}

/// What a certificate says, and the proof that the holder of the key said so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// What this is.
    pub format: String,
    /// What is said: a [`Statement`] as JSON, byte for byte as it was signed.
    pub statement: String,
    /// How it is signed.
    pub algorithm: String,
    /// The 32 bytes of the public key, in hexadecimal.
    pub public_key: String,
    /// The 64 bytes of the signature over the UTF-8 bytes of the statement, in hexadecimal.
    pub signature: String,
}

/// What is certified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// What this is.
    pub format: String,
    /// The program that destroyed it, with its version.
    pub agent: String,
    /// The deletion.
    pub deletion: DeletionId,
    /// What was asked for, in words.
    pub scope: String,
    /// Why.
    pub reason: String,
    /// Who asked.
    pub requested: Agreed,
    /// Who approved.
    pub approved: Option<Agreed>,
    /// The object.
    pub object: ObjectIdentifier,
    /// Its identity.
    pub object_id: ObjectId,
    /// How much of it went.
    pub extent: Extent,
    /// Files that went, each once for every version that brought bytes under its path.
    pub files: u64,
    /// Their bytes.
    pub size_bytes: u64,
    /// The files, where they are not too many to be named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub named: Vec<DeletedFile>,
    /// The sha256 of the list of all files, which lies beside the tombstone.
    pub files_sha256: String,
    /// The sha256 of the tombstone.
    pub tombstone_sha256: String,
    /// The stores, and when each was looked at and had the bytes no more.
    pub stores: Vec<Confirmed>,
    /// When the last of them had confirmed.
    pub deleted_at: Timestamp,
}

/// The public half of the key that certificates are signed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(Vec<u8>);

/// The key that certificates are signed with.
pub struct SigningKey(Ed25519KeyPair);

impl SigningKey {
    /// Reads the key; it is made when there is none yet. Two processes that do so at once get the same one.
    ///
    /// # Errors
    /// The file cannot be read, written or understood.
    pub fn open(path: &Path, clock: &Clock) -> Result<Self, CertificateError> {
        let fault = |source| CertificateError::Key { path: path.to_owned(), source };
        if !path.try_exists().map_err(fault)? {
            let seed = clock.secret().ok_or(CertificateError::NoChance)?;
            make(path, &seed, &clock.event_id().to_string()).map_err(fault)?;
        }
        let mut text = String::new();
        File::open(path).and_then(|file| file.take(KEY_BYTES_MAX).read_to_string(&mut text)).map_err(fault)?;
        let seed = from_hex(text.trim()).ok_or_else(|| CertificateError::NoKey(path.to_owned()))?;
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed);
        pair.map(Self).map_err(|_| CertificateError::NoKey(path.to_owned()))
    }

    /// Returns the public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.public_key().as_ref().to_vec())
    }

    /// Signs a statement.
    ///
    /// # Errors
    /// It cannot be written as JSON, which is a defect.
    pub fn certify(&self, statement: &Statement) -> Result<Certificate, CertificateError> {
        let text = serde_json::to_string_pretty(statement);
        let statement = text.map_err(|error| CertificateError::NotUnderstood(error.to_string()))?;
        Ok(Certificate {
            format: FORMAT.to_owned(),
            signature: to_hex(self.0.sign(statement.as_bytes()).as_ref()),
            statement,
            algorithm: "ed25519".to_owned(),
            public_key: to_hex(&self.public().0),
        })
    }
}

/// Writes a new key under a name of its own, and gives it its name if nobody was faster.
fn make(path: &Path, seed: &[u8; 32], draft: &str) -> io::Result<()> {
    let new = path.with_extension(format!("{draft}.new"));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    writeln!(file, "{}", to_hex(seed))?;
    file.sync_all()?;
    match renameat_with(CWD, &new, CWD, path, RenameFlags::NOREPLACE) {
        Err(rustix::io::Errno::EXIST) => fs::remove_file(&new),
        other => {
            other?;
            let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
            File::open(folder)?.sync_all()
        }
    }
}

impl Certificate {
    /// Reads a certificate, without believing it yet.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(text: &str) -> Result<Self, CertificateError> {
        let certificate: Self =
            serde_json::from_str(text).map_err(|error| CertificateError::NotUnderstood(error.to_string()))?;
        if certificate.format == FORMAT && certificate.algorithm == "ed25519" {
            return Ok(certificate);
        }
        Err(CertificateError::NotUnderstood(format!("its format is {}", certificate.format)))
    }

    /// Returns the key that it names.
    ///
    /// # Errors
    /// It names none.
    pub fn key(&self) -> Result<PublicKey, CertificateError> {
        let key = from_hex(&self.public_key).filter(|key| key.len() == 32);
        key.map(PublicKey).ok_or_else(|| CertificateError::NotUnderstood("it names no public key".to_owned()))
    }

    /// Returns what it says, once its signature is found to be that of the key that it names. Whether that key is to be
    /// trusted is for the caller to know.
    ///
    /// # Errors
    /// The signature is not that of the statement, or the statement cannot be read.
    pub fn statement(&self) -> Result<Statement, CertificateError> {
        let signature = from_hex(&self.signature).ok_or(CertificateError::Forged)?;
        let key = UnparsedPublicKey::new(&ED25519, self.key()?.0);
        key.verify(self.statement.as_bytes(), &signature).map_err(|_| CertificateError::Forged)?;
        serde_json::from_str(&self.statement).map_err(|error| CertificateError::NotUnderstood(error.to_string()))
    }
}

impl PublicKey {
    /// Reads a key from a PEM file, or from hexadecimal.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let body: String = text.lines().map(str::trim).filter(|line| !line.starts_with("-----")).collect();
        if let Some(key) = from_hex(&body).filter(|key| key.len() == 32) {
            return Some(Self(key));
        }
        let bytes = from_base64(&body)?;
        bytes.strip_prefix(PUBLIC_KEY_START.as_slice()).filter(|key| key.len() == 32).map(|key| Self(key.to_vec()))
    }

    /// Returns the key as a PEM file, which `openssl` reads.
    #[must_use]
    pub fn pem(&self) -> String {
        let bytes: Vec<u8> = PUBLIC_KEY_START.iter().chain(&self.0).copied().collect();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", to_base64(&bytes))
    }

    /// Returns the name of the key's file in a store: sixteen digits of its sha256.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("{}.pem", &sha256(&self.0)[..16])
    }
}

/// Returns the sha256 of bytes, in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    let mut hasher = Hasher::new(Algorithms::from(Algorithm::Sha256));
    hasher.update(bytes);
    hasher.finish().get(Algorithm::Sha256).map(|digest| digest.to_hex()).unwrap_or_default()
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<_>> = text.chars().map(|letter| letter.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok()).collect()
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// RFC 4648 §4.
fn to_base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, at| bits << 8 | u32::from(chunk.get(at).copied().unwrap_or(0)));
        for at in 0..4 {
            let is_used = at <= chunk.len();
            let letter = BASE64[(bits >> (18 - 6 * at) & 63) as usize];
            text.push(if is_used { char::from(letter) } else { '=' });
        }
    }
    text
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for chunk in text.trim_end_matches('=').as_bytes().chunks(4) {
        let mut bits = 0_u32;
        for at in 0..4 {
            let value = match chunk.get(at) {
                Some(letter) => BASE64.iter().position(|known| known == letter)?,
                None => 0,
            };
            bits = bits << 6 | u32::try_from(value).ok()?;
        }
        bytes.extend(&bits.to_be_bytes()[1..chunk.len().max(1)]);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement() -> Statement {
        let agreed = |name: &str| Agreed {
            login: name.parse().expect("it is one"),
            person: format!("{name}@example.org").parse().expect("it is one"),
            at: Timestamp::UNIX_EPOCH,
        };
        Statement {
            format: STATEMENT_FORMAT.to_owned(),
            agent: "strongroom".to_owned(),
            deletion: DeletionId(7),
            scope: "a.b/c".to_owned(),
            reason: "why".to_owned(),
            requested: agreed("ann"),
            approved: Some(agreed("ben")),
            object: "a.b/c".parse().expect("it is one"),
            object_id: ObjectId(uuid::Uuid::nil()),
            extent: Extent::Object,
            files: 0,
            size_bytes: 0,
            named: Vec::new(),
            files_sha256: String::new(),
            tombstone_sha256: String::new(),
            stores: Vec::new(),
            deleted_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn key(folder: &Path) -> SigningKey {
        SigningKey::open(&folder.join("certificates.key"), &Clock::system()).expect("it can be made")
    }

    #[test]
    fn a_certificate_holds_and_a_changed_one_does_not() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let certificate = key(folder.path()).certify(&statement()).expect("it can be signed");
        let text = serde_json::to_string(&certificate).expect("it is JSON");
        let read = Certificate::parse(&text).expect("it is one");
        assert_eq!(read.statement().expect("it holds"), statement());
        let mut forged = read.clone();
        forged.statement = forged.statement.replace("ben", "eve");
        assert!(matches!(forged.statement(), Err(CertificateError::Forged)));
        let mut forged = read;
        forged.signature.replace_range(..2, if forged.signature.starts_with("00") { "01" } else { "00" });
        assert!(matches!(forged.statement(), Err(CertificateError::Forged)));
    }

    #[test]
    fn the_key_is_made_once_and_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder can be made");
        let (first, second) = (key(folder.path()), key(folder.path()));
        assert_eq!(first.public(), second.public());
        let entries: Vec<_> = fs::read_dir(folder.path()).expect("it is there").collect();
        assert_eq!(entries.len(), 1);
        let mode = fs::metadata(folder.path().join("certificates.key")).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let other = tempfile::tempdir().expect("a folder can be made");
        assert_ne!(first.public(), key(other.path()).public());
    }

    #[test]
    fn the_key_of_rfc_8032_signs_as_it_says() {
        // RFC 8032 §7.1, test 1: the empty message.
        let seed = from_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").expect("it is hex");
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).expect("it is a seed");
        let public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        assert_eq!(to_hex(pair.public_key().as_ref()), public);
        assert!(to_hex(pair.sign(b"").as_ref()).starts_with("e5564300c360ac729086e2cc806e828a"));
    }

    #[test]
    fn a_public_key_is_read_back_from_pem_and_from_hexadecimal() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let public = key(folder.path()).public();
        assert_eq!(PublicKey::parse(&public.pem()), Some(public.clone()));
        assert_eq!(PublicKey::parse(&to_hex(&public.0)), Some(public));
        assert_eq!(PublicKey::parse("-----BEGIN PUBLIC KEY-----\nabcd\n"), None);
        for text in ["", "a", "ab", "abc", "abcd", "abcde"] {
            assert_eq!(from_base64(&to_base64(text.as_bytes())).as_deref(), Some(text.as_bytes()), "{text}");
        }
    }
}
