//! The ends of a deflated entry, with bounds on what goes in as well as on what comes out.

use std::io;

use flate2::{Decompress, FlushDecompress, Status};

use super::super::window::Window;
use super::super::{ContainerLimits, Flaw};
use super::{Ends, InnerBytes};
use crate::Source;

/// Compressed bytes that are taken at a time.
const INPUT_BLOCK_BYTES: usize = 16 << 10;
/// Bytes that are expanded at a time.
const OUTPUT_BLOCK_BYTES: usize = 32 << 10;
/// Compressed bytes for each byte of a head. Deflate needs no more than one and a bit, unless it is made of blocks
/// without content, of which there may be gigabytes.
const INPUT_PER_OUTPUT_MAX: u64 = 4;
/// Compressed bytes that may always be read.
const INPUT_FREE_BYTES: u64 = 64 << 10;

/// Where the compressed bytes of an entry are, and how many they are said to expand to.
pub(super) struct Compressed {
    pub offset: u64,
    pub end: u64,
    pub stated_bytes: u64,
    /// Whether the file ends before the entry does.
    pub is_cut: bool,
}

impl Compressed {
    /// Returns why there was no more to take in, though the entry was not at its end.
    fn cut_by(&self, allowance: &Allowance) -> Flaw {
        match self.end - self.offset {
            bytes if bytes > allowance.input_bytes => {
                Flaw::TooLarge { what: "the compressed bytes", limit: allowance.input_bytes }
            }
            _ if self.is_cut => Flaw::BeyondEnd,
            _ => Flaw::BrokenDeflate,
        }
    }
}

/// What expands the entries of an archive, with what that has cost so far.
#[derive(Debug, Default)]
pub(super) struct Inflater {
    /// Made once: its tens of kilobytes take longer to fill than a small entry does.
    decompress: Option<Decompress>,
    deflated_bytes: u64,
    inflated_bytes: u64,
}

/// How much one entry may take in and give out.
struct Allowance {
    input_bytes: u64,
    output_bytes: u64,
    /// Which bound it is that `output_bytes` comes from; `None` when that is all that was asked for.
    output_flaw: Option<Flaw>,
}

/// Expands an entry as far as its ends need: to its end only when a tail is asked for.
pub(super) fn ends(
    window: &mut Window,
    source: &dyn Source,
    compressed: &Compressed,
    ends: Ends,
    inflater: &mut Inflater,
    limits: &ContainerLimits,
) -> io::Result<InnerBytes> {
    let allowance = Allowance::new(ends, inflater, limits);
    let mut sink = Sink { ends, ..Sink::default() };
    let end = run(window, source, compressed, &allowance, &mut sink, inflater)?;
    let is_finished = matches!(end, End::Finished);
    let size_bytes = if is_finished { sink.bytes } else { compressed.stated_bytes.max(sink.bytes) };
    let flaw = match end {
        End::Finished | End::Enough => None,
        End::Cut(flaw) => Some(flaw),
    };
    let tail = if is_finished { sink.tail() } else { Vec::new() };
    Ok(InnerBytes {
        whole: is_finished && sink.head.len() as u64 == sink.bytes,
        head: sink.head,
        tail,
        size_bytes,
        flaw,
    })
}

impl Allowance {
    fn new(ends: Ends, inflater: &Inflater, limits: &ContainerLimits) -> Self {
        let input_left = limits.deflated_total_bytes_max.saturating_sub(inflater.deflated_bytes);
        let output_left = limits.inflated_total_bytes_max.saturating_sub(inflater.inflated_bytes);
        // One byte more than asked for tells whether the entry ends there.
        let head_bytes = (ends.head_bytes as u64).saturating_add(1);
        let needed = if ends.tail_bytes > 0 { u64::MAX } else { head_bytes };
        let bounded = needed.min(limits.inflated_bytes_max.max(head_bytes)).min(output_left);
        let what = "the bytes that it expands to";
        let output_flaw = (bounded < needed).then_some(Flaw::TooLarge { what, limit: bounded });
        let input_bytes = bounded.saturating_mul(INPUT_PER_OUTPUT_MAX).saturating_add(INPUT_FREE_BYTES).min(input_left);
        Self { input_bytes, output_bytes: bounded, output_flaw }
    }
}

/// How the expansion of an entry ended.
enum End {
    Finished,
    /// All was seen that was asked for.
    Enough,
    Cut(Flaw),
}

fn run(
    window: &mut Window,
    source: &dyn Source,
    compressed: &Compressed,
    allowance: &Allowance,
    sink: &mut Sink,
    inflater: &mut Inflater,
) -> io::Result<End> {
    let decompress = inflater.decompress.get_or_insert_with(|| Decompress::new(false));
    decompress.reset(false);
    let input_end = compressed.end.min(compressed.offset.saturating_add(allowance.input_bytes));
    let mut output = vec![0; OUTPUT_BLOCK_BYTES.min(usize::try_from(allowance.output_bytes).unwrap_or(usize::MAX))];
    loop {
        let left_bytes = allowance.output_bytes - sink.bytes;
        if left_bytes == 0 {
            return Ok(allowance.output_flaw.map_or(End::Enough, End::Cut));
        }
        let room = output.len().min(usize::try_from(left_bytes).unwrap_or(usize::MAX));
        let (taken, given) = (decompress.total_in(), decompress.total_out());
        let offset = compressed.offset.saturating_add(taken);
        let length = INPUT_BLOCK_BYTES.min(usize::try_from(input_end.saturating_sub(offset)).unwrap_or(usize::MAX));
        let input = window.get_some(source, offset, length)?;
        let is_out_of_input = input.is_empty();
        let status = decompress.decompress(input, &mut output[..room], FlushDecompress::None);
        let (taken, given) = (decompress.total_in() - taken, decompress.total_out() - given);
        inflater.deflated_bytes += taken;
        inflater.inflated_bytes += given;
        sink.take(&output[..usize::try_from(given).unwrap_or(room).min(room)]);
        match status {
            Err(_) => return Ok(End::Cut(Flaw::BrokenDeflate)),
            Ok(Status::StreamEnd) => return Ok(End::Finished),
            Ok(_) if taken > 0 || given > 0 => {}
            Ok(_) if !is_out_of_input => return Ok(End::Cut(Flaw::BrokenDeflate)),
            Ok(_) => return Ok(End::Cut(compressed.cut_by(allowance))),
        }
    }
}

/// Takes what comes out and keeps its ends.
#[derive(Default)]
struct Sink {
    ends: Ends,
    bytes: u64,
    head: Vec<u8>,
    last: Vec<u8>,
}

impl Sink {
    fn take(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        let missing = self.ends.head_bytes.saturating_sub(self.head.len());
        self.head.extend_from_slice(&bytes[..bytes.len().min(missing)]);
        if self.ends.tail_bytes == 0 {
            return;
        }
        self.last.extend_from_slice(bytes);
        // Cut rarely: each byte is moved once at the most for every time that as many have come.
        if self.last.len() / 2 > self.ends.tail_bytes {
            self.last.drain(..self.last.len() - self.ends.tail_bytes);
        }
    }

    fn tail(&mut self) -> Vec<u8> {
        let start = self.last.len().saturating_sub(self.ends.tail_bytes);
        self.last.split_off(start)
    }
}
