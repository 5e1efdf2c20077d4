//! The check of one bag: read once, hashed, held against BagIt and a profile.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Mutex;

use bagit::{Form, GatherOptions, Kept, Observer, Package, Profile, Report, Spool};

use super::super::watch::Watch;
use super::package;

/// Which profile bags are checked against.
pub enum Against {
    /// The built-in one that a bag names, if it names one.
    WhatBagsName,
    /// None, whatever a bag names.
    BagItAlone,
    /// This one.
    Profile {
        /// Its built-in name or its file.
        name: String,
        /// The profile.
        profile: Box<Profile>,
    },
}

impl Against {
    /// The word that turns profiles off.
    const NONE: &'static str = "none";

    /// Reads what was typed behind `--profile`.
    ///
    /// # Errors
    /// There is no such profile, or it cannot be used.
    pub fn named(name: Option<&str>) -> anyhow::Result<Self> {
        Ok(match name {
            None => Against::WhatBagsName,
            Some(Self::NONE) => Against::BagItAlone,
            Some(name) => Against::Profile { name: name.to_owned(), profile: Box::new(Profile::load(name)?) },
        })
    }
}

/// What the check of one bag brought to light.
pub struct Checked {
    /// How the bag travels.
    pub form: Form,
    /// The profile that it was checked against, as it is called here.
    pub profile: Option<String>,
    /// All else.
    pub report: Report,
}

/// What all checks of one call have in common.
pub struct Checks {
    /// What bags are checked against.
    pub against: Against,
    /// Threads that hash one large bag.
    pub threads: usize,
    /// Threads that hash one small bag: of several, one has a thread each.
    pub threads_for_small: usize,
    /// Held while a large bag is checked: several at once would take memory without end and gain no time.
    pub large: Mutex<()>,
}

impl Checks {
    /// Checks one bag.
    ///
    /// # Errors
    /// The check could not be made.
    pub fn check(&self, path: &Path, watch: &Watch) -> anyhow::Result<Checked> {
        let package = Package::open(path)?;
        if !package::is_large(&package) {
            return self.check_with(&package, self.threads_for_small, watch);
        }
        // A panic elsewhere ends the program by itself.
        let _alone = self.large.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.check_with(&package, self.threads, watch)
    }

    fn check_with(&self, package: &Package, threads: usize, watch: &Watch) -> anyhow::Result<Checked> {
        let spool = Spool::new();
        let hashing = digests::Limits { threads, ..digests::Limits::default() };
        let options = GatherOptions { hashing, ..GatherOptions::default() };
        let gathered = bagit::gather(package, &options, &Listening { spool: &spool, watch })?;
        let named;
        let (profile, name) = match &self.against {
            Against::BagItAlone => (None, None),
            Against::Profile { name, profile } => (Some(profile.as_ref()), Some(name.clone())),
            Against::WhatBagsName => {
                named = named_by_bag(&spool)?;
                named.as_ref().map_or((None, None), |(name, profile)| (Some(profile), Some((*name).to_owned())))
            }
        };
        let bag = bagit::Bag {
            members: &gathered.members,
            kept: &spool,
            serialization: gathered.serialization,
            top_folder: gathered.top_folder.as_deref(),
            package_name: Some(package.name()),
            profile,
            found: gathered.findings,
        };
        Ok(Checked { form: package.form(), profile: name, report: bagit::validate(&bag)? })
    }
}

fn named_by_bag(kept: &dyn Kept) -> anyhow::Result<Option<(&'static str, Profile)>> {
    let Some(name) = Profile::named_by_bag(kept)? else { return Ok(None) };
    Ok(Some((name, Profile::built_in(name)?)))
}

/// Keeps the tag files and manifests, and moves the progress bar.
struct Listening<'a> {
    spool: &'a Spool,
    watch: &'a Watch,
}

impl Observer for Listening<'_> {
    fn keep(&self, path: &str) -> io::Result<Option<Box<dyn Write + Send + '_>>> {
        Ok(Some(Box::new(self.spool.create(path)?)))
    }

    fn progress(&self, bytes: u64) {
        self.watch.bytes(bytes);
    }
}
