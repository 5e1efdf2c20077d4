//! A server of HTTP for tests, which says what it is told to say.

#![allow(clippy::disallowed_types, reason = "a server listens")]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

/// What somebody asked for.
pub(crate) struct Asked {
    /// Method and path.
    pub(crate) line: String,
    /// The first line and all headers, their names in small letters.
    pub(crate) head: String,
    pub(crate) body: String,
}

/// Answers each request with a status and a text; returns the address.
pub(crate) fn responder(answer: impl Fn(&Asked) -> (u16, String) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
    let url = format!("http://{}", listener.local_addr().expect("it has an address"));
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let Some(asked) = read(&mut client) else { continue };
            let (status, body) = answer(&asked);
            let head = format!("HTTP/1.1 {status} So\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
            // Who asked may have gone.
            drop(client.write_all((head + &body).as_bytes()));
        }
    });
    url
}

/// Takes connections and says nothing; returns the address.
pub(crate) fn silent() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
    let url = format!("http://{}", listener.local_addr().expect("it has an address"));
    std::thread::spawn(move || listener.incoming().collect::<Vec<_>>());
    url
}

fn read(client: &mut std::net::TcpStream) -> Option<Asked> {
    let (mut bytes, mut chunk) = (Vec::new(), [0; 1024]);
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let names = head.lines().map(|line| match line.split_once(": ") {
                Some((name, value)) => format!("{}: {value}\r\n", name.to_lowercase()),
                None => format!("{line}\r\n"),
            });
            let names: String = names.collect();
            let length =
                names.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
            if body.len() >= length {
                let line = names.split(" HTTP/").next().unwrap_or_default().to_owned();
                return Some(Asked { line, body: body.to_owned(), head: names });
            }
        }
        match client.read(&mut chunk) {
            Ok(got) if got > 0 => bytes.extend_from_slice(&chunk[..got]),
            _ => return None,
        }
    }
}
