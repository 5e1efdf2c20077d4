//! `strongroom identify`: says what formats files have.

mod archive;
mod form;
mod inspect;
mod location;
mod marks;
mod members;
mod names;
mod opened;
mod row;
mod rows;
mod subject;
mod tally;
mod walk;
mod work;
mod writer;

use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use clap::Args;
use pronom::Scope;
use serde::Serialize;

use super::exit::Exit;
use super::house::{Where, here};
use super::output;
use super::shown::shown;
use super::watch::Watch;
use crate::config::{self, InForce};
use form::{Form, FormKind};
use inspect::Depth;
use marks::{Mark, Marks};
use tally::Tally;
use walk::{Reach, Walk};
use writer::Writer;

/// Say what formats files have.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom identify letter.doc map.tif
  strongroom identify -r samples/
  strongroom identify -r --archives --json deposits/ | jq -r 'select(.puid == null).path'
  strongroom identify -r --csv --resume scan.progress /mnt/share >> scan.csv

Formats are those of PRONOM, told by signatures in the bytes of a file, by what is inside of it (documents that are ZIP
or OLE2 containers), else by the extension of its name, else as text. Nothing else is needed: the signatures are part of
the program. `strongroom formats` shows them, updates them, and says how to add your own.

A table of one line a file: columns, then the path, then `!` and warnings. In it, and in CSV, control characters are
written as \\u{…} and bytes that are no UTF-8 as \\x…; path_hex has the exact bytes then.
--json prints one JSON object a line: path (path_hex, if it is no UTF-8), size_bytes, puid, name, version, mime, match
(signature, container, extension, text), basis (number of the signature, inner_path, and for each of its sequences the
first byte and the one behind the last), warnings (code, message), text_encoding, error, and the versions of the
signatures. --droid-csv has the columns of DROID's export, folders included; times are UTC, and text that nothing else is
known of has no format there.

Files come in the order of their names, each folder after the other. Symbolic links are not followed, unless they are
named as PATH; devices, pipes and sockets are passed over. Both are counted. The summary goes to standard error.

--archives looks into ZIP, tar, gzip and Zstandard, and into archives within them, 8 deep. A member is called
archive.zip!/path/in/it. What is damaged, encrypted, or more than 250 bytes for each byte of the archive is a warning on
the row of the member or archive, and the rest goes on.

With --resume FILE the run notes in FILE how far it is. Killed, the same call goes on there: write the output with >>, so
that the rest is added; rows that were written after the last note are taken back from it first. Through a pipe they would
come twice.

Exit codes: 0 all were read, known or not · 1 some could not be read · 2 it could not begin")]
pub struct Identify {
    /// Files, and folders, of which the files are taken
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Go through all folders in folders too
    #[arg(short, long)]
    recursive: bool,
    /// Print one JSON object a line
    #[arg(long, conflicts_with_all = ["csv", "droid_csv"])]
    json: bool,
    /// Print comma-separated values
    #[arg(long, conflicts_with = "droid_csv")]
    csv: bool,
    /// Print comma-separated values with the columns of DROID's export
    #[arg(long)]
    droid_csv: bool,
    /// Look into ZIP, tar, gzip and Zstandard archives
    #[arg(long)]
    archives: bool,
    /// Look at every byte, not at the first and last 65,536: slower, and finds what stands deep in a file
    #[arg(long)]
    whole: bool,
    /// Tell all formats that a file may have, the best first
    #[arg(long)]
    all_candidates: bool,
    /// Files in work at once [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=THREADS_MAX))]
    threads: Option<u16>,
    /// Note how far it is in FILE, and go on from there
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
}

/// Threads, each of which takes some hundred KiB.
const THREADS_MAX: i64 = 256;

/// What must be the same for a run to go on where another was.
#[derive(Serialize)]
struct Call<'a> {
    strongroom_identify: u8,
    paths_hex: Vec<String>,
    here_hex: String,
    options: [bool; 4],
    form: String,
    signatures: [&'a str; 2],
    custom_files: usize,
}

impl Identify {
    fn reach(&self) -> Reach {
        if self.recursive { Reach::AllBelow } else { Reach::OwnFiles }
    }

    /// Identifies all files.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        let begun = Instant::now();
        let signatures = config::signatures(&at.place()?)?;
        let form = self.form(&signatures)?;
        let (marks, mark) = match &self.resume {
            None => (None, None),
            Some(file) => {
                let (marks, mark) = Marks::open(file, &self.call(&form, &signatures))?;
                (Some(marks), mark)
            }
        };
        if let (Some(file), Some(mark)) = (&self.resume, &mark)
            && mark.is_finished
        {
            let file = file.display().to_string();
            output::note(&format!("all is done, as {} says: remove it to begin again", shown(&file)));
            return Ok(exit(&mark.tally));
        }
        let tally = self.go(begun, &signatures, &form, marks, mark)?;
        Ok(exit(&tally))
    }

    fn go(
        &self,
        begun: Instant,
        signatures: &InForce,
        form: &Form,
        marks: Option<Marks>,
        mark: Option<Mark>,
    ) -> anyhow::Result<Tally> {
        let watch = Watch::begin("identifying", None);
        if let Some(mark) = &mark {
            marks::take_back(mark)?;
        }
        let mark = mark.unwrap_or_default();
        let reached = mark.reached();
        if reached.is_none() {
            output::rows(&form.head());
        }
        let walk = Walk::new(self.paths.clone(), self.reach(), reached);
        let writer = Mutex::new(Writer::new(mark.tally, mark.numbers, marks, &watch));
        work::inspect_all(signatures, self.depth(), form, walk, self.threads(), &writer, &watch);
        let tally = writer.into_inner().unwrap_or_else(PoisonError::into_inner).finish()?;
        drop(watch);
        output::note(&tally.summary(begun.elapsed().as_secs_f64()));
        Ok(tally)
    }

    fn depth(&self) -> Depth {
        let scope = if self.whole { Scope::Whole } else { Scope::Windows };
        Depth { scope, has_archives: self.archives }
    }

    fn threads(&self) -> usize {
        self.threads.map_or_else(digests::cores, usize::from)
    }

    fn form(&self, signatures: &InForce) -> anyhow::Result<Form> {
        let kind = match (self.json, self.csv, self.droid_csv) {
            (true, _, _) => FormKind::Json,
            (_, true, _) => FormKind::Csv,
            (_, _, true) => FormKind::Droid,
            _ => FormKind::Table,
        };
        Ok(Form {
            kind,
            has_all_candidates: self.all_candidates,
            version: signatures.version().to_owned(),
            container_version: signatures.container_version().to_owned(),
            here: here()?,
        })
    }

    fn call(&self, form: &Form, signatures: &InForce) -> String {
        let call = Call {
            strongroom_identify: 1,
            paths_hex: self.paths.iter().map(|path| location::hex(path.as_os_str().as_bytes())).collect(),
            here_hex: location::hex(form.here.as_os_str().as_bytes()),
            options: [self.recursive, self.archives, self.whole, self.all_candidates],
            form: format!("{:?}", form.kind).to_lowercase(),
            signatures: [&form.version, &form.container_version],
            custom_files: signatures.custom.len(),
        };
        serde_json::to_string(&call).expect("plain data becomes JSON")
    }
}

fn exit(tally: &Tally) -> Exit {
    if tally.unread > 0 { Exit::Refused } else { Exit::Done }
}
