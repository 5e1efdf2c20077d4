//! Measures how many bytes a second are hashed from memory: `cargo run --release -p digests --example throughput`.

use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use digests::{Algorithm, Algorithms, Control, Digests, Job, Limits, Watch, hash_many};

/// More than the caches hold; streams begin at different places of it and go round.
const BYTES: usize = 128 << 20;
/// Repetitions of which the fastest counts.
const ROUNDS: usize = 15;

/// So many streams of one size.
struct Shape {
    name: &'static str,
    streams: usize,
    size_bytes: usize,
    algorithms: Algorithms,
}

/// Counts the bytes of whole streams.
#[derive(Default)]
struct Count(AtomicU64);

impl Watch<usize> for Count {
    fn ended(&self, _key: usize, result: io::Result<(Digests, u64)>) -> Control {
        match result {
            Ok((_, size_bytes)) => {
                self.0.fetch_add(size_bytes, Ordering::Relaxed);
                Control::Continue
            }
            Err(_) => Control::Stop,
        }
    }
}

fn shapes() -> Vec<Shape> {
    let md5 = Algorithms::from(Algorithm::Md5);
    let sha256 = Algorithms::from(Algorithm::Sha256);
    let both = md5.with(Algorithm::Sha256);
    let shape = |name, streams, size_bytes, algorithms| Shape { name, streams, size_bytes, algorithms };
    vec![
        shape("md5, 1 stream", 1, 16 << 20, md5),
        shape("md5, 2 streams", 2, 8 << 20, md5),
        shape("md5, 4 streams", 4, 8 << 20, md5),
        shape("md5, 16 streams", 16, 4 << 20, md5),
        shape("sha256, 1 stream", 1, 16 << 20, sha256),
        shape("sha256, 16 streams", 16, 4 << 20, sha256),
        shape("md5+sha256, 1 stream", 1, 16 << 20, both),
        shape("md5+sha256, 16 streams", 16, 4 << 20, both),
        shape("md5+sha256, 20 streams", 20, 4 << 20, both),
        shape("md5+sha256, 50,000 x 13 KB", 50_000, 13_000, both),
        shape("md5+sha256, 50,000 x 1 KB", 50_000, 1_000, both),
        shape("md5+sha256, 50,000 x 64 KB", 50_000, 64_000, both),
        shape("md5+sha1+sha256+sha512, 16", 16, 4 << 20, Algorithms::COMMON),
        shape("md5+sha1+sha256+sha512, 1", 1, 16 << 20, Algorithms::COMMON),
    ]
}

fn measure(shape: &Shape, threads: usize, data: &[u8]) -> Duration {
    let jobs = (0..shape.streams).map(|key| {
        let (end, start) = data.split_at(key * 16_411 * 256 % data.len());
        Job { key, reader: start.chain(end).take(shape.size_bytes as u64), size_hint: shape.size_bytes as u64 }
    });
    let count = Count::default();
    let started = Instant::now();
    hash_many(shape.algorithms, jobs, Limits { threads, ..Limits::default() }, &count);
    let took = started.elapsed();
    assert_eq!(count.0.into_inner(), (shape.streams * shape.size_bytes) as u64, "not all streams were hashed");
    took
}

fn main() -> io::Result<()> {
    let data: Vec<u8> = (0..BYTES as u64).map(|at| (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect();
    let mut out = io::stdout().lock();
    writeln!(out, "{:28} {:>10} {:>10}", "GB/s (us a stream)", "1 thread", "2 threads")?;
    for shape in shapes() {
        write!(out, "{:28}", shape.name)?;
        for threads in [1, 2] {
            let best = (0..ROUNDS).map(|_| measure(&shape, threads, &data)).min().unwrap_or_default().as_secs_f64();
            let size_bytes = (shape.streams * shape.size_bytes) as f64;
            write!(out, " {:10.2}", size_bytes / best / 1e9)?;
            if shape.streams > 1000 {
                write!(out, " ({:.2})", best * 1e6 / shape.streams as f64)?;
            }
        }
        writeln!(out)?;
    }
    Ok(())
}
