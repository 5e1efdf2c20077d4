//! Which profile a bag is validated against.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use bagit::{Kept, PROFILE_BYTES_MAX, Profile, Tag, TextEncoding};
use model::StepError;

use super::super::Work;

/// The profile that was chosen.
pub enum Chosen {
    /// BagIt alone.
    None,
    /// This one.
    Profile {
        /// Its built-in name or its file.
        name: String,
        /// The profile.
        profile: Box<Profile>,
    },
    /// The deposit was sent with one that cannot be had.
    Unreadable {
        /// What was asked for.
        name: String,
        /// Why not.
        because: String,
    },
}

impl Chosen {
    /// Returns the profile, if there is one.
    pub fn profile(&self) -> Option<&Profile> {
        match self {
            Chosen::Profile { profile, .. } => Some(profile),
            _ => None,
        }
    }

    /// Returns its name, if there is one.
    pub fn name(&self) -> Option<&str> {
        match self {
            Chosen::Profile { name, .. } => Some(name),
            _ => None,
        }
    }
}

/// Chooses: what the deposit was sent with, else what the bag names and we have built in, else the configured default.
///
/// # Errors
/// The bag's own tags cannot be read from staging.
pub fn choose(work: &Work, kept: &dyn Kept) -> Result<Chosen, StepError> {
    if let Some(name) = &work.claim.item.deposit.options.profile {
        return Ok(load(name));
    }
    if let Some(name) = named_by_bag(kept).map_err(StepError::retry)? {
        return Ok(load(name));
    }
    Ok(work.context.profiles.default.as_deref().map_or(Chosen::None, load))
}

/// Loads a profile: a built-in one by its name, any other from its file.
pub fn load(name: &str) -> Chosen {
    let profile = if Profile::BUILT_IN.contains(&name) { Profile::built_in(name) } else { from_file(Path::new(name)) };
    match profile {
        Ok(profile) => Chosen::Profile { name: name.to_owned(), profile: Box::new(profile) },
        Err(error) => Chosen::Unreadable { name: name.to_owned(), because: because(&error) },
    }
}

fn because(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}

fn from_file(path: &Path) -> Result<Profile, bagit::BagitError> {
    let mut json = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(PROFILE_BYTES_MAX as u64 + 1).read_to_end(&mut json));
    read.map_err(|source| bagit::BagitError::Read { path: path.display().to_string(), source })?;
    Profile::parse(&json)
}

/// Returns the built-in profile that the bag names, if it names one: that of APTrust also by an empty value.
fn named_by_bag(kept: &dyn Kept) -> io::Result<Option<&'static str>> {
    let Some(file) = kept.open("bag-info.txt")? else { return Ok(None) };
    let tags = bagit::tag::read_tags(file.take(bagit::TAG_FILE_BYTES_MAX), TextEncoding::UTF_8, "bag-info.txt")?;
    let is_identifier = |tag: &&Tag| tag.name.eq_ignore_ascii_case("BagIt-Profile-Identifier");
    let Some(tag) = tags.tags.iter().find(is_identifier) else { return Ok(None) };
    let identifier = Profile::corrected_identifier(&tag.value);
    let is_ours = identifier == bagit::BTR_IDENTIFIER || identifier.to_ascii_lowercase().contains("aptrust");
    Ok(is_ours.then(|| Profile::name_for(Some(&identifier))))
}
