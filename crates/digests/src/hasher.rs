//! One stream under several algorithms at once.

use blake2::digest::consts::{U20, U32, U48};
use blake2::{Blake2b, Blake2b512};
use sha2::Digest as _;

use crate::{Algorithm, Algorithms, Digest, Digests};

/// Hashes one stream under every algorithm of a set.
#[derive(Clone)]
pub struct Hasher(Vec<One>);

#[derive(Clone)]
enum One {
    Md5(md5::Md5),
    Sha1(sha1::Sha1),
    Sha224(sha2::Sha224),
    Sha256(sha2::Sha256),
    Sha384(sha2::Sha384),
    Sha512(sha2::Sha512),
    Sha512_256(sha2::Sha512_256),
    Blake2b160(Blake2b<U20>),
    Blake2b256(Blake2b<U32>),
    Blake2b384(Blake2b<U48>),
    Blake2b512(Blake2b512),
}

/// Does the same with whichever hasher it is.
macro_rules! each {
    ($one:expr, $hasher:ident => $body:expr) => {
        match $one {
            One::Md5($hasher) => $body,
            One::Sha1($hasher) => $body,
            One::Sha224($hasher) => $body,
            One::Sha256($hasher) => $body,
            One::Sha384($hasher) => $body,
            One::Sha512($hasher) => $body,
            One::Sha512_256($hasher) => $body,
            One::Blake2b160($hasher) => $body,
            One::Blake2b256($hasher) => $body,
            One::Blake2b384($hasher) => $body,
            One::Blake2b512($hasher) => $body,
        }
    };
}

impl Hasher {
    /// Starts a stream.
    #[must_use]
    pub fn new(algorithms: Algorithms) -> Self {
        Self(algorithms.iter().map(One::new).collect())
    }

    /// Takes the next bytes of the stream.
    pub fn update(&mut self, bytes: &[u8]) {
        for one in &mut self.0 {
            each!(one, hasher => hasher.update(bytes));
        }
    }

    /// Gives some of the algorithms away, to be computed elsewhere from here on.
    pub(crate) fn split_off(&mut self, part: Algorithms) -> Self {
        Self(self.0.extract_if(.., |one| part.contains(one.algorithm())).collect())
    }

    /// Ends the stream.
    #[must_use]
    pub fn finish(self) -> Digests {
        self.0.into_iter().filter_map(One::finish).collect()
    }
}

impl One {
    fn new(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Md5 => One::Md5(md5::Md5::new()),
            Algorithm::Sha1 => One::Sha1(sha1::Sha1::new()),
            Algorithm::Sha224 => One::Sha224(sha2::Sha224::new()),
            Algorithm::Sha256 => One::Sha256(sha2::Sha256::new()),
            Algorithm::Sha384 => One::Sha384(sha2::Sha384::new()),
            Algorithm::Sha512 => One::Sha512(sha2::Sha512::new()),
            Algorithm::Sha512_256 => One::Sha512_256(sha2::Sha512_256::new()),
            Algorithm::Blake2b160 => One::Blake2b160(Blake2b::new()),
            Algorithm::Blake2b256 => One::Blake2b256(Blake2b::new()),
            Algorithm::Blake2b384 => One::Blake2b384(Blake2b::new()),
            Algorithm::Blake2b512 => One::Blake2b512(Blake2b512::new()),
        }
    }

    fn algorithm(&self) -> Algorithm {
        match self {
            One::Md5(_) => Algorithm::Md5,
            One::Sha1(_) => Algorithm::Sha1,
            One::Sha224(_) => Algorithm::Sha224,
            One::Sha256(_) => Algorithm::Sha256,
            One::Sha384(_) => Algorithm::Sha384,
            One::Sha512(_) => Algorithm::Sha512,
            One::Sha512_256(_) => Algorithm::Sha512_256,
            One::Blake2b160(_) => Algorithm::Blake2b160,
            One::Blake2b256(_) => Algorithm::Blake2b256,
            One::Blake2b384(_) => Algorithm::Blake2b384,
            One::Blake2b512(_) => Algorithm::Blake2b512,
        }
    }

    fn finish(self) -> Option<Digest> {
        let algorithm = self.algorithm();
        each!(self, hasher => Digest::from_bytes(algorithm, &hasher.finalize()))
    }
}
