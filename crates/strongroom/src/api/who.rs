//! Who asks: a login and its token, by HTTP's basic authentication (RFC 7617).

use axum::http::{HeaderMap, header};
use backends::database::Database;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::User;

use super::problem::{NOT_PROVEN, Problem};
use crate::actions::{self, UserRefusal};

/// Returns who asks, proven.
///
/// # Errors
/// Nobody says who they are, or it is not proven; or the database cannot be asked.
pub async fn asks(headers: &HeaderMap, database: &Database) -> Result<User, Problem> {
    let refused = |because: &str| Problem::new(&NOT_PROVEN, because);
    let Some(given) = headers.get(header::AUTHORIZATION) else {
        return Err(match database.has_users().await? {
            true => refused("no login and token came with the request"),
            false => refused("there are no users yet: `strongroom user add` makes the first, who is an admin"),
        });
    };
    let (login, token) =
        given.to_str().ok().and_then(basic).ok_or_else(|| refused("what came is no login and token"))?;
    let login = login.parse().map_err(|_| refused("what came as a login is none"))?;
    match actions::authenticate(database, &login, &token).await {
        Ok(user) => Ok(user),
        Err(UserRefusal::Database(error)) => Err(error.into()),
        // Whether the login or the token is wrong is not told.
        Err(_) => Err(refused("there is no such active user, or the token is not theirs")),
    }
}

fn basic(given: &str) -> Option<(String, String)> {
    let (scheme, coded) = given.split_once(' ')?;
    let decoded = STANDARD.decode(coded.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let (login, token) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some((login.to_owned(), token.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::basic;

    #[test]
    fn login_and_token_are_taken_apart_at_the_first_colon() {
        let given = |text: &str| format!("Basic {}", super::Engine::encode(&super::STANDARD, text));
        let pair = |login: &str, token: &str| Some((login.to_owned(), token.to_owned()));
        assert_eq!(basic(&given("ada:strongroom_x:y")), pair("ada", "strongroom_x:y"));
        assert_eq!(basic(&given("ada:").replace("Basic", "bAsIc")), pair("ada", ""));
        for wrong in [given("ada"), "Bearer abc".to_owned(), "Basic".to_owned(), "Basic ?".to_owned()] {
            assert_eq!(basic(&wrong), None, "{wrong}");
        }
    }
}
