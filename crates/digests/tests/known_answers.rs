//! All algorithms against published digests and those of OpenSSL, alone and among other streams.

use std::io;
use std::sync::Mutex;

use digests::{Algorithm, Algorithms, Control, Digest, Digests, Hasher, Job, Limits, Watch, hash_many};

/// Of nothing, of `abc`, and of a million times `a`: RFC 1321 appendix A.5, FIPS 180-4 examples, RFC 7693 appendix A;
/// those that are not published are Python's `hashlib` on OpenSSL.
const KNOWN: [(Algorithm, [&str; 3]); 11] = [
    (
        Algorithm::Md5,
        ["d41d8cd98f00b204e9800998ecf8427e", "900150983cd24fb0d6963f7d28e17f72", "7707d6ae4e027c70eea2a935c2296f21"],
    ),
    (
        Algorithm::Sha1,
        [
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "a9993e364706816aba3e25717850c26c9cd0d89d",
            "34aa973cd4c4daa4f61eeb2bdbad27316534016f",
        ],
    ),
    (
        Algorithm::Sha224,
        [
            "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f",
            "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
            "20794655980c91d8bbb4c1ea97618a4bf03f42581948b2ee4ee7ad67",
        ],
    ),
    (
        Algorithm::Sha256,
        [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
        ],
    ),
    (
        Algorithm::Sha384,
        [
            "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b",
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
            "9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b07b8b3dc38ecc4ebae97ddd87f3d8985",
        ],
    ),
    (
        Algorithm::Sha512,
        [
            "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973ebde0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b",
        ],
    ),
    (
        Algorithm::Sha512_256,
        [
            "c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a",
            "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23",
            "9a59a052930187a97038cae692f30708aa6491923ef5194394dc68d56c74fb21",
        ],
    ),
    (
        Algorithm::Blake2b160,
        [
            "3345524abf6bbe1809449224b5972c41790b6cf2",
            "384264f676f39536840523f284921cdc68b6846b",
            "9b512a5ed7d52ddeb8d8762e4b6dd880b25ea54d",
        ],
    ),
    (
        Algorithm::Blake2b256,
        [
            "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8",
            "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319",
            "0741850f36cba4259628355d1073e24ddb9ca0e1bfac36fd39ae5dc2101e23a4",
        ],
    ),
    (
        Algorithm::Blake2b384,
        [
            "b32811423377f52d7862286ee1a72ee540524380fda1724a6f25d7978c6fd3244a6caf0498812673c5e05ef583825100",
            "6f56a82c8e7ef526dfe182eb5212f7db9df1317e57815dbda46083fc30f54ee6c66ba83be64b302d7cba6ce15bb556f4",
            "92650b7746765a98701ec2077c3603127c62525c8543477c8519d6cc53ac5a9f0098ed56eb7aaf03ca50bfe046e7bba3",
        ],
    ),
    (
        Algorithm::Blake2b512,
        [
            "786a02f742015903c6c6fd852552d272912f4740e15847618a86e217f71f5419d25e1031afee585313896444934eb04b903a685b1448b755d56f701afe9be2ce",
            "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923",
            "98fb3efb7206fd19ebf69b6f312cf7b64e3b94dbe1a17107913975a793f177e1d077609d7fba363cbba00d05f7aa4e4fa8715d6428104c0a75643b0ff3fd3eaf",
        ],
    ),
];

/// The streams that the columns of `KNOWN` are digests of.
fn streams() -> [Vec<u8>; 3] {
    [Vec::new(), b"abc".to_vec(), vec![b'a'; 1_000_000]]
}

fn check(column: usize, seen: &Digests) {
    for (algorithm, hexes) in KNOWN {
        let expected = Digest::parse(algorithm, hexes[column]).expect("the table holds digests");
        assert_eq!(seen.get(algorithm), Some(expected), "stream {column}");
    }
    assert_eq!(seen.algorithms(), Algorithm::all().collect());
}

#[test]
fn a_hasher_computes_the_known_digests_of_every_algorithm() {
    for (column, stream) in streams().iter().enumerate() {
        let mut hasher = Hasher::new(Algorithm::all().collect());
        stream.chunks(977).for_each(|chunk| hasher.update(chunk));
        check(column, &hasher.finish());
    }
}

/// Keeps what it hears of, by stream.
#[derive(Default)]
struct Ended(Mutex<Vec<(usize, Digests)>>);

impl Watch<usize> for Ended {
    fn ended(&self, key: usize, result: io::Result<(Digests, u64)>) -> Control {
        let (digests, _) = result.expect("memory can be read");
        self.0.lock().expect("no other thread panicked").push((key, digests));
        Control::Continue
    }
}

#[test]
fn many_streams_at_once_have_the_known_digests_of_every_algorithm() {
    let streams = streams();
    let all: Algorithms = Algorithm::all().collect();
    let ended = Ended::default();
    let job = |key: usize| Job { key, reader: &streams[key % 3][..], size_hint: streams[key % 3].len() as u64 };

    hash_many(all, (0..60).map(job), Limits { threads: 2, ..Limits::default() }, &ended);

    let ended = ended.0.into_inner().expect("no thread panicked");
    assert_eq!(ended.len(), 60);
    ended.iter().for_each(|(key, digests)| check(key % 3, digests));
}
