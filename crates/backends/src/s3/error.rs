//! What can go wrong between us and a bucket.

use std::io;

/// A request that was not answered as it should have been.
#[derive(Debug, thiserror::Error)]
#[error("{operation} {place}: {failure}")]
pub struct S3Error {
    /// What was asked for, as S3 calls it.
    pub operation: &'static str,
    /// The bucket and key.
    pub place: String,
    /// Why it failed.
    pub failure: Failure,
}

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// There is no such bucket.
    #[error("there is no such bucket")]
    NoBucket,
    /// There is no such key.
    #[error("there is no such key")]
    NoKey,
    /// It is in a class of storage that is not read at once.
    #[error("it is frozen: its storage class is not read at once, and it must be thawed first")]
    Frozen,
    /// Something else is there than the request made its condition.
    #[error("something else is there already")]
    Precondition,
    /// The server does not let these credentials do it, or does not believe them.
    #[error("the server refuses the credentials of {who}: {code}: {message}")]
    Refused {
        /// Whose credentials were used: where they came from and the key's identifier, never the secret.
        who: String,
        /// The server's word for it.
        code: String,
        /// What it says.
        message: String,
    },
    /// The server takes these credentials no longer.
    #[error(
        "the credentials of {who} have expired: renew them there; files and the platform are asked again by and by, the \
         environment only when the program is started anew"
    )]
    Expired {
        /// Whose credentials were used: where they came from and the key's identifier, never the secret.
        who: String,
    },
    /// There are no credentials.
    #[error("there are no credentials: {0}")]
    NoCredentials(String),
    /// The server cannot be reached, breaks off, or asks for patience, however often it is tried.
    #[error("no answer after {tries} tries: {because}")]
    Unreachable {
        /// How often it was tried.
        tries: u32,
        /// What was seen the last time.
        because: String,
    },
    /// The server shows a certificate that is not believed. Trying again does not help; changing the configuration does.
    #[error("{server}: {because}")]
    NotBelieved {
        /// The server's address.
        server: String,
        /// Why not, and what to do.
        because: String,
    },
    /// The server answers something else.
    #[error("the server answers {status} {code}: {message}")]
    Answer {
        /// The status of HTTP.
        status: u16,
        /// The server's word for it; empty when it said none.
        code: String,
        /// What it says.
        message: String,
    },
    /// An answer is not what it must be.
    #[error("the answer cannot be understood: {0}")]
    Strange(String),
    /// What is to be sent cannot be read.
    #[error("what is to be sent cannot be read")]
    Source(#[source] io::Error),
    /// What is to be sent ended too early.
    #[error("what is to be sent ended after {seen_bytes} of {expected_bytes} bytes")]
    Short {
        /// Bytes promised.
        expected_bytes: u64,
        /// Bytes that came.
        seen_bytes: u64,
    },
    /// The server takes no key of so many bytes.
    #[error("the server takes no key of {0} bytes: it is too long for it")]
    KeyTooLong(usize),
    /// It is larger than an object of S3 may be.
    #[error("{0} bytes are more than the 5 TiB that S3 takes as one object: split the file before it is deposited")]
    TooLarge(u64),
}

impl Failure {
    /// Says whether it tells of the bucket, or of the way there, and nothing of what was asked for.
    pub(crate) fn is_about_the_store(&self) -> bool {
        matches!(
            self,
            Self::NoBucket
                | Self::Refused { .. }
                | Self::Expired { .. }
                | Self::NoCredentials(_)
                | Self::NotBelieved { .. }
                | Self::Unreachable { .. }
        )
    }

    /// Says whether it was tried again until patience ended.
    pub(crate) fn is_after_tries(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }

    /// Says whether the server does not know what was asked for, and a simpler way may do.
    #[must_use]
    pub fn is_unknown_to_server(&self) -> bool {
        matches!(self, Self::Answer { status: 501 | 405, .. })
            || matches!(self, Self::Answer { code, .. } if code == "NotImplemented" || code == "MethodNotAllowed")
    }
}
