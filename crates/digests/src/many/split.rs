//! One long stream shared by several threads, each with algorithms of its own.
//!
//! One stream of MD5 is slow and cannot be made faster; but then the other algorithms need not wait for it. The leader
//! reads blocks into a ring and lends each to all helpers; a block is read into again when every helper has given it
//! back.

use std::io::Read;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};

use super::crew::{Crew, Offer};
use super::plan::{BLOCKS, Plan};
use super::stream::Stream;
use super::{Job, Watch};
use crate::chains::Chains;
use crate::{Algorithm, Algorithms, Digests};

/// What reading and watching a stream costs its leader, in the measure of `cost`.
const COST_OF_READING: u32 = 20;

/// Some algorithms of a stream, for another thread.
pub(super) struct Part {
    chains: Chains,
    blocks: Receiver<Block>,
    answers: Sender<Answer>,
}

/// A block of the stream, lent.
struct Block {
    bytes: Arc<Vec<u8>>,
    filled: usize,
    /// How long the stream is when this was its end.
    size_bytes: Option<u64>,
}

enum Answer {
    /// The oldest block that is out is given back.
    Free,
    /// After the last block.
    Ended(Digests),
}

/// A thread that computes a [`Part`], as the leader sees it.
pub(super) struct Helper {
    blocks: Sender<Block>,
    answers: Receiver<Answer>,
}

/// Returns whether enough of a stream is to come to be worth the hand-over, and whether there is something to share.
pub(super) fn is_worth_it<K, R: Read>(stream: &Stream<K, R>, plan: &Plan) -> bool {
    // A stream that is longer than was expected is taken to be half read.
    let rest_bytes = if stream.expected_bytes() == 0 { stream.read_bytes() } else { stream.expected_bytes() };
    plan.block_bytes > 0
        && rest_bytes >= (BLOCKS * plan.block_bytes) as u64
        && stream.chains.algorithms().iter().count() > 1
}

/// Shares the algorithms of a stream with idle threads; returns nobody when there was none.
pub(super) fn recruit<K, R, I>(stream: &mut Stream<K, R>, crew: &Crew<K, R, I>) -> Vec<Helper>
where
    I: Iterator<Item = Job<K, R>>,
{
    let shares = shares(stream.chains.algorithms(), crew.spare());
    let mut helpers = Vec::new();
    crew.offer(shares.len(), || {
        let share = shares.get(helpers.len())?;
        let (blocks_in, blocks) = mpsc::channel();
        let (answers, answers_out) = mpsc::channel();
        helpers.push(Helper { blocks: blocks_in, answers: answers_out });
        Some(Offer::Part(Part { chains: stream.chains.split_off(*share), blocks, answers }))
    });
    helpers
}

/// Returns what each of up to so many helpers computes, so that all and the leader take about the same time.
fn shares(algorithms: Algorithms, helpers: usize) -> Vec<Algorithms> {
    let mut sorted: Vec<Algorithm> = algorithms.iter().collect();
    sorted.sort_by_key(|algorithm| std::cmp::Reverse(cost(*algorithm)));
    // The leader is the first.
    let mut shares = vec![(COST_OF_READING, Algorithms::NONE); helpers + 1];
    shares[1..].iter_mut().for_each(|share| share.0 = 0);
    for algorithm in sorted {
        if let Some(lightest) = shares.iter_mut().min_by_key(|share| share.0) {
            *lightest = (lightest.0 + cost(algorithm), lightest.1.with(algorithm));
        }
    }
    shares.into_iter().skip(1).map(|share| share.1).filter(|share| !share.is_empty()).collect()
}

/// Returns what an algorithm costs for one stream alone: hundredths of a second for a GB, measured on Zen 5.
fn cost(algorithm: Algorithm) -> u32 {
    match algorithm {
        Algorithm::Md5 => 145,
        Algorithm::Sha1 | Algorithm::Sha224 | Algorithm::Sha256 => 50,
        Algorithm::Sha384 | Algorithm::Sha512 | Algorithm::Sha512_256 => 115,
        Algorithm::Blake2b160 | Algorithm::Blake2b256 | Algorithm::Blake2b384 | Algorithm::Blake2b512 => 100,
    }
}

/// Reads the rest of a stream, lends each block to the helpers, and tells the watcher of its end.
pub(super) fn lead<K, R, I>(
    mut stream: Stream<K, R>,
    helpers: &[Helper],
    plan: &Plan,
    crew: &Crew<K, R, I>,
    watch: &impl Watch<K>,
) where
    R: Read,
    I: Iterator<Item = Job<K, R>>,
{
    let mut ring: Vec<_> = (0..BLOCKS).map(|_| Arc::new(vec![0; plan.block_bytes])).collect();
    for turn in 0_usize.. {
        if turn >= BLOCKS && !helpers.iter().all(Helper::gives_back) {
            break;
        }
        let block = &mut ring[turn % BLOCKS];
        let buffer = Arc::get_mut(block).expect("all helpers have given this block back");
        let (filled, control) = stream.read_piece(buffer, watch);
        crew.obey(control);
        if crew.has_stopped() {
            return;
        }
        if stream.is_broken() {
            return crew.obey(stream.finish(&[], Digests::default(), watch));
        }
        let size_bytes = stream.has_ended().then(|| stream.read_bytes());
        let lend = |helper: &Helper| helper.blocks.send(Block { bytes: Arc::clone(block), filled, size_bytes }).is_ok();
        if !helpers.iter().all(lend) {
            break;
        }
        stream.chains.advance(&block[..filled]);
        if stream.has_ended() {
            let Some(others) = helpers.iter().map(Helper::digests).collect::<Option<Vec<_>>>() else { break };
            let others = others.into_iter().flatten().collect();
            return crew.obey(stream.finish(&block[..filled], others, watch));
        }
    }
    // A helper is gone, which it is only after a panic.
    crew.stop();
}

impl Helper {
    /// Waits until the oldest block that is out is given back.
    fn gives_back(&self) -> bool {
        matches!(self.answers.recv(), Ok(Answer::Free))
    }

    /// Waits for the digests.
    fn digests(&self) -> Option<Digests> {
        self.answers.iter().find_map(|answer| match answer {
            Answer::Free => None,
            Answer::Ended(digests) => Some(digests),
        })
    }
}

impl Part {
    /// Hashes the blocks until the last, or until the leader has given up.
    pub(super) fn compute(self) {
        let Self { mut chains, blocks, answers } = self;
        for Block { bytes, filled, size_bytes } in blocks {
            chains.advance(&bytes[..filled]);
            if let Some(size_bytes) = size_bytes {
                let ended = Answer::Ended(chains.finish(size_bytes, &bytes[..filled]));
                // Nobody hears it when the leader has given up.
                return drop(answers.send(ended));
            }
            // Given back before it is said, or the leader would find it still lent.
            drop(bytes);
            if answers.send(Answer::Free).is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Control;
    use super::*;

    fn check(algorithms: &[Algorithm], helpers: usize, expected: &[&[Algorithm]]) {
        let expected: Vec<Algorithms> = expected.iter().map(|share| share.iter().copied().collect()).collect();
        assert_eq!(shares(algorithms.iter().copied().collect(), helpers), expected);
    }

    #[test]
    fn the_slowest_algorithm_goes_to_a_helper() {
        check(&[Algorithm::Md5, Algorithm::Sha256], 1, &[&[Algorithm::Md5]]);
        check(&[Algorithm::Md5, Algorithm::Sha256], 3, &[&[Algorithm::Md5], &[Algorithm::Sha256]]);
    }

    #[test]
    fn algorithms_are_shared_by_what_they_cost() {
        use Algorithm::{Md5, Sha1, Sha256, Sha512};
        check(&[Md5, Sha1, Sha256, Sha512], 1, &[&[Md5, Sha256]]);
        check(&[Md5, Sha1, Sha256, Sha512], 2, &[&[Md5], &[Sha512]]);
    }

    #[test]
    fn without_helpers_nothing_is_shared() {
        check(&[Algorithm::Md5, Algorithm::Sha256], 0, &[]);
    }

    struct Ended(std::sync::Mutex<Vec<(Digests, u64)>>);

    impl Watch<()> for Ended {
        fn ended(&self, (): (), result: std::io::Result<(Digests, u64)>) -> Control {
            self.0.lock().unwrap().push(result.unwrap());
            Control::Continue
        }
    }

    #[test]
    fn leader_and_helper_together_have_all_digests() {
        let bytes: Vec<u8> = (0..3_000_001_u32).map(|at| ((at * 7) >> 4) as u8).collect();
        let plan = Plan::new(crate::Limits { threads: 2, buffer_bytes: 64 << 10 });
        let crew = Crew::new(std::iter::empty(), 2);
        let watch = Ended(std::sync::Mutex::default());
        let job = Job { key: (), reader: &bytes[..], size_hint: 0 };
        let mut stream = Stream::new(Algorithms::COMMON, job);
        let mut hasher = crate::Hasher::new(Algorithms::COMMON);
        hasher.update(&bytes);

        std::thread::scope(|scope| {
            scope.spawn(|| match crew.wait() {
                Some(Offer::Part(part)) => part.compute(),
                _ => panic!("a part is offered"),
            });
            while crew.spare() == 0 {
                std::thread::yield_now();
            }
            let helpers = recruit(&mut stream, &crew);
            assert_eq!((helpers.len(), stream.chains.algorithms().iter().count()), (1, 2));
            lead(stream, &helpers, &plan, &crew, &watch);
        });

        assert_eq!(watch.0.into_inner().unwrap(), [(hasher.finish(), 3_000_001)]);
    }
}
