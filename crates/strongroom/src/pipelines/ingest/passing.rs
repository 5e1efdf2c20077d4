//! Formats of the members as their bytes pass: no file is read a second time to learn what it is.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use bagit::MemberIndex;
use model::FileFormat;
use pronom::{Limits, Recognizer, Signatures};

use crate::formats;

/// The recognizers of the members that are being read, and those that wait to be used again.
pub struct Passing {
    signatures: &'static Signatures,
    versions: String,
    at_work: Mutex<HashMap<MemberIndex, Recognizer<'static>>>,
    idle: Mutex<Vec<Recognizer<'static>>>,
}

impl Passing {
    /// Begins with no member.
    pub fn new(signatures: &'static Signatures) -> Self {
        let versions = formats::versions(signatures);
        Self { signatures, versions, at_work: Mutex::default(), idle: Mutex::default() }
    }

    /// Takes the next bytes of a member.
    pub fn push(&self, index: MemberIndex, bytes: &[u8]) {
        // One thread reads a member at a time; the others must not wait while it looks at its bytes.
        let mut recognizer = self.take(index);
        recognizer.push(bytes);
        self.at_work.lock().unwrap_or_else(PoisonError::into_inner).insert(index, recognizer);
    }

    /// Returns what a member is once it was read to its end, and whether that is provisional: it is a container.
    pub fn finish(&self, index: MemberIndex, path: &str) -> (FileFormat, bool) {
        let mut recognizer = self.take(index);
        let identification = recognizer.finish(Some(path));
        let format = formats::of_identification(&identification, &self.versions);
        let is_provisional = identification.container.is_some();
        recognizer.reset();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(recognizer);
        (format, is_provisional)
    }

    fn take(&self, index: MemberIndex) -> Recognizer<'static> {
        let at_work = self.at_work.lock().unwrap_or_else(PoisonError::into_inner).remove(&index);
        at_work
            .or_else(|| self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop())
            .unwrap_or_else(|| Recognizer::new(self.signatures, Limits::default()))
    }
}
