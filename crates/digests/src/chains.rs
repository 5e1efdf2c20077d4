//! How far one stream has come under every algorithm of a set, apart from its bytes.

use crate::lanes::md5::{self, Md5};
use crate::lanes::sha1::{self, Sha1};
use crate::lanes::sha256::{self, Sha256};
use crate::lanes::sha512::{self, Sha512};
use crate::lanes::{Family, Level, Piece, STATE_WORDS, Word, compress_all};
use crate::{Algorithm, Algorithms, Digest, Digests, Hasher};

/// Bytes are handed over in multiples of this, the longest block of all algorithms, save at the end of a stream.
pub(crate) const GRAIN_BYTES: usize = 128;

/// The state of one stream under one algorithm.
type State<W> = [W; STATE_WORDS];

/// An algorithm that has lanes.
struct Laned<W: 'static> {
    algorithm: Algorithm,
    start: State<W>,
    compress_all: fn(Level, Vec<Piece<'_, W>>),
    compress_alone: fn(&mut State<W>, &[u8]),
}

impl<W: Word> Laned<W> {
    const fn new<F: Family<Word = W>>(algorithm: Algorithm, start: State<W>) -> Self {
        Self { algorithm, start, compress_all: compress_all::<F>, compress_alone: F::compress_alone }
    }
}

const NARROW: [Laned<u32>; 4] = [
    Laned::new::<Md5>(Algorithm::Md5, md5::START),
    Laned::new::<Sha1>(Algorithm::Sha1, sha1::START),
    Laned::new::<Sha256>(Algorithm::Sha224, sha256::START_224),
    Laned::new::<Sha256>(Algorithm::Sha256, sha256::START_256),
];

const WIDE: [Laned<u64>; 3] = [
    Laned::new::<Sha512>(Algorithm::Sha384, sha512::START_384),
    Laned::new::<Sha512>(Algorithm::Sha512, sha512::START_512),
    Laned::new::<Sha512>(Algorithm::Sha512_256, sha512::START_512_256),
];

/// The states of one stream.
pub(crate) struct Chains {
    algorithms: Algorithms,
    /// As in `NARROW`; those outside the set never leave their start.
    narrow: [State<u32>; NARROW.len()],
    /// As in `WIDE`.
    wide: [State<u64>; WIDE.len()],
    /// The algorithms without lanes.
    others: Hasher,
}

impl Chains {
    /// Starts a stream.
    pub(crate) fn new(algorithms: Algorithms) -> Self {
        Self {
            algorithms,
            narrow: NARROW.map(|laned| laned.start),
            wide: WIDE.map(|laned| laned.start),
            others: Hasher::new(algorithms.iter().filter(|algorithm| !has_lanes(*algorithm)).collect()),
        }
    }

    /// Returns the algorithms that are computed here.
    pub(crate) fn algorithms(&self) -> Algorithms {
        self.algorithms
    }

    /// Gives some of the algorithms away, to be computed elsewhere from here on.
    pub(crate) fn split_off(&mut self, part: Algorithms) -> Self {
        let part: Algorithms = self.algorithms.iter().filter(|algorithm| part.contains(*algorithm)).collect();
        self.algorithms = self.algorithms.iter().filter(|algorithm| !part.contains(*algorithm)).collect();
        Self { algorithms: part, narrow: self.narrow, wide: self.wide, others: self.others.split_off(part) }
    }

    /// Takes the next bytes of this one stream: a multiple of `GRAIN_BYTES`, unless they are the last.
    pub(crate) fn advance(&mut self, bytes: &[u8]) {
        for (laned, state) in NARROW.iter().zip(&mut self.narrow) {
            if self.algorithms.contains(laned.algorithm) {
                (laned.compress_alone)(state, bytes);
            }
        }
        for (laned, state) in WIDE.iter().zip(&mut self.wide) {
            if self.algorithms.contains(laned.algorithm) {
                (laned.compress_alone)(state, bytes);
            }
        }
        self.others.update(bytes);
    }

    /// Ends the stream: `size_bytes` long in all, its last bytes as `advance` took them.
    pub(crate) fn finish(self, size_bytes: u64, last: &[u8]) -> Digests {
        let mut digests = self.others.finish();
        for (laned, mut state) in NARROW.iter().zip(self.narrow) {
            if !self.algorithms.contains(laned.algorithm) {
                continue;
            }
            let bits = size_bytes.wrapping_mul(8);
            let is_md5 = laned.algorithm == Algorithm::Md5;
            let length = if is_md5 { bits.to_le_bytes() } else { bits.to_be_bytes() };
            let (padded, padded_bytes) = pad::<u32>(last, &length);
            (laned.compress_alone)(&mut state, &padded[..padded_bytes]);
            let bytes = state.map(|word| if is_md5 { word.to_le_bytes() } else { word.to_be_bytes() });
            digests.extend(cut(laned.algorithm, bytes.as_flattened()));
        }
        for (laned, mut state) in WIDE.iter().zip(self.wide) {
            if !self.algorithms.contains(laned.algorithm) {
                continue;
            }
            let length = (u128::from(size_bytes) * 8).to_be_bytes();
            let (padded, padded_bytes) = pad::<u64>(last, &length);
            (laned.compress_alone)(&mut state, &padded[..padded_bytes]);
            digests.extend(cut(laned.algorithm, state.map(u64::to_be_bytes).as_flattened()));
        }
        digests
    }
}

/// Takes the next bytes of many streams under all of the algorithms, which are the same for all: as
/// [`Chains::advance`] for each, and faster.
pub(crate) fn advance_all(level: Level, algorithms: Algorithms, streams: &mut [(&mut Chains, &[u8])]) {
    for (place, laned) in NARROW.iter().enumerate() {
        if algorithms.contains(laned.algorithm) {
            let pieces = streams.iter_mut().map(|(chains, bytes)| Piece { state: &mut chains.narrow[place], bytes });
            (laned.compress_all)(level, pieces.collect());
        }
    }
    for (place, laned) in WIDE.iter().enumerate() {
        if algorithms.contains(laned.algorithm) {
            let pieces = streams.iter_mut().map(|(chains, bytes)| Piece { state: &mut chains.wide[place], bytes });
            (laned.compress_all)(level, pieces.collect());
        }
    }
    for (chains, bytes) in streams {
        chains.others.update(bytes);
    }
}

fn has_lanes(algorithm: Algorithm) -> bool {
    NARROW.iter().any(|laned| laned.algorithm == algorithm) || WIDE.iter().any(|laned| laned.algorithm == algorithm)
}

/// Returns what is left of the last bytes after whole blocks, padded to one or two blocks with the length at their
/// end: RFC 1321 §3.1 and §3.2, FIPS 180-4 §5.1.
fn pad<W: Word>(last: &[u8], length: &[u8]) -> ([u8; 2 * GRAIN_BYTES], usize) {
    let rest = &last[last.len() / W::BLOCK_BYTES * W::BLOCK_BYTES..];
    let padded_bytes = (rest.len() + 1 + length.len()).next_multiple_of(W::BLOCK_BYTES);
    let mut padded = [0; 2 * GRAIN_BYTES];
    padded[..rest.len()].copy_from_slice(rest);
    padded[rest.len()] = 0x80;
    padded[padded_bytes - length.len()..padded_bytes].copy_from_slice(length);
    (padded, padded_bytes)
}

/// Returns the digest at the front of a state.
fn cut(algorithm: Algorithm, state: &[u8]) -> Option<Digest> {
    Digest::from_bytes(algorithm, &state[..algorithm.length_bytes()])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::lanes::compress_in_lanes;

    /// Lengths around the ends of blocks, where padding goes wrong.
    fn lengths() -> impl Strategy<Value = Vec<usize>> {
        let edge = prop::sample::select(vec![0, 1, 55, 56, 57, 63, 64, 65, 111, 112, 113, 119, 120, 127, 128, 129]);
        prop::collection::vec(prop_oneof![edge, 0..3000_usize], 0..40)
    }

    fn check(streams: &[Vec<u8>], level: Level, advance_all: impl Fn(Level, Algorithms, &mut [(&mut Chains, &[u8])])) {
        let all: Algorithms = Algorithm::all().collect();
        let mut chains: Vec<Chains> = streams.iter().map(|_| Chains::new(all)).collect();
        // Two steps, so that the states of the first are loaded again in the second.
        let middles: Vec<usize> = streams.iter().map(|bytes| bytes.len() / 2 / GRAIN_BYTES * GRAIN_BYTES).collect();
        let halves = |stream: usize| streams[stream].split_at(middles[stream]);
        let mut first: Vec<_> = chains.iter_mut().enumerate().map(|(n, chains)| (chains, halves(n).0)).collect();
        advance_all(level, all, &mut first);
        let mut second: Vec<_> = chains.iter_mut().enumerate().map(|(n, chains)| (chains, halves(n).1)).collect();
        advance_all(level, all, &mut second);

        for (stream, (chains, bytes)) in chains.into_iter().zip(streams).enumerate() {
            let mut hasher = Hasher::new(all);
            hasher.update(bytes);
            let seen = chains.finish(bytes.len() as u64, halves(stream).1);
            assert_eq!(seen, hasher.finish(), "stream {stream} of {} bytes, {level:?}", bytes.len());
        }
    }

    /// As `advance_all`, but in lanes down to the last stream whether that is worth it or not.
    fn advance_in_lanes(level: Level, algorithms: Algorithms, streams: &mut [(&mut Chains, &[u8])]) {
        for place in 0..NARROW.len() {
            let pieces = streams.iter_mut().map(|(chains, bytes)| Piece { state: &mut chains.narrow[place], bytes });
            let pieces = pieces.collect();
            match place {
                0 => compress_in_lanes::<Md5>(level, 1, pieces),
                1 => compress_in_lanes::<Sha1>(level, 1, pieces),
                _ => compress_in_lanes::<Sha256>(level, 1, pieces),
            }
        }
        for place in 0..WIDE.len() {
            let pieces = streams.iter_mut().map(|(chains, bytes)| Piece { state: &mut chains.wide[place], bytes });
            compress_in_lanes::<Sha512>(level, 1, pieces.collect());
        }
        for (chains, bytes) in streams {
            assert_eq!(chains.algorithms(), algorithms);
            chains.others.update(bytes);
        }
    }

    fn streams(lengths: &[usize], seed: u8) -> Vec<Vec<u8>> {
        let byte = |stream: usize, at: usize| (at * 31 + stream * 7 + (at >> 6)) as u8 ^ seed;
        lengths.iter().enumerate().map(|(stream, length)| (0..*length).map(|at| byte(stream, at)).collect()).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn streams_together_have_the_digests_of_each_alone(lengths in lengths(), seed: u8) {
            for level in Level::available() {
                check(&streams(&lengths, seed), level, advance_all);
            }
        }

        #[test]
        fn every_kernel_is_right_for_any_number_of_live_lanes(lengths in lengths(), seed: u8) {
            for level in Level::available() {
                check(&streams(&lengths, seed), level, advance_in_lanes);
            }
        }
    }

    #[test]
    fn algorithms_split_off_in_the_middle_go_on_from_there() {
        let all: Algorithms = Algorithm::all().collect();
        let bytes = streams(&[1000], 5).remove(0);
        let part = Algorithms::from(Algorithm::Md5).with(Algorithm::Sha512).with(Algorithm::Blake2b256);
        let mut hasher = Hasher::new(all);
        hasher.update(&bytes);

        let mut kept = Chains::new(all);
        kept.advance(&bytes[..512]);
        let mut given = kept.split_off(part);
        kept.advance(&bytes[512..]);
        given.advance(&bytes[512..]);

        assert_eq!(given.algorithms(), part);
        let mut digests = kept.finish(1000, &bytes[512..]);
        digests.extend(given.finish(1000, &bytes[512..]));
        assert_eq!(digests, hasher.finish());
    }
}
