//! Many streams against each alone: lengths at the edges of blocks, short reads, errors, stops, panics.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;

use super::*;
use crate::{Algorithm, Hasher};

/// A reader of so many bytes that are known by stream and place, in reads of uneven length, maybe with an error.
#[derive(Debug, Clone)]
struct Source {
    stream: usize,
    at: usize,
    size_bytes: usize,
    read_bytes_max: usize,
    breaks_at: Option<usize>,
}

impl Source {
    fn new(stream: usize, size_bytes: usize, read_bytes_max: usize) -> Self {
        Self { stream, at: 0, size_bytes, read_bytes_max, breaks_at: None }
    }

    fn bytes(&self) -> Vec<u8> {
        let end = self.breaks_at.unwrap_or(self.size_bytes);
        (0..end).map(|at| (at * 31 + self.stream * 7 + (at >> 6)) as u8).collect()
    }

    fn job(self, size_hint: u64) -> Job<usize, Self> {
        Job { key: self.stream, reader: self, size_hint }
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.breaks_at == Some(self.at) {
            return Err(io::Error::other("the disk is gone"));
        }
        let end = self.breaks_at.unwrap_or(self.size_bytes);
        let uneven = self.at * 13 % self.read_bytes_max + 1;
        let got = uneven.min(buffer.len()).min(end - self.at);
        for (byte, at) in buffer[..got].iter_mut().zip(self.at..) {
            *byte = (at * 31 + self.stream * 7 + (at >> 6)) as u8;
        }
        self.at += got;
        Ok(got)
    }
}

/// What was heard of one stream.
#[derive(Debug, Default, PartialEq)]
struct Heard {
    bytes: Vec<u8>,
    ended: Option<Result<(Digests, u64), String>>,
}

/// Keeps all that it hears, and asserts that it hears it in order.
#[derive(Default)]
struct Listener {
    heard: Mutex<BTreeMap<usize, Heard>>,
    longest_block: AtomicUsize,
}

impl Watch<usize> for Listener {
    fn block(&self, key: &usize, offset_bytes: u64, bytes: &[u8]) -> Control {
        let mut heard = self.heard.lock().unwrap();
        let heard = heard.entry(*key).or_default();
        assert_eq!(heard.bytes.len() as u64, offset_bytes, "blocks of stream {key} come in order");
        assert!(!bytes.is_empty() && heard.ended.is_none());
        heard.bytes.extend(bytes);
        self.longest_block.fetch_max(bytes.len(), Ordering::Relaxed);
        Control::Continue
    }

    fn ended(&self, key: usize, result: io::Result<(Digests, u64)>) -> Control {
        let result = result.map_err(|error| error.to_string());
        let before = self.heard.lock().unwrap().entry(key).or_default().ended.replace(result);
        assert_eq!(before, None, "stream {key} ends once");
        Control::Continue
    }
}

/// Hashes the sources and holds what is heard against each hashed alone.
fn check(
    level: Level,
    algorithms: Algorithms,
    sources: &[Source],
    limits: Limits,
    hint: impl Fn(&Source) -> u64 + Sync,
) {
    let listener = Listener::default();
    let jobs = sources.iter().map(|source| source.clone().job(hint(source)));
    hash_many_at(level, algorithms, jobs, limits, &listener);

    let mut heard = listener.heard.into_inner().unwrap();
    for source in sources {
        let seen = heard.remove(&source.stream).unwrap();
        let bytes = source.bytes();
        let mut hasher = Hasher::new(algorithms);
        hasher.update(&bytes);
        let expected = match source.breaks_at {
            Some(_) => Err("the disk is gone".to_owned()),
            None => Ok((hasher.finish(), bytes.len() as u64)),
        };
        assert!(seen.bytes == bytes, "the watcher saw other bytes of {source:?}");
        assert_eq!(seen.ended, Some(expected), "{source:?} {level:?} {limits:?}");
    }
    assert!(heard.is_empty());
}

fn true_hint(source: &Source) -> u64 {
    source.size_bytes as u64
}

fn sources() -> impl Strategy<Value = Vec<Source>> {
    let edge = prop::sample::select(vec![0, 1, 55, 56, 63, 64, 65, 111, 112, 119, 120, 127, 128, 129, 255, 256]);
    let size_bytes = prop_oneof![4 => edge, 4 => 0..5000_usize, 1 => 60_000..140_000_usize];
    let one = (size_bytes, 1..70_000_usize, prop::option::weighted(0.1, 0.0..1.0));
    prop::collection::vec(one, 0..50).prop_map(|all| {
        let source = |(stream, (size_bytes, read_bytes_max, breaks)): (usize, (usize, usize, Option<f64>))| Source {
            breaks_at: breaks.map(|part| (part * size_bytes as f64) as usize),
            ..Source::new(stream, size_bytes, read_bytes_max)
        };
        all.into_iter().enumerate().map(source).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn many_streams_have_the_digests_of_each_alone(
        sources in sources(),
        threads in 1..4_usize,
        buffer_bytes in prop_oneof![0..20_000_usize, Just(1 << 20), Just(64 << 20)],
        lie in 0..3_u64,
    ) {
        let algorithms = Algorithms::COMMON.with(Algorithm::Blake2b256);
        for level in Level::available() {
            check(level, algorithms, &sources, Limits { threads, buffer_bytes }, |source| true_hint(source) * lie);
        }
    }
}

#[test]
fn one_long_stream_is_shared_by_threads_and_has_the_same_digests() {
    for (size_bytes, hint) in [(9 << 20, 9 << 20), ((5 << 20) + 77, 0), (3 << 20, 1)] {
        for threads in [2, 3, 8] {
            let sources = [Source::new(0, size_bytes, 300_000)];
            let limits = Limits { threads, buffer_bytes: 16 << 20 };
            check(Level::best(), Algorithm::all().collect(), &sources, limits, |_| hint);
        }
    }
}

#[test]
fn a_long_stream_that_breaks_while_it_is_shared_ends_with_its_error() {
    let sources = [Source { breaks_at: Some(7 << 20), ..Source::new(0, 9 << 20, 300_000) }];
    check(Level::best(), Algorithms::COMMON, &sources, Limits { threads: 2, buffer_bytes: 16 << 20 }, true_hint);
}

#[test]
fn a_few_long_streams_are_passed_on_to_idle_threads() {
    let sources: Vec<_> = (0..5).map(|stream| Source::new(stream, (stream + 1) << 19, 1 << 20)).collect();
    check(Level::best(), Algorithms::COMMON, &sources, Limits { threads: 4, ..Limits::default() }, true_hint);
}

#[test]
fn no_algorithm_at_all_still_reads_and_counts() {
    let sources: Vec<_> = (0..9).map(|stream| Source::new(stream, stream * 1000, 500)).collect();
    check(Level::best(), Algorithms::NONE, &sources, Limits::default(), true_hint);
}

#[test]
fn a_block_is_never_longer_than_the_buffers() {
    let sources: Vec<_> = (0..40).map(|stream| Source::new(stream, 5000, 5000)).collect();
    for buffer_bytes in [0, 128, 1000, 4096] {
        let listener = Listener::default();
        let jobs = sources.iter().map(|source| source.clone().job(5000));

        hash_many(Algorithms::COMMON, jobs, Limits { threads: 2, buffer_bytes }, &listener);

        assert!(listener.longest_block.into_inner() <= buffer_bytes.max(128));
        assert_eq!(listener.heard.into_inner().unwrap().len(), 40);
    }
}

/// Does something at the n-th call.
struct AtCall<F> {
    calls: AtomicUsize,
    act_at: usize,
    act: F,
}

impl<F: Fn() -> Control + Sync> AtCall<F> {
    fn new(act_at: usize, act: F) -> Self {
        Self { calls: AtomicUsize::new(0), act_at, act }
    }

    fn called(&self) -> Control {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        if call == self.act_at { (self.act)() } else { Control::Continue }
    }
}

impl<F: Fn() -> Control + Sync> Watch<usize> for AtCall<F> {
    fn block(&self, _key: &usize, _offset_bytes: u64, _bytes: &[u8]) -> Control {
        self.called()
    }

    fn ended(&self, _key: usize, _result: io::Result<(Digests, u64)>) -> Control {
        self.called()
    }
}

#[test]
fn stop_is_obeyed_by_all_threads_soon() {
    for act_at in [0, 1, 50, 500] {
        let pulled = AtomicUsize::new(0);
        let jobs = (0..usize::MAX).map(|stream| {
            pulled.fetch_add(1, Ordering::Relaxed);
            Source::new(stream, 3000, 3000).job(3000)
        });
        let watch = AtCall::new(act_at, || Control::Stop);

        hash_many(Algorithms::COMMON, jobs, Limits { threads: 3, ..Limits::default() }, &watch);

        assert!(watch.calls.into_inner() > act_at);
        // There is no end of the jobs: to come back is to have stopped.
        assert!(pulled.into_inner() > 0);
    }
}

#[test]
fn a_stop_while_one_stream_is_shared_ends_all_threads() {
    let watch = AtCall::new(40, || Control::Stop);
    let jobs = [Source::new(0, 200 << 20, 1 << 20).job(200 << 20)];

    hash_many(Algorithms::COMMON, jobs.into_iter(), Limits { threads: 3, ..Limits::default() }, &watch);

    assert!(watch.calls.into_inner() < 60);
}

#[test]
fn a_panic_of_the_watcher_is_passed_on_and_no_thread_waits_for_ever() {
    for (streams, size_bytes) in [(1, 20 << 20), (200, 3000)] {
        let watch = AtCall::new(30, || panic!("the watcher fell asleep"));
        let jobs = (0..streams).map(|stream| Source::new(stream, size_bytes, 1 << 20).job(size_bytes as u64));
        let limits = Limits { threads: 3, ..Limits::default() };

        let result = catch_unwind(AssertUnwindSafe(|| hash_many(Algorithms::COMMON, jobs, limits, &watch)));

        assert!(result.is_err());
    }
}

#[test]
fn a_panic_of_the_iterator_is_passed_on() {
    let jobs = (0..500).map(|stream| {
        assert!(stream < 300, "the list is torn");
        Source::new(stream, 2000, 2000).job(2000)
    });
    let limits = Limits { threads: 3, ..Limits::default() };

    let result = catch_unwind(AssertUnwindSafe(|| hash_many(Algorithms::COMMON, jobs, limits, &Listener::default())));

    assert!(result.is_err());
}
