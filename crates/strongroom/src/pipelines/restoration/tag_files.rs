//! The files that make the contents a bag: declaration, `bag-info.txt`, manifests, tag manifests, PREMIS.
//!
//! All digests in them are the registry's, never those of bytes that were just read: whoever checks the bag checks us.
//! They are composed from pages of rows before a byte is given out, so that the length of the whole is known.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use bagit::PathClass;
use digests::{Algorithm, Algorithms};
use model::FileVersion;

use super::RestorationError;
use super::bag_info::{BAG_INFO, Computed, amended, decoded};
use super::contents::{Contents, digests};
use super::premis_document::PremisDocument;
use super::replicas::Replicas;
use super::spooled::{Spooled, Spooling};

const DECLARATION: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
/// Pages of rows that wait to be described: those that are listed may be ahead by so many.
const PAGES_WAITING: usize = 2;
/// Where the depositor's `bag-info.txt` goes when it was not UTF-8, which the new declaration promises.
const BAG_INFO_AS_DEPOSITED: &str = "bag-info.as-deposited.bin";

/// Tells which files the bag lacks because two people deleted them.
const DELETED_FILES: &str = "deleted-files.txt";
/// Deleted files that a bag names, at most.
const DELETED_FILES_MAX: u32 = 100_000;

/// What the composer is given.
pub struct Composer<'a> {
    /// What is given back.
    pub contents: &'a Contents<'a>,
    /// Where documents wait.
    pub staging: &'a Path,
    /// What formats are called by.
    pub signatures: &'a pronom::Signatures,
    /// The day, as `2026-11-20`.
    pub date: &'a str,
    /// The name and version of this program.
    pub agent: &'a str,
    /// When the bag was begun, in Unix seconds, if that was before now: later events are not told in it.
    pub begun_at: Option<i64>,
}

/// The documents of a bag, in the order in which they are written, and what its contents add up to.
pub struct TagFiles {
    /// `bagit.txt` first.
    pub documents: Vec<Spooled>,
    /// The algorithms of the manifests.
    pub algorithms: Algorithms,
    /// Files of the payload.
    pub payload_files: u64,
    /// Bytes of the payload.
    pub payload_bytes: u64,
}

/// One manifest under way for each algorithm.
type Manifests = Vec<(Algorithm, Spooling)>;

/// The manifests while files are listed in them.
struct Listing {
    manifests: Manifests,
    tag_manifests: Manifests,
    payload_files: u64,
    payload_bytes: u64,
    /// The depositor's `bag-info.txt`, which is not given back as it is.
    deposited: Option<FileVersion>,
}

impl Listing {
    fn begin(staging: &Path, algorithms: Algorithms) -> Result<Self, RestorationError> {
        let begin = || -> Result<Manifests, RestorationError> {
            algorithms.iter().map(|one| Ok((one, Spooling::begin(staging, algorithms)?))).collect()
        };
        let (manifests, tag_manifests) = (begin()?, begin()?);
        Ok(Self { manifests, tag_manifests, payload_files: 0, payload_bytes: 0, deposited: None })
    }

    fn algorithms(&self) -> Algorithms {
        self.manifests.iter().map(|(algorithm, _)| *algorithm).collect()
    }

    fn add(&mut self, file: &FileVersion, mut each: impl FnMut(&FileVersion)) -> Result<(), RestorationError> {
        if file.path == BAG_INFO {
            self.deposited = Some(file.clone());
            return Ok(());
        }
        let listing = if PathClass::of(&file.path) == PathClass::Payload {
            (self.payload_files, self.payload_bytes) = (self.payload_files + 1, self.payload_bytes + file.size_bytes);
            &mut self.manifests
        } else {
            &mut self.tag_manifests
        };
        let digests = digests(file);
        listing.iter_mut().try_for_each(|(algorithm, manifest)| manifest.list(*algorithm, &digests, &file.path))?;
        each(file);
        Ok(())
    }
}

impl Composer<'_> {
    /// Composes all documents; `each` hears of each file that is given back as it was deposited.
    ///
    /// # Errors
    /// The registry cannot be read, staging not be written, or no replica of `bag-info.txt` is good.
    pub fn compose(
        &self,
        replicas: &mut Replicas<'_>,
        each: impl FnMut(&FileVersion),
    ) -> Result<TagFiles, RestorationError> {
        let query = self.contents.database.digests_of_all_files(self.contents.object.id, self.contents.version);
        let algorithms = self.contents.ask(query)?.with(Algorithm::Sha256);
        let mut listing = Listing::begin(self.staging, algorithms)?;
        let premis = self.list(&mut listing, each)?;
        let Listing { manifests, tag_manifests, payload_files, payload_bytes, deposited } = listing;
        let text = |path: &str, bytes: &[u8]| self.text(algorithms, path, bytes);
        let mut documents = vec![text("bagit.txt", DECLARATION.as_bytes())?];
        let deleted = self.deleted_files(algorithms)?;
        let told = deleted.as_ref().map(|(told, _)| told.as_str());
        let computed = Computed { payload_bytes, payload_files, date: self.date, software: self.agent, deleted: told };
        let original = deposited.as_ref().map(|file| replicas.whole(file)).transpose()?.unwrap_or_default();
        let (original_text, is_utf8) = decoded(original.clone());
        documents.push(text(BAG_INFO, amended(&original_text, &computed).as_bytes())?);
        if !is_utf8 {
            documents.push(text(&self.free(BAG_INFO_AS_DEPOSITED)?, &original)?);
        }
        documents.extend(deleted.map(|(_, document)| document));
        for (algorithm, manifest) in manifests {
            documents.push(manifest.end(&format!("manifest-{algorithm}.txt"))?);
        }
        documents.push(premis.end(self.begun_at)?.end(&self.free(&format!("premis-v{}.xml", self.contents.version))?)?);
        for (algorithm, mut manifest) in tag_manifests {
            for listed in documents.iter().filter(|document| !is_tag_manifest(&document.path)) {
                manifest.list(algorithm, &listed.digests, &listed.path)?;
            }
            documents.push(manifest.end(&format!("tagmanifest-{algorithm}.txt"))?);
        }
        Ok(TagFiles { documents, algorithms, payload_files, payload_bytes })
    }

    /// Lists all files, and describes them in PREMIS at the same time: each is about half of the work.
    fn list(
        &self,
        listing: &mut Listing,
        mut each: impl FnMut(&FileVersion),
    ) -> Result<PremisDocument<'_>, RestorationError> {
        let spooling = Spooling::begin(self.staging, listing.algorithms())?;
        let mut premis = PremisDocument::begin(self.contents, self.signatures, spooling)?;
        std::thread::scope(|scope| {
            let (pages, to_describe) = sync_channel::<Arc<Vec<FileVersion>>>(PAGES_WAITING);
            let describing = scope.spawn(move || {
                to_describe.into_iter().try_for_each(|page| page.iter().try_for_each(|file| premis.file(file)))?;
                Ok(premis)
            });
            let listed = self.contents.each_page(|page| {
                let page = Arc::new(page);
                // When the other thread has failed already, its error is the one that is told.
                drop(pages.send(Arc::clone(&page)));
                page.iter().try_for_each(|file| listing.add(file, &mut each))
            });
            drop(pages);
            let described = describing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            listed.and(described)
        })
    }

    /// Tells what was deleted of the versions up to this one: how much, and in a tag file, which files.
    fn deleted_files(&self, algorithms: Algorithms) -> Result<Option<(String, Spooled)>, RestorationError> {
        let contents = self.contents;
        let query = contents.database.files_gone_from(contents.object.id, contents.version, DELETED_FILES_MAX);
        let deleted = contents.ask(query)?;
        if deleted.is_empty() {
            return Ok(None);
        }
        let path = self.free(DELETED_FILES)?;
        let mut spooling = Spooling::begin(self.staging, algorithms)?;
        for (file, deletion) in &deleted {
            let path = file.path.replace('%', "%25").replace('\n', "%0A").replace('\r', "%0D");
            let line = format!("{}  {path}  (version {}, deletion {deletion})\n", file.sha256, file.version);
            spooling.write_all(line.as_bytes()).map_err(RestorationError::Staging)?;
        }
        Ok(Some((format!("{}; see {path}", deleted.len()), spooling.end(&path)?)))
    }

    fn text(&self, algorithms: Algorithms, path: &str, bytes: &[u8]) -> Result<Spooled, RestorationError> {
        let mut spooling = Spooling::begin(self.staging, algorithms)?;
        spooling.write_all(bytes).map_err(RestorationError::Staging)?;
        spooling.end(path)
    }

    /// Returns the path, or one like it that no file of the depositor has.
    fn free(&self, path: &str) -> Result<String, RestorationError> {
        let (start, ending) = path.rsplit_once('.').unwrap_or((path, ""));
        let mut free = path.to_owned();
        let mut number = 2;
        while self.contents.takes(&free)? {
            free = format!("{start}-{number}.{ending}");
            number += 1;
        }
        Ok(free)
    }
}

fn is_tag_manifest(path: &str) -> bool {
    matches!(PathClass::of(path), PathClass::TagManifest(_))
}
