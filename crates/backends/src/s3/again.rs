//! Which answers of a server may be others when it is asked again.

/// What a server answers that may help if it is asked again.
const AGAIN: [&str; 11] = [
    "SlowDown",
    "InternalError",
    "ServiceUnavailable",
    "RequestTimeout",
    "ConditionalRequestConflict",
    "OperationAborted",
    // What was sent and what came differ: damaged on its way, since the digest was taken from the same bytes.
    "BadDigest",
    // So Garage calls a wrong sha256.
    "InvalidDigest",
    "IncompleteBody",
    "XAmzContentChecksumMismatch",
    "XAmzContentSHA256Mismatch",
];

/// Says whether asking again may help, by the status of HTTP and the server's word.
pub(super) fn may_help(status: u16, code: &str) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504) || AGAIN.contains(&code)
}
