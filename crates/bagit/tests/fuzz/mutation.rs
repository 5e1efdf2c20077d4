//! Input made of a corpus by small changes, the same for the same seed.

/// Bytes that one input may grow to.
const INPUT_BYTES_MAX: usize = 256 << 10;

/// Pieces that parsers stumble over.
const PIECES: [&[u8]; 16] = [
    b"\n",
    b"\r",
    b"\r\n",
    b" ",
    b"\t",
    b":",
    b"%0A",
    b"%25",
    b"%",
    b"../",
    b"\\",
    b"*",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xc3",
    b"\0",
];

/// Makes one input after the other.
pub struct Mutator {
    state: u64,
    corpus: Vec<Vec<u8>>,
    input: Vec<u8>,
}

impl Mutator {
    pub fn new(seed: u64, corpus: &[&[u8]]) -> Self {
        Self { state: seed | 1, corpus: corpus.iter().map(|bytes| bytes.to_vec()).collect(), input: Vec::new() }
    }

    /// Returns the next input. Every so often one joins the corpus, so that changes add up.
    pub fn next_input(&mut self) -> &[u8] {
        let pick = self.below(self.corpus.len());
        self.input.clone_from(&self.corpus[pick]);
        for _ in 0..=self.below(6) {
            self.change();
        }
        self.input.truncate(INPUT_BYTES_MAX);
        if self.below(64) == 0 {
            let place = self.below(64);
            match self.corpus.get_mut(place) {
                Some(old) => old.clone_from(&self.input),
                None => self.corpus.push(self.input.clone()),
            }
        }
        &self.input
    }

    fn change(&mut self) {
        let place = self.below(self.input.len() + 1);
        let end = (place + self.below(40)).min(self.input.len());
        match self.below(6) {
            0 if place < self.input.len() => self.input[place] ^= 1 << self.below(8),
            1 => drop(self.input.drain(place..end)),
            2 => {
                let piece = PIECES[self.below(PIECES.len())];
                self.input.splice(place..place, piece.iter().copied());
            }
            3 => {
                let copy = self.input[place..end].to_vec();
                let target = self.below(self.input.len() + 1);
                self.input.splice(target..target, copy);
            }
            4 => self.input.truncate(place),
            _ => {
                let other = self.below(self.corpus.len());
                let start = self.below(self.corpus[other].len() + 1);
                let tail = self.corpus[other][start..].to_vec();
                self.input.splice(place.., tail);
            }
        }
    }

    /// The xorshift of Marsaglia: no crate is needed to be random enough for this.
    fn below(&mut self, bound: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 11) as usize % bound
    }
}
