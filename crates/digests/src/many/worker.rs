//! One thread: reads a piece of each of its streams, hashes all pieces together, and begins again.

use std::io::Read;

use super::crew::{Crew, Mood, Offer, Pull};
use super::plan::{Plan, grains};
use super::split;
use super::stream::Stream;
use super::{Job, Watch};
use crate::chains::advance_all;
use crate::lanes::Level;
use crate::{Algorithms, Digests};

/// One thread of a call.
pub(super) struct Worker<'a, K, R, I: Iterator<Item = Job<K, R>>, W> {
    level: Level,
    algorithms: Algorithms,
    plan: Plan,
    crew: &'a Crew<K, R, I>,
    watch: &'a W,
    streams: Vec<Stream<K, R>>,
    /// The pieces of all streams, one after the other; shared out anew in each round.
    buffer: Vec<u8>,
    /// Rounds that have begun.
    rounds: u32,
}

/// Rounds whose pieces are short: the first touch of a buffer costs more than to ask four times for its bytes, and a
/// small bag is at its end before all buffers were touched.
const SHORT_ROUNDS: u32 = 16;
/// How long the pieces of these are.
const SHORT_PIECE_BYTES: usize = 16 << 10;

impl<'a, K, R, I, W> Worker<'a, K, R, I, W>
where
    R: Read,
    I: Iterator<Item = Job<K, R>>,
    W: Watch<K>,
{
    /// Makes a thread that has nothing to do yet.
    pub(super) fn new(level: Level, algorithms: Algorithms, plan: Plan, crew: &'a Crew<K, R, I>, watch: &'a W) -> Self {
        Self { level, algorithms, plan, crew, watch, streams: Vec::new(), buffer: Vec::new(), rounds: 0 }
    }

    /// Works until all streams of the call have ended or the watcher says stop.
    pub(super) fn run(mut self) {
        let _alarm = Alarm(self.crew);
        while !self.crew.has_stopped() {
            self.pull();
            if self.crew.spare() > 0 {
                self.share();
            }
            if self.streams.is_empty() {
                match self.crew.wait() {
                    None => return,
                    Some(Offer::Stream(stream)) => self.streams.push(stream),
                    Some(Offer::Part(part)) => part.compute(),
                }
                continue;
            }
            self.read();
            self.hash();
            self.settle();
        }
    }

    /// Pulls as many jobs as there is room for, but of long streams only one in a round: so they are shared evenly
    /// among threads, and yet, because a stream of `n` pieces stays for `n` rounds, the lanes of each are filled.
    fn pull(&mut self) {
        let reserved: usize = self.streams.iter().map(|stream| stream.wanted_bytes(self.plan.piece_bytes)).sum();
        let mut room_bytes = self.plan.thread_bytes.saturating_sub(reserved);
        let mut fair_bytes = self.plan.thread_bytes as u64;
        if self.streams.len() >= self.plan.streams || room_bytes < self.plan.piece_bytes {
            return;
        }
        let mood = if self.streams.is_empty() { Mood::HasNothingElse } else { Mood::HasOtherWork };
        self.crew.pull(mood, |job| {
            let stream = Stream::new(self.algorithms, job);
            room_bytes = room_bytes.saturating_sub(stream.wanted_bytes(self.plan.piece_bytes));
            fair_bytes = fair_bytes.saturating_sub(stream.expected_bytes());
            self.streams.push(stream);
            let has_room = self.streams.len() < self.plan.streams && room_bytes >= self.plan.piece_bytes;
            if has_room && fair_bytes > 0 { Pull::More } else { Pull::Enough }
        });
    }

    /// Gives half of the streams to idle threads, or some of the algorithms of the only one.
    fn share(&mut self) {
        if self.streams.len() > 1 {
            let given = self.streams.len() / 2;
            self.crew.offer(given, || self.streams.pop().map(Offer::Stream));
            return;
        }
        let Some(mut stream) = self.streams.pop_if(|stream| split::is_worth_it(stream, &self.plan)) else { return };
        let helpers = split::recruit(&mut stream, self.crew);
        if helpers.is_empty() {
            self.streams.push(stream);
            return;
        }
        // The blocks of the shared stream take the place of the buffer.
        self.buffer = Vec::new();
        split::lead(stream, &helpers, &self.plan, self.crew, self.watch);
    }

    /// Reads a piece of each stream.
    fn read(&mut self) {
        if self.buffer.is_empty() {
            self.buffer = vec![0; self.plan.thread_bytes];
        }
        self.rounds = self.rounds.saturating_add(1);
        let is_early = self.rounds <= SHORT_ROUNDS;
        let piece_bytes = if is_early { SHORT_PIECE_BYTES.min(self.plan.piece_bytes) } else { self.plan.piece_bytes };
        let wanted_bytes = |stream: &Stream<K, R>| stream.wanted_bytes(piece_bytes);
        let all_bytes: usize = self.streams.iter().map(wanted_bytes).sum();
        // Hints may have been too low: then all get the same, and a grain at the least.
        let is_short = all_bytes > self.buffer.len();
        let most = if is_short { grains(self.buffer.len() / self.streams.len()) } else { piece_bytes };
        let mut start = 0;
        for stream in &mut self.streams {
            let end = start + stream.wanted_bytes(most);
            let (read, control) = stream.read_piece(&mut self.buffer[start..end], self.watch);
            stream.piece = start..start + read;
            start = end;
            self.crew.obey(control);
            if self.crew.has_stopped() {
                return;
            }
        }
    }

    /// Hashes the pieces of all streams together.
    fn hash(&mut self) {
        if self.crew.has_stopped() {
            return;
        }
        let whole = self.streams.iter_mut().filter(|stream| !stream.is_broken());
        let mut pieces: Vec<_> = whole.map(|stream| (&mut stream.chains, &self.buffer[stream.piece.clone()])).collect();
        advance_all(self.level, self.algorithms, &mut pieces);
    }

    /// Parts with the streams that have ended.
    fn settle(&mut self) {
        for stream in self.streams.extract_if(.., |stream| stream.has_ended()) {
            if self.crew.has_stopped() {
                return;
            }
            let piece = stream.piece.clone();
            self.crew.obey(stream.finish(&self.buffer[piece], Digests::default(), self.watch));
        }
    }
}

/// Sends everybody home when a thread panics: nobody shall wait for what it will never offer.
struct Alarm<'a, K, R, I: Iterator<Item = Job<K, R>>>(&'a Crew<K, R, I>);

impl<K, R, I: Iterator<Item = Job<K, R>>> Drop for Alarm<'_, K, R, I> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop();
        }
    }
}
