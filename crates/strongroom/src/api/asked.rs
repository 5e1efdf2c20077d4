//! What was asked: by whom, for which path, with which parameters.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use backends::database::Database;
use form_urlencoded::Serializer;
use model::{InstitutionName, Object, ObjectIdentifier, User, UserRole};

use super::endpoints::Endpoint;
use super::problem::{GONE, NOT_HERE, NOT_YOURS, PARAMETER, Problem};

/// Rows of a page unless another number is asked for.
const ROWS: u32 = 50;
/// Rows of a page at most; what is longer is read page by page.
const ROWS_MAX: u32 = 1000;

/// A request that was understood so far.
#[derive(Debug)]
pub struct Asked {
    /// The registry.
    pub database: Database,
    /// Who asks; nobody where anybody may.
    user: Option<User>,
    /// The path as it was asked for.
    path: String,
    /// The parts of the path that have a name.
    parts: BTreeMap<String, String>,
    parameters: BTreeMap<String, String>,
}

impl Asked {
    /// Takes the parameters of a query apart.
    ///
    /// # Errors
    /// One is not of this endpoint, is given twice, or has a character that no text in a registry has.
    pub fn new(
        endpoint: &Endpoint,
        database: Database,
        user: Option<User>,
        path: &str,
        parts: BTreeMap<String, String>,
        query: &str,
    ) -> Result<Self, Problem> {
        let mut parameters = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if !endpoint.parameters.iter().any(|(known, _)| *known == name) {
                let known: Vec<_> = endpoint.parameters.iter().map(|(known, _)| *known).collect();
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                return Err(Problem::new(&PARAMETER, format!("there is no parameter {name} here; there are: {known}")));
            }
            if value.contains('\0') {
                return Err(Problem::new(&PARAMETER, format!("{name}: no name has a character NUL")));
            }
            if parameters.insert(name.to_string(), value.into_owned()).is_some() {
                return Err(Problem::new(&PARAMETER, format!("{name} is given twice")));
            }
        }
        Ok(Self { database, user, path: path.to_owned(), parts, parameters })
    }

    /// Returns who asks.
    ///
    /// # Errors
    /// The endpoint is for anybody, and so nobody was asked who they are.
    pub fn user(&self) -> Result<&User, Problem> {
        self.user.as_ref().ok_or_else(|| Problem::new(&NOT_YOURS, "nobody was asked who they are"))
    }

    /// Returns a part of the path.
    ///
    /// # Errors
    /// It is none: then there is nothing of that name.
    pub fn part<T: FromStr<Err: Display>>(&self, name: &str) -> Result<T, Problem> {
        let text = self.parts.get(name).map(String::as_str).unwrap_or_default();
        // A server's database refuses to be asked for it, and nothing can have such a name.
        if text.contains('\0') {
            return Err(Problem::new(&NOT_HERE, format!("{name}: nothing has a name with a character NUL")));
        }
        text.parse().map_err(|error: T::Err| Problem::new(&NOT_HERE, error.to_string()))
    }

    /// Returns a parameter as text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        self.parameters.get(name).cloned()
    }

    /// Returns a parameter.
    ///
    /// # Errors
    /// It is none of its kind.
    pub fn parameter<T: FromStr<Err: Display>>(&self, name: &str) -> Result<Option<T>, Problem> {
        let Some(text) = self.parameters.get(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|error: T::Err| Problem::new(&PARAMETER, format!("{name}: {error}")))
    }

    /// Returns a parameter that is one of some words.
    ///
    /// # Errors
    /// It is none of them.
    pub fn word<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Result<Option<T>, Problem> {
        let Some(text) = self.parameters.get(name) else { return Ok(None) };
        match words.iter().find(|(word, _)| word == text) {
            Some((_, meant)) => Ok(Some(*meant)),
            None => {
                let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
                Err(Problem::new(&PARAMETER, format!("{name}: `{text}` is none of {}", known.join(", "))))
            }
        }
    }

    /// Returns how many rows are asked for.
    ///
    /// # Errors
    /// It is no number, or none of those that may be asked for.
    pub fn limit(&self) -> Result<u32, Problem> {
        match self.parameter("limit")?.unwrap_or(ROWS) {
            limit @ 1..=ROWS_MAX => Ok(limit),
            limit => Err(Problem::new(&PARAMETER, format!("limit: {limit} is not within 1 and {ROWS_MAX}"))),
        }
    }

    /// Returns the institution that a listing is of: the asker's own, or for an admin the one asked for, or all (`None`).
    ///
    /// # Errors
    /// It is another's.
    pub fn institution(&self) -> Result<Option<InstitutionName>, Problem> {
        let asked: Option<InstitutionName> = self.parameter("institution")?;
        match (&self.user()?.institution, asked) {
            (None, asked) => self.admin().map(|()| asked),
            (Some(own), Some(asked)) if *own != asked => {
                Err(Problem::new(&NOT_YOURS, format!("you ask for {own}, and not for {asked}")))
            }
            (Some(own), _) => Ok(Some(own.clone())),
        }
    }

    /// Insists that an admin asks.
    ///
    /// # Errors
    /// Somebody else does.
    pub fn admin(&self) -> Result<(), Problem> {
        match self.user()?.role {
            UserRole::Admin => Ok(()),
            other => Err(Problem::new(&NOT_YOURS, format!("this is for admins; you are {other}"))),
        }
    }

    /// Insists that the asker may see what is of an institution. What may not be seen is as if it were not there.
    ///
    /// # Errors
    /// They may not.
    pub fn sees(&self, institution: &InstitutionName, what: &dyn Display) -> Result<(), Problem> {
        let user = self.user()?;
        let is_theirs = user.role == UserRole::Admin || user.institution.as_ref() == Some(institution);
        if is_theirs { Ok(()) } else { Err(not_here(what)) }
    }

    /// Returns the object that the parameter `object` names, held or gone.
    ///
    /// # Errors
    /// There never was one, or it is another's.
    pub async fn known_object(&self) -> Result<Option<Object>, Problem> {
        let Some(identifier) = self.parameter::<ObjectIdentifier>("object")? else { return Ok(None) };
        self.sees(&identifier.institution, &identifier)?;
        let known = self.database.known_object(&identifier).await?;
        known.map(Some).ok_or_else(|| not_here(&identifier))
    }

    /// Returns the object that the path names.
    ///
    /// # Errors
    /// It is not held, or another's.
    pub async fn held_object(&self) -> Result<Object, Problem> {
        let identifier = self.identifier()?;
        match self.database.object(&identifier).await? {
            Some(object) => Ok(object),
            None => Err(self.not_held(&identifier).await?),
        }
    }

    /// Returns the identifier that the path names.
    ///
    /// # Errors
    /// It is none, or another's.
    pub fn identifier(&self) -> Result<ObjectIdentifier, Problem> {
        let identifier = ObjectIdentifier { institution: self.part("institution")?, name: self.part("name")? };
        self.sees(&identifier.institution, &identifier)?;
        Ok(identifier)
    }

    /// Says why an object is not held: two people deleted it, or there never was one.
    ///
    /// # Errors
    /// The registry cannot be asked.
    pub async fn not_held(&self, identifier: &ObjectIdentifier) -> Result<Problem, Problem> {
        Ok(match self.database.gone_object(identifier).await? {
            Some(gone) => Problem::new(&GONE, format!("{identifier} {}", gone.sentence())),
            None => not_here(identifier),
        })
    }

    /// Returns the path of the next page: the same question with a cursor.
    #[must_use]
    pub fn next(&self, cursor: &[(&'static str, String)]) -> String {
        let mut query = Serializer::new(String::new());
        let is_new = |name: &str| cursor.iter().any(|(new, _)| *new == name);
        query.extend_pairs(self.parameters.iter().filter(|(name, _)| !is_new(name)));
        query.extend_pairs(cursor);
        format!("{}?{}", self.path, query.finish())
    }
}

/// Says that something is not there.
#[must_use]
pub fn not_here(what: &dyn Display) -> Problem {
    Problem::new(&NOT_HERE, format!("there is no {what} that you may see"))
}
