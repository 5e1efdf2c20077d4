//! The platform of a container, which hands out credentials to who shows the token.

use std::io::{Read as _, Write as _};

/// What lasts, for a token that never expires.
pub const FOR_EVER: &str = "t";

/// Hands out the tester's credentials with a session token that `session` makes; returns its address.
#[allow(clippy::disallowed_types, reason = "a platform is a server")]
pub fn platform(token: &'static str, session: impl Fn() -> String + Send + 'static) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/role", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let (mut head, mut bytes) = (Vec::new(), [0; 512]);
            while !head.ends_with(b"\r\n\r\n") {
                match client.read(&mut bytes) {
                    Ok(got) if got > 0 => head.extend_from_slice(&bytes[..got]),
                    _ => break,
                }
            }
            let is_known = String::from_utf8_lossy(&head).to_lowercase().contains(&format!("authorization: {token}"));
            let body = format!(
                r#"{{"AccessKeyId":"tester","SecretAccessKey":"hush","Token":"{}","Expiration":"2099-01-01T00:00:00Z"}}"#,
                session()
            );
            let status = if is_known { "200 OK" } else { "403 Forbidden" };
            let answer =
                format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            // Who asked may have been killed.
            drop(client.write_all(answer.as_bytes()));
        }
    });
    url
}

/// A session token that the server takes for so many seconds from now on.
pub fn session_for(seconds: f64) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    format!("until-{:.3}", now.as_secs_f64() + seconds)
}
