//! Recognition of a file that can be read anywhere.

use std::io;

use crate::answer::{Evidence, Identification, conclude, settle};
use crate::matching::{Ends, Scratch, match_whole};
use crate::{Limits, Signatures, Source};

/// How much of a file is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Its first and last bytes.
    Windows,
    /// Every byte. The memory is bounded all the same.
    Whole,
}

/// Recognizes a file, and looks inside when it is a container.
///
/// # Errors
/// When the source fails.
pub fn identify<'s>(
    signatures: &'s Signatures,
    source: &dyn Source,
    name: Option<&str>,
    limits: &Limits,
    scope: Scope,
) -> io::Result<Identification<'s>> {
    Identifier::new(signatures, *limits).identify(source, name, scope)
}

/// Recognizes one file after the other and uses the same memory for all.
#[derive(Debug)]
pub struct Identifier<'s> {
    signatures: &'s Signatures,
    limits: Limits,
    head: Vec<u8>,
    tail: Vec<u8>,
    scratch: Scratch,
}

impl<'s> Identifier<'s> {
    /// Makes an identifier, which is ready for its first file.
    #[must_use]
    pub fn new(signatures: &'s Signatures, limits: Limits) -> Self {
        Self { signatures, limits, head: Vec::new(), tail: Vec::new(), scratch: Scratch::default() }
    }

    /// Recognizes a file, and looks inside when it is a container.
    ///
    /// # Errors
    /// When the source fails.
    pub fn identify(
        &mut self,
        source: &dyn Source,
        name: Option<&str>,
        scope: Scope,
    ) -> io::Result<Identification<'s>> {
        let (signatures, limits) = (self.signatures, self.limits);
        self.scratch.work.begin(limits.work_max);
        let size_bytes = self.read(source)?;
        let both = limits.head_bytes as u64 + limits.tail_bytes as u64;
        let (head, tail) = if size_bytes <= both {
            let head = self.head.len().min(limits.head_bytes);
            (&self.head[..head], &self.head[self.head.len().saturating_sub(limits.tail_bytes)..])
        } else {
            (&self.head[..], &self.tail[..])
        };
        let hits = match scope {
            Scope::Windows => {
                let ends = Ends { head, tail, size_bytes };
                signatures.index().match_ends(signatures.formats(), ends, &mut self.scratch)
            }
            Scope::Whole => {
                match_whole(signatures.index(), signatures.formats(), source, limits.work_max, &mut self.scratch)?
            }
        };
        let is_work_spent = self.scratch.work.is_spent();
        let provisional = conclude(signatures, Evidence { hits, head, size_bytes, name, is_work_spent });
        settle(signatures, provisional, source, name, &limits)
    }

    /// Reads the ends of a file: all of it when they touch. Returns the size, which is what could be read.
    fn read(&mut self, source: &dyn Source) -> io::Result<u64> {
        let size_bytes = source.size_bytes();
        let both = self.limits.head_bytes as u64 + self.limits.tail_bytes as u64;
        if size_bytes > both {
            fill(source, 0, self.limits.head_bytes, &mut self.head)?;
            fill(source, size_bytes - self.limits.tail_bytes as u64, self.limits.tail_bytes, &mut self.tail)?;
            return Ok(size_bytes);
        }
        let length = usize::try_from(size_bytes).unwrap_or(usize::MAX);
        fill(source, 0, length, &mut self.head)?;
        Ok(self.head.len() as u64)
    }
}

/// Reads bytes; fewer when the source ends before.
fn fill(source: &dyn Source, offset: u64, length: usize, target: &mut Vec<u8>) -> io::Result<()> {
    target.resize(length, 0);
    let filled = source.read_full_at(offset, target)?;
    target.truncate(filled);
    Ok(())
}
