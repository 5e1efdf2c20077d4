//! Compiles signature files into the text that is committed as `src/table/official.txt`.
//!
//! `cargo run -p pronom --example compile BINARY.xml CONTAINER.xml [CUSTOM.xml …] > crates/pronom/src/table/official.txt`

#![allow(clippy::print_stdout, reason = "the table is what it is for")]

use std::path::Path;

use pronom::{SignatureFile, Signatures};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut files = Vec::new();
    for path in std::env::args().skip(1) {
        let name = Path::new(&path).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        files.push((name, std::fs::read_to_string(&path)?));
    }
    let files: Vec<_> = files.iter().map(|(name, xml)| SignatureFile { name, xml }).collect();
    let [binary, container, custom @ ..] = files.as_slice() else {
        return Err("give a binary and a container signature file".into());
    };
    match Signatures::compile(*binary, *container, custom) {
        Ok(signatures) => print!("{}", signatures.encode()),
        Err(error) => return Err(error.to_string().into()),
    }
    Ok(())
}
