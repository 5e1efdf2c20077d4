//! The same compression function over many streams at once, one stream a SIMD lane.
//!
//! A chain of MD5 or SHA blocks cannot be parallelised within itself, but streams are independent of each other: lane
//! `n` of every vector register works on stream `n`. [`compress_all`] keeps the lanes full: a stream whose bytes are
//! used up leaves its lane to the next, longest first, and the last few are finished one by one.

/// Writes a step 16 times for each number at which it begins, with its own number as a constant. The loop over the
/// lanes becomes vector code only when no other loop is inside it, and the compiler does not unroll 64 steps by itself.
macro_rules! steps {
    ([$($begin:literal)*], |$step:ident| $body:block) => {
        $(steps!(@ $begin, [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15], $step, $body);)*
    };
    (@ $begin:literal, [$($offset:literal)*], $step:ident, $body:block) => {
        $({
            const $step: usize = $begin + $offset;
            $body
        })*
    };
}

pub(crate) mod md5;
pub(crate) mod sha1;
pub(crate) mod sha256;
pub(crate) mod sha512;
#[cfg(target_arch = "x86_64")]
mod transpose;
#[cfg(target_arch = "x86_64")]
mod x86;

/// Words of a chaining state; MD5 uses four of them and SHA-1 five.
pub(crate) const STATE_WORDS: usize = 8;
/// Words of a block, in all four families.
pub(crate) const BLOCK_WORDS: usize = 16;

/// The states of `L` lanes, word by word.
pub(crate) type States<W, const L: usize> = [[W; L]; STATE_WORDS];
/// One block of each of `L` lanes, word by word.
pub(crate) type Words<W, const L: usize> = [[W; L]; BLOCK_WORDS];

/// A family of hash functions that share a compression function.
pub(crate) trait Family {
    /// What it computes with.
    type Word: Word;

    /// Compresses one block in each lane. Its body is one loop over the lanes, so that it becomes vector code of
    /// whatever width the caller's target features allow.
    fn compress_lanes<const L: usize>(states: &mut States<Self::Word, L>, words: &Words<Self::Word, L>);

    /// Compresses the whole blocks of one stream as fast as one stream can be; ignores what is left over.
    fn compress_alone(state: &mut [Self::Word; STATE_WORDS], bytes: &[u8]);

    /// Returns from how many streams on the lanes of this level beat one stream after the other; `None` when they
    /// never do. Measured on Zen 5.
    fn fewest(level: Level) -> Option<usize>;
}

/// `u32` or `u64`.
pub(crate) trait Word: Copy + Default {
    /// Bytes of a block of such words.
    const BLOCK_BYTES: usize;

    /// Reads word `index` of the block at `at`; little-endian, families that want it otherwise swap it themselves.
    fn read(block: &[u8], index: usize) -> Self;

    /// Compresses blocks of 16 streams with AVX-512.
    #[cfg(target_arch = "x86_64")]
    fn avx512<F: Family<Word = Self>>(
        proof: x86::Avx512,
        states: &mut States<Self, 16>,
        inputs: &[&[u8]; 16],
        blocks: usize,
    );
}

impl Word for u32 {
    const BLOCK_BYTES: usize = 64;

    #[inline(always)]
    fn read(block: &[u8], index: usize) -> Self {
        let at = index * 4;
        u32::from_le_bytes([block[at], block[at + 1], block[at + 2], block[at + 3]])
    }

    #[cfg(target_arch = "x86_64")]
    fn avx512<F: Family<Word = Self>>(
        proof: x86::Avx512,
        states: &mut States<Self, 16>,
        inputs: &[&[u8]; 16],
        blocks: usize,
    ) {
        proof.compress_narrow::<F>(states, inputs, blocks);
    }
}

impl Word for u64 {
    const BLOCK_BYTES: usize = 128;

    #[inline(always)]
    fn read(block: &[u8], index: usize) -> Self {
        let at = index * 8;
        let byte = |offset: usize| block[at + offset];
        u64::from_le_bytes([byte(0), byte(1), byte(2), byte(3), byte(4), byte(5), byte(6), byte(7)])
    }

    #[cfg(target_arch = "x86_64")]
    fn avx512<F: Family<Word = Self>>(
        proof: x86::Avx512,
        states: &mut States<Self, 16>,
        inputs: &[&[u8]; 16],
        blocks: usize,
    ) {
        proof.compress_wide::<F>(states, inputs, blocks);
    }
}

/// Which vector instructions are used.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Level {
    /// What every machine of the target has: SSE2 or NEON, four lanes.
    Portable,
    /// AVX2, eight lanes.
    #[cfg(target_arch = "x86_64")]
    Avx2(x86::Avx2),
    /// AVX-512, sixteen lanes.
    #[cfg(target_arch = "x86_64")]
    Avx512(x86::Avx512),
}

impl Level {
    /// Returns the best that this machine has.
    pub(crate) fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if let Some(proof) = x86::Avx512::detect() {
                return Level::Avx512(proof);
            }
            if let Some(proof) = x86::Avx2::detect() {
                return Level::Avx2(proof);
            }
        }
        Level::Portable
    }

    /// Returns all that this machine has.
    #[cfg(test)]
    pub(crate) fn available() -> Vec<Self> {
        let mut levels = vec![Level::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            levels.extend(x86::Avx2::detect().map(Level::Avx2));
            levels.extend(x86::Avx512::detect().map(Level::Avx512));
        }
        levels
    }
}

/// Bytes of one stream that wait to be compressed into its state.
pub(crate) struct Piece<'a, W> {
    /// The stream's chaining state.
    pub(crate) state: &'a mut [W; STATE_WORDS],
    /// What comes next in the stream; what is left over after whole blocks is ignored.
    pub(crate) bytes: &'a [u8],
}

/// Compresses the whole blocks of all pieces into their states.
pub(crate) fn compress_all<F: Family>(level: Level, pieces: Vec<Piece<'_, F::Word>>) {
    match F::fewest(level) {
        Some(fewest) if pieces.len() >= fewest => compress_in_lanes::<F>(level, fewest, pieces),
        _ => pieces.into_iter().for_each(|piece| F::compress_alone(piece.state, piece.bytes)),
    }
}

pub(crate) fn compress_in_lanes<F: Family>(level: Level, fewest: usize, pieces: Vec<Piece<'_, F::Word>>) {
    match level {
        Level::Portable => fill_lanes::<F, 4>(fewest, pieces, compress_blocks::<F, 4>),
        #[cfg(target_arch = "x86_64")]
        Level::Avx2(proof) => fill_lanes::<F, 8>(fewest, pieces, |states, inputs, blocks| {
            proof.compress::<F>(states, inputs, blocks);
        }),
        #[cfg(target_arch = "x86_64")]
        Level::Avx512(proof) => fill_lanes::<F, 16>(fewest, pieces, |states, inputs, blocks| {
            F::Word::avx512::<F>(proof, states, inputs, blocks);
        }),
    }
}

/// Drives `compress` over all pieces until fewer than `fewest` are left, and those alone.
fn fill_lanes<F: Family, const L: usize>(
    fewest: usize,
    mut pieces: Vec<Piece<'_, F::Word>>,
    compress: impl Fn(&mut States<F::Word, L>, &[&[u8]; L], usize),
) {
    pieces.retain(|piece| piece.bytes.len() >= F::Word::BLOCK_BYTES);
    // Longest first, so that the lanes run empty at about the same time.
    pieces.sort_unstable_by_key(|piece| std::cmp::Reverse(piece.bytes.len()));
    let mut waiting = pieces.into_iter();
    let mut lanes: [Option<Piece<'_, F::Word>>; L] = std::array::from_fn(|_| None);
    let mut states = [[F::Word::default(); L]; STATE_WORDS];
    loop {
        for (lane, place) in lanes.iter_mut().enumerate().filter(|(_, place)| place.is_none()) {
            let Some(piece) = waiting.next() else { break };
            load(&mut states, lane, piece.state);
            *place = Some(piece);
        }
        let live = lanes.iter().flatten().count();
        let Some(shortest) = lanes.iter().flatten().map(|piece| piece.bytes).min_by_key(|bytes| bytes.len()) else {
            return;
        };
        if live < fewest {
            break;
        }
        // An empty lane computes what a live one does; nobody looks at it.
        let inputs = std::array::from_fn(|lane| lanes[lane].as_ref().map_or(shortest, |piece| piece.bytes));
        let blocks = shortest.len() / F::Word::BLOCK_BYTES;
        compress(&mut states, &inputs, blocks);
        for (lane, place) in lanes.iter_mut().enumerate() {
            place.take_if(|piece| {
                piece.bytes = &piece.bytes[blocks * F::Word::BLOCK_BYTES..];
                let used_up = piece.bytes.len() < F::Word::BLOCK_BYTES;
                if used_up {
                    store(&states, lane, piece.state);
                }
                used_up
            });
        }
    }
    for (lane, piece) in lanes.into_iter().enumerate() {
        let Some(piece) = piece else { continue };
        store(&states, lane, piece.state);
        F::compress_alone(piece.state, piece.bytes);
    }
}

fn load<W: Word, const L: usize>(states: &mut States<W, L>, lane: usize, state: &[W; STATE_WORDS]) {
    states.iter_mut().zip(state).for_each(|(row, word)| row[lane] = *word);
}

fn store<W: Word, const L: usize>(states: &States<W, L>, lane: usize, state: &mut [W; STATE_WORDS]) {
    states.iter().zip(state).for_each(|(row, word)| *word = row[lane]);
}

/// Compresses blocks of `L` streams with the vector instructions that the caller may use.
#[inline(always)]
fn compress_blocks<F: Family, const L: usize>(states: &mut States<F::Word, L>, inputs: &[&[u8]; L], blocks: usize) {
    let mut words = [[F::Word::default(); L]; BLOCK_WORDS];
    for block in 0..blocks {
        gather(&mut words, inputs, block);
        F::compress_lanes(states, &words);
    }
}

/// Reads one block of each stream, word by word.
#[inline(always)]
fn gather<W: Word, const L: usize>(words: &mut Words<W, L>, inputs: &[&[u8]; L], block: usize) {
    for lane in 0..L {
        let bytes = &inputs[lane][block * W::BLOCK_BYTES..][..W::BLOCK_BYTES];
        for (index, word) in words.iter_mut().enumerate() {
            word[lane] = W::read(bytes, index);
        }
    }
}
