//! Users: who may ask for what. An account is not a person, and it is persons who must agree.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::InstitutionName;

/// Bytes of a login, at most.
pub const LOGIN_BYTES_MAX: usize = 64;
/// Bytes of what tells a person, at most.
pub const PERSON_BYTES_MAX: usize = 200;

/// A text cannot be a login, a person or a role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UserError {
    /// Not a login.
    #[error("`{0}` is no login: use 1 to 64 letters, digits, `.`, `_`, `-` or `@`, in lower case")]
    Login(String),
    /// Not a person.
    #[error("`{0}` tells no person: give an e-mail address or a personal identifier, such as an ORCID")]
    Person(String),
    /// Not a role.
    #[error("`{0}` is no role of a user; use admin, institutional_admin or institutional_user")]
    Role(String),
}

/// The name of an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Login(String);

/// Who somebody is, whatever accounts they have: an e-mail address or personal identifier, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Person(String);

/// What a user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserRole {
    /// Keeps the installation, for all institutions. May ask for a take-down everywhere, and for no other deletion.
    Admin,
    /// Speaks for an institution: asks for deletions and approves them.
    InstitutionalAdmin,
    /// Works for an institution.
    InstitutionalUser,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct User {
    /// Its name.
    pub login: Login,
    /// Whose it is.
    pub person: Person,
    /// The institution that it speaks for; none for an admin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub institution: Option<InstitutionName>,
    /// What it may do.
    pub role: UserRole,
    /// Whether it may do anything at all.
    pub is_active: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was deactivated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deactivated_at: Option<Timestamp>,
}

impl User {
    /// Returns whether it may now speak for the institution where deletions are concerned; for all of them (`None`) only
    /// an admin may.
    #[must_use]
    pub fn decides_for(&self, institution: Option<&InstitutionName>) -> bool {
        self.is_active
            && match institution {
                None => self.role == UserRole::Admin,
                Some(_) => self.role == UserRole::InstitutionalAdmin && self.institution.as_ref() == institution,
            }
    }
}

impl UserRole {
    /// Returns the name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            UserRole::Admin => "admin",
            UserRole::InstitutionalAdmin => "institutional_admin",
            UserRole::InstitutionalUser => "institutional_user",
        }
    }
}

impl fmt::Display for UserRole {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl FromStr for UserRole {
    type Err = UserError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [UserRole::Admin, UserRole::InstitutionalAdmin, UserRole::InstitutionalUser]
            .into_iter()
            .find(|role| role.name() == text)
            .ok_or_else(|| UserError::Role(text.to_owned()))
    }
}

impl FromStr for Login {
    type Err = UserError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-@".contains(&byte);
        let is_login = !text.is_empty() && text.len() <= LOGIN_BYTES_MAX && text.bytes().all(is_letter);
        if is_login { Ok(Self(text.to_owned())) } else { Err(UserError::Login(text.to_owned())) }
    }
}

impl FromStr for Person {
    type Err = UserError;

    /// Two ways of writing the same person must not be two persons: case and spaces do not count.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let person = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        let is_person = !person.is_empty() && person.len() <= PERSON_BYTES_MAX && !person.chars().any(char::is_control);
        if is_person { Ok(Self(person)) } else { Err(UserError::Person(text.to_owned())) }
    }
}

/// The conversions that serde and `Display` want, the same for each type that wraps a text.
macro_rules! text {
    ($type:ty) => {
        impl $type {
            /// Returns the text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $type {
            type Error = UserError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$type> for String {
            fn from(name: $type) -> Self {
                name.0
            }
        }
    };
}

text!(Login);
text!(Person);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_the_same_however_it_is_written() {
        let person = |text: &str| text.parse::<Person>().expect("it is one");
        assert_eq!(person(" Ann.Archivist@Example.ORG "), person("ann.archivist@example.org"));
        assert_eq!(person("Ann  Archivist"), person("ann archivist"));
        assert!("  ".parse::<Person>().is_err());
        assert!("a\u{1b}b".parse::<Person>().is_err());
    }

    #[test]
    fn a_login_is_plain() {
        assert!("ann.a@library-1".parse::<Login>().is_ok());
        for bad in ["", "Ann", "a b", "a/b", &"x".repeat(65)] {
            assert!(bad.parse::<Login>().is_err(), "{bad}");
        }
    }

    #[test]
    fn only_an_active_admin_of_the_institution_decides_for_it() {
        let institution: InstitutionName = "a.example.org".parse().expect("it is one");
        let other: InstitutionName = "b.example.org".parse().expect("it is one");
        let user = |role, is_active| User {
            login: "ann".parse().expect("it is one"),
            person: "ann@example.org".parse().expect("it is one"),
            institution: (role != UserRole::Admin).then(|| institution.clone()),
            role,
            is_active,
            created_at: Timestamp::UNIX_EPOCH,
            deactivated_at: None,
        };
        let admin = user(UserRole::InstitutionalAdmin, true);
        assert!(admin.decides_for(Some(&institution)));
        assert!(!admin.decides_for(Some(&other)) && !admin.decides_for(None));
        assert!(!user(UserRole::InstitutionalAdmin, false).decides_for(Some(&institution)));
        assert!(!user(UserRole::InstitutionalUser, true).decides_for(Some(&institution)));
        assert!(!user(UserRole::Admin, true).decides_for(Some(&institution)));
        assert!(user(UserRole::Admin, true).decides_for(None));
    }
}
