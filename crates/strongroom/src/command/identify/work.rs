//! Work on many files by several threads, whose rows come out in the order of the walk.

use std::sync::{Mutex, PoisonError};

use pronom::{Identification, Signatures};

use super::super::in_order::InOrder;
use super::super::watch::Watch;
use super::form::Form;
use super::inspect::{Depth, Inspector, unread};
use super::location::Location;
use super::row::{Row, RowKind};
use super::rows::{Piece, Rows};
use super::walk::{Found, Reached, Step, Walk};
use super::writer::Writer;

/// Files that a thread takes at a time.
const TAKEN_MAX: usize = 32;

/// Ends the program when a thread panics: the others would wait for its rows for ever.
struct Alarm;

impl Drop for Alarm {
    fn drop(&mut self) {
        if std::thread::panicking() {
            std::process::exit(i32::from(super::super::exit::Exit::Failed.code()));
        }
    }
}

/// Inspects all files of a walk.
pub fn inspect_all(
    signatures: &Signatures,
    depth: Depth,
    form: &Form,
    walk: Walk,
    threads: usize,
    writer: &Mutex<Writer<'_>>,
    watch: &Watch,
) {
    let walk = Mutex::new((0, walk));
    let order = InOrder::new(|piece: Piece| writer.lock().unwrap_or_else(PoisonError::into_inner).write(&piece));
    let work = || {
        let _alarm = Alarm;
        let mut inspector = Inspector::new(signatures, depth);
        // Numbers are taken in rising order, as the ordered output wants it.
        while let Some((number, steps)) = take(&walk) {
            let give_part = |piece| order.give_part(number, piece);
            let mut rows = Rows::new(form, &give_part);
            for step in steps {
                watch.bytes(inspect(&mut inspector, step, form, &mut rows));
            }
            let piece = rows.finish();
            order.give(number, piece.bytes(), piece);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
}

fn take(walk: &Mutex<(usize, Walk)>) -> Option<(usize, Vec<Step>)> {
    let mut walk = walk.lock().unwrap_or_else(PoisonError::into_inner);
    let steps: Vec<_> = walk.1.by_ref().take(TAKEN_MAX).collect();
    walk.0 += 1;
    (!steps.is_empty()).then(|| (walk.0 - 1, steps))
}

fn inspect(inspector: &mut Inspector<'_>, step: Step, form: &Form, rows: &mut Rows<'_>) -> u64 {
    let Step { argument, path, level, found } = step;
    let mut bytes = 0;
    let here = || Location { file: path.clone(), inner: Vec::new() };
    match found {
        Found::File => bytes = inspector.file(path.clone(), level, rows),
        Found::Folder if form.is_numbered() => folder(&here(), level, rows),
        Found::Folder => {}
        Found::FolderBelow => rows.tally().folders_below += 1,
        Found::Link => rows.tally().links += 1,
        // What is named is meant, and a device cannot be read to its end.
        Found::Special if level == 0 => {
            unread(&here(), level, &std::io::Error::other("it is no regular file"), rows);
        }
        Found::Special => rows.tally().special += 1,
        Found::Unread(error) => unread(&here(), level, &error, rows),
    }
    rows.reached(Reached { argument, path });
    bytes
}

fn folder(location: &Location, level: usize, rows: &mut Rows<'_>) {
    let answer = Identification::default();
    let (kind, answer) = (RowKind::Folder, Ok(&answer));
    rows.row(&Row { location, level, kind, size_bytes: None, modified: None, answer, remarks: &[] });
}
