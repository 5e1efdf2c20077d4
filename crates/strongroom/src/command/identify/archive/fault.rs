//! Why an archive or a member cannot be read to its end.

use std::io;

/// Why an archive or a member cannot be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The file that holds it cannot be read.
    #[error("{0}")]
    Read(io::Error),
    /// It is damaged.
    #[error("{0}")]
    Damaged(String),
    /// It is of a kind that is not read here.
    #[error("{0}")]
    NotRead(String),
    /// A bound was reached.
    #[error("{0}")]
    Limit(String),
}

impl Fault {
    /// Says that something is damaged.
    pub fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged(what.into())
    }

    /// Hides a fault in an error, for readers that have no other way to say it.
    pub fn hide(self) -> io::Error {
        io::Error::other(self)
    }
}

impl From<io::Error> for Fault {
    /// What the operating system did not say comes from a decompressor, and means that its bytes are damaged.
    fn from(error: io::Error) -> Self {
        if error.raw_os_error().is_some() {
            return Self::Read(error);
        }
        match error.downcast::<Self>() {
            Ok(fault) => fault,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Self::damaged("it breaks off"),
            Err(error) => Self::damaged(format!("its bytes are damaged: {error}")),
        }
    }
}
