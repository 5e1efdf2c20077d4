//! The bag as one tar stream, whose length is known before its first byte.

use std::io::Write as _;

use bagit::{TarEntry, tar_end, tar_padding};
use model::FileVersion;

use super::RestorationError;
use super::bag_info::BAG_INFO;
use super::contents::Contents;
use super::output::Output;
use super::replicas::Replicas;
use super::resumed::Proven;
use super::tag_files::TagFiles;

/// How a bag lies in a tar: every file below one folder of the object's name.
pub struct TarStream {
    top_folder: String,
    /// The time that the bag's own files bear, in Unix seconds. Files of the depositor keep theirs.
    made_at: i64,
    size_bytes: u64,
}

impl TarStream {
    /// Begins to add up a bag that is made at a time.
    pub fn new(top_folder: &str, made_at: i64) -> Self {
        let mut own = Self { top_folder: top_folder.to_owned(), made_at, size_bytes: 0 };
        own.size_bytes = own.folders().len() as u64;
        own
    }

    /// Adds a file of the depositor.
    pub fn add(&mut self, file: &FileVersion) {
        self.add_entry(&file.path, file.size_bytes, file.modified_at);
    }

    /// Ends the adding up; returns the length of the whole.
    pub fn size_bytes(&mut self, tag_files: &TagFiles) -> u64 {
        let made_at = self.made_at;
        for document in &tag_files.documents {
            self.add_entry(&document.path, document.size_bytes, made_at);
        }
        self.size_bytes + tar_end(self.size_bytes).len() as u64
    }

    /// Writes the whole but for what is there already: what makes it a bag first, so that a reader of the stream knows what to
    /// expect.
    ///
    /// # Errors
    /// No replica of a file is good, or the output cannot be written.
    pub fn write(
        &self,
        contents: &Contents<'_>,
        tag_files: &mut TagFiles,
        replicas: &mut Replicas<'_>,
        output: &mut Output,
        there: &Proven,
    ) -> Result<(), RestorationError> {
        if there.bytes == 0 {
            put(output, &self.folders())?;
            for document in &mut tag_files.documents {
                put(output, &self.document_header(&document.path, document.size_bytes))?;
                document.give(output)?;
                put(output, tar_padding(document.size_bytes))?;
            }
        }
        let mut there = there.files;
        contents.each_page(|mut page| {
            page.retain(|file| file.path != BAG_INFO);
            let passed = usize::try_from(there).unwrap_or(usize::MAX).min(page.len());
            there -= passed as u64;
            replicas.give_all(&page[passed..], |replicas, file| {
                put(output, &self.file_header(file))?;
                replicas.give(file, output)?;
                put(output, tar_padding(file.size_bytes))
            })
        })?;
        let end = tar_end(output.written_bytes());
        put(output, &end)
    }

    fn add_entry(&mut self, path: &str, size_bytes: u64, modified_at: i64) {
        let header_bytes = self.header(path, size_bytes, modified_at).len() as u64;
        self.size_bytes += header_bytes + size_bytes + tar_padding(size_bytes).len() as u64;
    }

    /// Returns what stands before a document.
    pub fn document_header(&self, path: &str, size_bytes: u64) -> Vec<u8> {
        self.header(path, size_bytes, self.made_at)
    }

    /// Returns what stands before a file of the depositor.
    pub fn file_header(&self, file: &FileVersion) -> Vec<u8> {
        self.header(&file.path, file.size_bytes, file.modified_at)
    }

    /// A bag without payload still has its payload folder: RFC 8493 §2.1.2.
    pub fn folders(&self) -> Vec<u8> {
        let folder = |path: String| TarEntry::folder(&path, self.made_at).header();
        [folder(format!("{}/", self.top_folder)), folder(format!("{}/data/", self.top_folder))].concat()
    }

    fn header(&self, path: &str, size_bytes: u64, modified_at: i64) -> Vec<u8> {
        TarEntry::file(&format!("{}/{path}", self.top_folder), size_bytes, modified_at).header()
    }
}

fn put(output: &mut Output, bytes: &[u8]) -> Result<(), RestorationError> {
    output.write_all(bytes).map_err(RestorationError::Output)
}
