//! Why something is not answered, in the form of RFC 9457 (`application/problem+json`).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use backends::database::DatabaseError;
use serde::Serialize;

/// A kind of problem: one row of [`PROBLEMS`].
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// Stable: scripts may rely on it.
    pub code: &'static str,
    /// The status of HTTP.
    pub status: StatusCode,
    /// What is wrong.
    pub title: &'static str,
    /// What to do.
    pub advice: &'static str,
}

/// Nobody is proven to ask.
pub const NOT_PROVEN: Kind = Kind {
    code: "API-NOT-PROVEN",
    status: StatusCode::UNAUTHORIZED,
    title: "it is not proven who asks",
    advice: "send your login and your token by HTTP's basic authentication, as in `curl -u LOGIN:TOKEN`; the token was \
             shown once by `strongroom user add`",
};
/// It is another's.
pub const NOT_YOURS: Kind = Kind {
    code: "API-NOT-YOURS",
    status: StatusCode::FORBIDDEN,
    title: "it is not yours to see",
    advice: "ask for what is of your own institution, or let an admin ask",
};
/// There is no such thing, or it is another's.
pub const NOT_HERE: Kind = Kind {
    code: "API-NOT-HERE",
    status: StatusCode::NOT_FOUND,
    title: "there is no such thing",
    advice: "look for it in the listing that is named like it; GET /api/v1 tells all that can be asked",
};
/// Two people agreed to delete it.
pub const GONE: Kind = Kind {
    code: "API-GONE",
    status: StatusCode::GONE,
    title: "it was deleted",
    advice: "what was agreed, and by whom, is told by /api/v1/deletions",
};
/// The parameters cannot be understood.
pub const PARAMETER: Kind = Kind {
    code: "API-PARAMETER",
    status: StatusCode::BAD_REQUEST,
    title: "a parameter cannot be understood",
    advice: "GET /api/v1 tells the parameters of each path",
};
/// Something else than looking.
pub const METHOD: Kind = Kind {
    code: "API-METHOD",
    status: StatusCode::METHOD_NOT_ALLOWED,
    title: "this API only looks",
    advice: "use GET; what changes something is done by commands",
};
/// The database does not answer.
pub const AWAY: Kind = Kind {
    code: "API-AWAY",
    status: StatusCode::SERVICE_UNAVAILABLE,
    title: "the registry cannot be asked now",
    advice: "ask again in a while; nothing is lost, and nothing was changed",
};
/// Our fault.
pub const BROKEN: Kind = Kind {
    code: "API-BROKEN",
    status: StatusCode::INTERNAL_SERVER_ERROR,
    title: "it could not be answered",
    advice: "nothing was changed; the log of the role api tells the cause to the operator",
};

/// Every kind.
pub const PROBLEMS: [&Kind; 8] = [&NOT_PROVEN, &NOT_YOURS, &NOT_HERE, &GONE, &PARAMETER, &METHOD, &AWAY, &BROKEN];
/// Seconds after which one may ask again.
const RETRY_SECONDS: &str = "5";

/// Why something is not answered.
#[derive(Debug)]
pub struct Problem {
    /// What kind of problem it is.
    pub kind: &'static Kind,
    /// This very case, for people.
    pub detail: String,
}

impl Problem {
    /// Tells this very case of a kind.
    #[must_use]
    pub fn new(kind: &'static Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }
}

impl From<DatabaseError> for Problem {
    /// What the database said is for the operator's log, not for whoever asks.
    fn from(error: DatabaseError) -> Self {
        let is_away = error.is_unreachable() || error.is_busy();
        // With its causes: what the database itself said is the last of them.
        let error = format!("{:#}", anyhow::Error::new(error));
        if is_away {
            tracing::warn!(error, "the registry could not be asked for the API");
            Self::new(&AWAY, "the database is away or busy")
        } else {
            tracing::error!(error, "the registry gave no answer for the API");
            Self::new(&BROKEN, "the database gave no answer that can be told")
        }
    }
}

#[derive(Serialize)]
struct Told<'a> {
    title: &'a str,
    status: u16,
    detail: &'a str,
    code: &'a str,
    what_to_do: &'a str,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Kind { code, status, title, advice } = *self.kind;
        let told = Told { title, status: status.as_u16(), detail: &self.detail, code, what_to_do: advice };
        let text = serde_json::to_string(&told).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, "application/problem+json")], text).into_response();
        let more = match status {
            StatusCode::UNAUTHORIZED => {
                Some((header::WWW_AUTHENTICATE, "Basic realm=\"strongroom\", charset=\"UTF-8\""))
            }
            StatusCode::SERVICE_UNAVAILABLE => Some((header::RETRY_AFTER, RETRY_SECONDS)),
            _ => None,
        };
        if let Some((name, value)) = more {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }
}
