//! Small bags for the fault tests, written byte by byte so that they are the same in every run.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use digests::{Algorithm, Algorithms, Digest, Hasher};

/// The payload of a bag: (path below `data/`, bytes).
pub type Payload = Vec<(String, Vec<u8>)>;

/// Makes a payload of `files` files of about `size_bytes`, different for each seed.
pub fn payload(seed: u64, files: usize, size_bytes: usize) -> Payload {
    let mut random = Random::new(seed);
    (0..files)
        .map(|number| {
            let length = 1 + random.below(size_bytes as u64 * 2) as usize;
            let bytes = (0..length).map(|_| random.next() as u8).collect();
            (format!("folder {}/file-{number:04}.bin", number % 7), bytes)
        })
        .collect()
}

/// Writes a bag as a tar with md5 and sha256 manifests, and returns where.
pub fn write_tar(folder: &Path, name: &str, payload: &Payload) -> PathBuf {
    let mut files: Vec<(String, Vec<u8>)> = vec![
        ("bagit.txt".into(), b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n".to_vec()),
        ("bag-info.txt".into(), format!("Source-Organization: Faults\nExternal-Identifier: {name}\n").into_bytes()),
    ];
    for algorithm in [Algorithm::Md5, Algorithm::Sha256] {
        let mut manifest = String::new();
        for (path, bytes) in payload {
            writeln!(manifest, "{}  data/{path}", digest(algorithm, bytes)).unwrap();
        }
        files.push((format!("manifest-{algorithm}.txt"), manifest.into_bytes()));
    }
    files.extend(payload.iter().map(|(path, bytes)| (format!("data/{path}"), bytes.clone())));
    let target = folder.join(format!("{name}.tar"));
    let mut tar = tar::Builder::new(fs::File::create(folder.join(format!(".{name}.partial"))).unwrap());
    for (path, bytes) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(1_700_000_000);
        tar.append_data(&mut header, format!("{name}/{path}"), bytes.as_slice()).unwrap();
    }
    tar.into_inner().unwrap().sync_all().unwrap();
    fs::rename(folder.join(format!(".{name}.partial")), &target).unwrap();
    target
}

/// Returns the digest of some bytes.
pub fn digest(algorithm: Algorithm, bytes: &[u8]) -> Digest {
    let mut hasher = Hasher::new(Algorithms::from(algorithm));
    hasher.update(bytes);
    hasher.finish().get(algorithm).unwrap()
}

/// Numbers that look random and are the same for the same seed (xorshift64*).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// Seeds from `STRONGROOM_TEST_SEED`, else from the clock; prints it so that a failure can be repeated.
    pub fn announced(test: &str) -> Self {
        let seed = std::env::var("STRONGROOM_TEST_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(|| {
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as u64
        });
        println!("{test}: seed {seed}; repeat with STRONGROOM_TEST_SEED={seed}");
        Self::new(seed)
    }
}
