//! Accounts: who may be added by whom, and how somebody proves that they are who they say.

use backends::database::{AddedUser, Database, DatabaseError};
use digests::{Algorithm, Algorithms, Hasher};
use jiff::Timestamp;
use model::{InstitutionName, Login, Person, User, UserRole};

/// What a token begins with, so that one that leaks into a log or a repository is found by a scanner.
const TOKEN_START: &str = "strongroom_";

/// Why somebody is not let in, or an account is not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UserRefusal {
    /// Who asks is not proven.
    #[error(
        "{0} is not proven: there is no such active user, or the token is not theirs. The token was shown once by \
         `strongroom user add`; give it in $STRONGROOM_TOKEN or by --token-file"
    )]
    NotProven(Login),
    /// It is not theirs to do.
    #[error("{login} is {role} and may not {what}: {advice}")]
    NotTheirs {
        /// Who asked.
        login: Login,
        /// What they are.
        role: UserRole,
        /// What they asked for.
        what: String,
        /// Who may.
        advice: &'static str,
    },
    /// The first account of an installation.
    #[error("there are no users yet, and the first one must be an admin: add --role admin; they add all others")]
    FirstIsAdmin,
    /// An admin belongs to none, everybody else to one.
    #[error("{0}")]
    Institution(&'static str),
    /// No such institution.
    #[error("the institution {asked} is not configured; there are: {known}")]
    UnknownInstitution {
        /// What was asked for.
        asked: InstitutionName,
        /// What there is.
        known: String,
    },
    /// The name is taken.
    #[error("there is a user {0} already, active or not: logins are never given twice; choose another")]
    Taken(Login),
    /// Nobody of this name, or the last admin.
    #[error("{0} is no active user, or the last active admin, without whom nobody could add another")]
    NotDeactivated(Login),
    /// The database could not be asked.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The system has no random bytes.
    #[error("the system gives no random bytes to make a token of")]
    NoChance,
}

/// A new account.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Its name.
    pub login: Login,
    /// Whose it is.
    pub person: Person,
    /// The institution that it speaks for.
    pub institution: Option<InstitutionName>,
    /// What it may do.
    pub role: UserRole,
}

/// Returns the user of a name, if the token is theirs and they are active.
///
/// # Errors
/// It is not proven, or the database cannot be read.
pub async fn authenticate(database: &Database, login: &Login, token: &str) -> Result<User, UserRefusal> {
    let seen = digest(token.trim());
    let found = database.user(login).await?;
    match found {
        Some((user, expected)) if user.is_active && is_same(&expected, &seen) => Ok(user),
        _ => Err(UserRefusal::NotProven(login.clone())),
    }
}

/// Adds an account and returns its token, which is kept nowhere: only its sha256 is.
///
/// The first account of an installation is an admin's and needs nobody's leave. After that an admin adds anybody, and an
/// institution's admin adds users of their own institution, but no second admin: else one person could make two.
///
/// # Errors
/// It is refused, or the database cannot be written.
pub async fn add_user(
    database: &Database,
    by: Option<&User>,
    new: NewUser,
    secret: Option<[u8; 32]>,
    now: Timestamp,
) -> Result<(User, String), UserRefusal> {
    match (new.role, &new.institution) {
        (UserRole::Admin, Some(_)) => {
            return Err(UserRefusal::Institution("an admin keeps the installation for all: leave --institution out"));
        }
        (UserRole::InstitutionalAdmin | UserRole::InstitutionalUser, None) => {
            return Err(UserRefusal::Institution("say for whom the user speaks, with --institution"));
        }
        _ => {}
    }
    if let Some(asked) = &new.institution {
        let known = database.institutions().await?;
        if !known.contains(asked) {
            let known = known.iter().map(InstitutionName::as_str).collect::<Vec<_>>().join(", ");
            return Err(UserRefusal::UnknownInstitution { asked: asked.clone(), known });
        }
    }
    match by {
        None if database.has_users().await? || new.role != UserRole::Admin => return Err(UserRefusal::FirstIsAdmin),
        Some(by) if !may_add(by, &new) => {
            return Err(UserRefusal::NotTheirs {
                login: by.login.clone(),
                role: by.role,
                what: format!("add {} as {}", new.login, new.role),
                advice: "an admin adds anybody, an institutional_admin adds institutional_users of their institution",
            });
        }
        _ => {}
    }
    let secret = secret.ok_or(UserRefusal::NoChance)?;
    let token = secret.iter().fold(TOKEN_START.to_owned(), |text, byte| format!("{text}{byte:02x}"));
    let user = User {
        login: new.login,
        person: new.person,
        institution: new.institution,
        role: new.role,
        is_active: true,
        created_at: now,
        deactivated_at: None,
    };
    match database.add_user(&user, &digest(&token)).await? {
        AddedUser::Added => Ok((user, token)),
        AddedUser::Taken => Err(UserRefusal::Taken(user.login)),
    }
}

fn may_add(by: &User, new: &NewUser) -> bool {
    match by.role {
        UserRole::Admin => true,
        UserRole::InstitutionalAdmin => new.role == UserRole::InstitutionalUser && by.institution == new.institution,
        UserRole::InstitutionalUser => false,
    }
}

/// Takes all rights from an account, for good. Its token is worth nothing from then on.
///
/// # Errors
/// It is refused, or the database cannot be written.
pub async fn deactivate_user(database: &Database, by: &User, login: &Login, now: Timestamp) -> Result<(), UserRefusal> {
    let other = database.user(login).await?.map(|(user, _)| user);
    let may = match by.role {
        UserRole::Admin => true,
        UserRole::InstitutionalAdmin => other.as_ref().is_none_or(|other| other.institution == by.institution),
        UserRole::InstitutionalUser => by.login == *login,
    };
    if !may {
        return Err(UserRefusal::NotTheirs {
            login: by.login.clone(),
            role: by.role,
            what: format!("deactivate {login}"),
            advice: "an admin may, and an institutional_admin within their institution",
        });
    }
    if database.deactivate_user(login, now).await? { Ok(()) } else { Err(UserRefusal::NotDeactivated(login.clone())) }
}

/// Of 256 random bits nobody guesses any from their digest: no slow hash is needed, as it is for what people think up.
fn digest(token: &str) -> Vec<u8> {
    let mut hasher = Hasher::new(Algorithms::from(Algorithm::Sha256));
    hasher.update(token.as_bytes());
    hasher.finish().get(Algorithm::Sha256).map(|digest| digest.as_bytes().to_vec()).unwrap_or_default()
}

/// Compares without stopping at the first difference, so that time tells nothing.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    let differences = one.iter().zip(other).fold(0, |seen, (one, other)| seen | (one ^ other));
    one.len() == other.len() && !one.is_empty() && differences == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_the_same_only_when_all_bytes_are() {
        assert!(is_same(&digest("a"), &digest("a")));
        assert!(!is_same(&digest("a"), &digest("b")));
        assert!(!is_same(&[], &[]));
        assert!(!is_same(&digest("a"), &digest("a")[..31]));
    }
}
