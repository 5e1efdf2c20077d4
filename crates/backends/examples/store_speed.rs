//! Measures a folder store: what many small files and one large one cost to put, to make durable and to read back.
//!
//! `cargo run --release -p backends --example store_speed -- FOLDER [FILES] [FILE_BYTES]`

#![allow(clippy::print_stdout)]

use std::error::Error;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Instant;

use backends::storage::{Draft, FolderStore, ReadBack, ReadBackAhead, Source, Store};

type Outcome<T> = Result<T, Box<dyn Error>>;

const LARGE_BYTES: u64 = 1 << 30;

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("say in which folder to measure")?);
    let files: u64 = arguments.next().map_or(Ok(100_000), |text| text.parse())?;
    let file_bytes: u64 = arguments.next().map_or(Ok(13_000), |text| text.parse())?;
    let place = folder.join("store_speed");
    fs::create_dir_all(&place)?;
    let tar = write_source(&place.join("source"), (files * file_bytes).max(LARGE_BYTES))?;
    let result = small_files(&place, &tar, files, file_bytes).and_then(|()| one_large_file(&place, &tar));
    fs::remove_dir_all(&place)?;
    result
}

fn small_files(place: &Path, tar: &File, files: u64, file_bytes: u64) -> Outcome<()> {
    println!("{files} files of {file_bytes} bytes into two stores");
    for threads in [1, 2, 4, 8] {
        let stores = two_stores(place)?;
        let drafts = [stores[0].draft("item", "object", "v1")?, stores[1].draft("item", "object", "v1")?];
        let put = timed(&format!("put, {threads} threads"), || {
            drafts.iter().try_for_each(|draft| {
                let items = (0..files).map(|number| {
                    let source =
                        Source::Range { file: tar, offset_bytes: number * file_bytes, length_bytes: file_bytes };
                    (name(number), source)
                });
                draft.put_many(items, threads).map(|_| ())
            })
        });
        put?;
        timed("make durable", || drafts.iter().try_for_each(Draft::make_durable))?;
        if threads == 2 {
            for (threads, files_ahead) in [
                (1, 0),
                (2, 0),
                (4, 0),
                (8, 0),
                (16, 0),
                (1, 16),
                (1, 64),
                (2, 16),
                (2, 64),
                (2, 256),
                (4, 64),
                (8, 64),
            ] {
                let what = format!("read back one store, {threads} threads, {files_ahead} files ahead");
                let bytes = timed(&what, || read_back(&drafts[0], files, threads, files_ahead))?;
                assert_eq!(bytes, files * file_bytes);
            }
        }
        timed("discard both", || drafts.into_iter().try_for_each(Draft::discard))?;
    }
    Ok(())
}

fn one_large_file(place: &Path, tar: &File) -> Outcome<()> {
    println!("one file of {LARGE_BYTES} bytes into one store");
    let store = two_stores(place)?.swap_remove(0);
    let draft = store.draft("item", "object", "v1")?;
    let source = Source::Range { file: tar, offset_bytes: 0, length_bytes: LARGE_BYTES };
    timed("put", || draft.put("v1/content/large", &source))?;
    timed("make durable", || draft.make_durable())?;
    timed("read back", || drain(draft.open_back("v1/content/large")?))?;
    draft.discard()?;
    Ok(())
}

fn name(number: u64) -> String {
    format!("v1/content/{:02x}/{number:060x}", number % 256)
}

fn two_stores(place: &Path) -> Outcome<Vec<Store>> {
    let root_files = [("0=ocfl_1.1".to_owned(), b"ocfl_1.1\n".to_vec())];
    ["one", "two"].iter().map(|id| Ok(FolderStore::create(place.join(id), id, &root_files)?.into())).collect()
}

/// Reads all files of a draft, each thread asking for the next one.
fn read_back(draft: &Draft, files: u64, threads: usize, files_ahead: usize) -> Outcome<u64> {
    let opening = (0..files).map(|number| draft.open_back(&name(number)));
    let opened = Mutex::new(ReadBackAhead::new(opening, files_ahead));
    let work = || {
        let mut bytes = 0;
        loop {
            let next = opened.lock().map_err(|_| "another thread panicked")?.next();
            let Some(file) = next else { return Ok::<u64, String>(bytes) };
            bytes += file
                .map_err(|error| error.to_string())
                .and_then(|file| drain(file).map_err(|error| error.to_string()))?;
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| Ok(thread.join().map_err(|_| "a thread panicked")??)).sum()
    })
}

fn drain(mut file: ReadBack) -> Outcome<u64> {
    let mut buffer = vec![0; 256 << 10];
    let mut bytes = 0;
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(bytes),
            count => bytes += count as u64,
        }
    }
}

/// Writes bytes that no file system can leave out: no zeros, no repeated blocks.
fn write_source(path: &Path, bytes: u64) -> Outcome<File> {
    let mut file = File::create(path)?;
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut block = vec![0; 1 << 20];
    for _ in 0..bytes.div_ceil(1 << 20) {
        for word in block.chunks_exact_mut(8) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            word.copy_from_slice(&state.to_le_bytes());
        }
        file.write_all(&block)?;
    }
    file.sync_all()?;
    Ok(File::open(path)?)
}

/// Prints what a piece of work took by the clock and of the processors, which a busy machine does not change.
fn timed<T, E: Into<Box<dyn Error>>>(what: &str, work: impl FnOnce() -> Result<T, E>) -> Outcome<T> {
    let (begun, processors) = (Instant::now(), processor_seconds()?);
    let result = work().map_err(Into::into)?;
    let (clock, processors) = (begun.elapsed().as_secs_f64(), processor_seconds()? - processors);
    println!("  {clock:>8.3} s by the clock, {processors:>7.2} s of processors: {what}");
    Ok(result)
}

/// Seconds that this process has used, by itself and in the kernel (proc_pid_stat(5): fields 14 and 15, in 1/100 s).
fn processor_seconds() -> Outcome<f64> {
    let text = fs::read_to_string("/proc/self/stat")?;
    let fields = text.rsplit_once(')').ok_or("no process name in /proc/self/stat")?.1;
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<f64>).sum::<Result<f64, _>>()?;
    Ok(ticks / 100.0)
}
