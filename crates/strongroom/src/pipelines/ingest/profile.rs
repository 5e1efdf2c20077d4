//! Which profile a bag is validated against.

use bagit::{Kept, Profile};
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
    if let Some(name) = Profile::named_by_bag(kept).map_err(StepError::retry)? {
        return Ok(load(name));
    }
    Ok(work.context.profiles.default.as_deref().map_or(Chosen::None, load))
}

/// Loads a profile: a built-in one by its name, any other from its file.
pub fn load(name: &str) -> Chosen {
    match Profile::load(name) {
        Ok(profile) => Chosen::Profile { name: name.to_owned(), profile: Box::new(profile) },
        Err(error) => Chosen::Unreadable { name: name.to_owned(), because: because(&error) },
    }
}

fn because(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}
