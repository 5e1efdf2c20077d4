//! Identifies the files of folders: a line for each, `path<TAB>puid<TAB>kind`, and the time that it took.
//!
//! `cargo run --release -p pronom --example identify -- [--whole] [--push] PATH …`

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the answers and figures are what it is for")]

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use pronom::{Identification, Identifier, Limits, Recognizer, Scope, Signatures, Source};

/// Bytes that are pushed at a time.
const BLOCK_BYTES: usize = 64 << 10;

struct Opened {
    file: File,
    size_bytes: u64,
}

impl Source for Opened {
    fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read_at(buffer, offset)
    }
}

fn open(path: &Path) -> io::Result<Opened> {
    let file = File::open(path)?;
    let size_bytes = file.metadata()?.len();
    Ok(Opened { file, size_bytes })
}

fn push<'s>(recognizer: &mut Recognizer<'s>, path: &Path, name: &str) -> io::Result<Identification<'s>> {
    let mut block = vec![0; BLOCK_BYTES];
    let mut file = File::open(path)?;
    recognizer.reset();
    loop {
        match file.read(&mut block)? {
            0 => return Ok(recognizer.finish(Some(name))),
            read => recognizer.push(&block[..read]),
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut scope, mut is_pushed) = (Scope::Windows, false);
    let mut left: Vec<PathBuf> = Vec::new();
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--whole" => scope = Scope::Whole,
            "--push" => is_pushed = true,
            path => left.push(path.into()),
        }
    }
    let begin = Instant::now();
    let signatures = Signatures::official();
    eprintln!("table ready in {:.2} ms", begin.elapsed().as_secs_f64() * 1000.0);
    let mut identifier = Identifier::new(signatures, Limits::default());
    let mut recognizer = Recognizer::new(signatures, Limits::default());
    let mut out = BufWriter::new(io::stdout().lock());
    let (mut files, mut bytes) = (0_u64, 0_u64);
    let begin = Instant::now();
    while let Some(path) = left.pop() {
        if path.is_dir() {
            let mut entries: Vec<_> =
                std::fs::read_dir(&path)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
            entries.sort_by(|one, other| other.cmp(one));
            left.append(&mut entries);
            continue;
        }
        let name = path.to_string_lossy();
        let source = match open(&path) {
            Ok(source) => source,
            Err(error) => {
                eprintln!("cannot read {name}: {error}");
                continue;
            }
        };
        files += 1;
        bytes += source.size_bytes;
        let answer = if is_pushed {
            push(&mut recognizer, &path, &name)?
        } else {
            identifier.identify(&source, Some(&name), scope)?
        };
        match &answer.best {
            Some(best) => writeln!(out, "{name}\t{}\t{:?}", best.puid(), best.kind)?,
            None => writeln!(out, "{name}\tUNKNOWN\t")?,
        }
        for warning in &answer.warnings {
            writeln!(out, "\t\t{warning}")?;
        }
    }
    out.flush()?;
    let seconds = begin.elapsed().as_secs_f64();
    let (a_second, megabytes) = (files as f64 / seconds, bytes as f64 / 1e6);
    eprintln!(
        "{files} files, {megabytes:.1} MB in {seconds:.3} s: {a_second:.0} files/s, {:.1} MB/s",
        megabytes / seconds
    );
    Ok(())
}
