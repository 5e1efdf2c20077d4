//! OLE2 compound files: what is read of good ones, and that bad ones cost no more than their bounds.

mod container;

use container::{
    BOTH, CompoundBuilder, Counting, END, Entry, FREE, HEAD, check_closed, check_cut, check_whole, compound_with_cfb,
    open, pattern, read_one,
};
use pronom::container::{ContainerKind, ContainerLimits, Ends, Flaw, Inside, Wanted};

const OLE2: ContainerKind = ContainerKind::Ole2;

fn streams() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("/WordDocument", pattern(300_000)),
        ("/\u{1}CompObj", pattern(106)),
        ("/\u{5}SummaryInformation", pattern(4095)),
        ("/1Table", pattern(4096)),
        ("/Empty", Vec::new()),
        ("/Version/Data", pattern(1000)),
        ("/PageManager/page1", pattern(70_000)),
        ("/a/b/c/d/\u{3}deep", pattern(63)),
    ]
}

/// Returns the path as signatures spell it.
fn spelled(path: &str) -> String {
    path.trim_start_matches('/').replace(|character: char| character < ' ', "")
}

/// A file of version 3 with one stream of ten sectors, which are sectors 2 to 11.
fn one() -> CompoundBuilder {
    let mut builder = CompoundBuilder::new(9);
    builder.stream("a", &pattern(5120));
    builder
}

/// Asserts what is read of stream `a` and opens without a flaw.
#[track_caller]
fn check_a_cut(builder: &CompoundBuilder, sectors: usize, expected: Flaw) {
    assert_eq!(open(OLE2, &builder.finish(), &["a"]).expect("it can be opened").flaw(), None);
    let ends = Ends { head_bytes: 65_536, tail_bytes: 100 };
    let read = read_one(OLE2, &builder.finish(), "a", ends).expect("it is there").expect("it can be read in part");
    assert_eq!((read.flaw, read.whole, read.tail.len()), (Some(expected), false, 0));
    assert_eq!(read.head, pattern(512 * sectors));
}

#[test]
fn compound_files_of_another_writer_are_read_whole() {
    for version in [cfb::Version::V3, cfb::Version::V4] {
        let bytes = compound_with_cfb(version, &streams());
        for (path, content) in streams() {
            check_whole(OLE2, &bytes, &spelled(path), &content);
        }
        let inside = open(OLE2, &bytes, &["Data", "Version", "WordDocument/x"]).unwrap();
        assert_eq!(inside.entries().map(|(_, entry)| entry.path.as_str()).collect::<Vec<_>>(), ["Version"]);
        assert_eq!(inside.flaw(), None);
    }
}

#[test]
fn a_large_file_with_many_fat_sectors_is_read_at_both_ends() {
    // Above 6.8 MiB the header cannot hold the numbers of all FAT sectors: the DIFAT goes on in sectors of its own.
    let content = pattern(20 << 20);
    let bytes = compound_with_cfb(cfb::Version::V3, &[("/first", pattern(5000)), ("/big", content.clone())]);
    let source = Counting::new(&bytes);
    let limits = ContainerLimits::default();
    let mut inside = Inside::open(OLE2, &source, &Wanted::new(["big"]), &limits).unwrap();
    let read = inside.read(&source, inside.find("big").unwrap(), HEAD, &limits).unwrap();
    assert_eq!(read.head, &content[..65_536]);
    assert!(source.bytes_read.get() < 80_000, "{:?}", source.figures());
    let read = inside.read(&source, inside.find("big").unwrap(), BOTH, &limits).unwrap();
    assert_eq!((read.tail.as_slice(), read.flaw), (&content[content.len() - 1024..], None));
    assert!(source.bytes_read.get() < 500_000, "{:?}", source.figures());
}

#[test]
fn names_are_found_in_any_case_but_to_the_letter_first() {
    let mut builder = CompoundBuilder::new(9);
    builder.stream("CONTENTS", &pattern(5000));
    builder.stream("Contents", &pattern(6000));
    let bytes = builder.finish();
    check_whole(OLE2, &bytes, "Contents", &pattern(6000));
    check_whole(OLE2, &bytes, "CONTENTS", &pattern(5000));
    check_whole(OLE2, &bytes, "contents", &pattern(5000));
    assert_eq!(open(OLE2, &bytes, &["contents"]).unwrap().find_exactly("contents"), None);
}

#[test]
fn a_folder_is_there_and_has_no_bytes() {
    let bytes = compound_with_cfb(cfb::Version::V3, &[("/__nameid_version1.0/x", pattern(10))]);
    check_whole(OLE2, &bytes, "__nameid_version1.0", b"");
}

#[test]
fn what_is_no_compound_file_is_refused() {
    for bytes in [&b""[..], b"\xd0\xcf\x11\xe0", b"PK\x03\x04", &pattern(5000)] {
        check_closed(OLE2, bytes, Flaw::OtherKind);
    }
    check_closed(OLE2, &one().finish()[..511], Flaw::BeyondEnd);
}

#[test]
fn a_header_without_anything_behind_it_is_refused() {
    check_closed(OLE2, &one().finish()[..512], Flaw::BeyondEnd);
    check_closed(OLE2, &one().finish()[..1024], Flaw::BeyondEnd);
}

#[test]
fn sectors_of_another_size_are_refused() {
    for shift in [0_u16, 6, 8, 10, 13, 16, 31, 32, 63, 64, u16::MAX] {
        let mut builder = one();
        builder.header[30..32].copy_from_slice(&shift.to_le_bytes());
        check_closed(OLE2, &builder.finish(), Flaw::SectorSize(shift));
    }
}

#[test]
fn a_chain_that_leads_back_to_itself_gives_each_sector_once() {
    let mut builder = one();
    builder.fat[11] = 2;
    builder.entries[1][120..124].copy_from_slice(&1_000_000_u32.to_le_bytes());
    check_a_cut(&builder, 10, Flaw::Loop);
    builder.fat[5] = 5;
    check_a_cut(&builder, 4, Flaw::Loop);
}

#[test]
fn a_long_chain_that_leads_back_to_itself_gives_each_sector_once() {
    for (begin, back_to) in [(2, 2), (2, 100), (2, 60), (2, 200), (2, 4090)] {
        let mut builder = CompoundBuilder::new(12);
        let content = pattern(4096 * 900);
        builder.stream("a", &content);
        builder.fat[begin + 899] = back_to.min(begin as u32 + 899);
        builder.entries[1][120..124].copy_from_slice(&u32::MAX.to_le_bytes());
        let everything = Ends { head_bytes: usize::MAX, tail_bytes: 0 };
        let limits = ContainerLimits::default();
        let bytes = builder.finish();
        let source = Counting::new(&bytes);
        let mut inside = Inside::open(OLE2, &source, &Wanted::new(["a"]), &limits).unwrap();
        let read = inside.read(&source, inside.find("a").unwrap(), everything, &limits).unwrap();
        assert_eq!((read.flaw, read.whole), (Some(Flaw::Loop), false));
        assert!(read.head == content, "{} {back_to}", read.head.len() / 4096);
        // Until the loop shows, it is gone round: no more than three times.
        assert!(source.bytes_read.get() <= 4 * content.len() as u64, "{:?} {back_to}", source.figures());
    }
}

#[test]
fn a_chain_that_breaks_gives_what_comes_before() {
    for (number, flaw) in [
        (END, Flaw::ShortChain),
        (FREE, Flaw::BrokenChain),
        (0xffff_fffd, Flaw::BrokenChain),
        (0xffff_fffb, Flaw::BrokenChain),
        (12, Flaw::BeyondEnd),
        (127, Flaw::BeyondEnd),
        (128, Flaw::BeyondEnd),
        (0xffff_fffa, Flaw::BeyondEnd),
        (0x7fff_ffff, Flaw::BeyondEnd),
    ] {
        let mut builder = one();
        builder.fat[4] = number;
        check_a_cut(&builder, 3, flaw);
    }
}

#[test]
fn a_stream_that_begins_nowhere_has_no_bytes() {
    for (start, size_bytes, flaw) in [
        (END, 4096, Flaw::ShortChain),
        (FREE, 4096, Flaw::BrokenChain),
        (5000, 4096, Flaw::BeyondEnd),
        (END, 63, Flaw::ShortChain),
        (FREE, 63, Flaw::BrokenChain),
        // The root has no stream for small ones, in which this could be.
        (5000, 63, Flaw::ShortChain),
    ] {
        let mut builder = one();
        builder.entry_of("b", start, size_bytes);
        check_cut(OLE2, &builder.finish(), "b", b"", flaw);
    }
}

#[test]
fn a_size_that_lies_allocates_nothing_and_gives_what_is_there() {
    for size_bytes in [16 << 30, i64::MAX as u64, 1 << 63, u64::MAX] {
        for shift in [9, 12] {
            let mut builder = CompoundBuilder::new(shift);
            let start = builder.add_chain(&pattern(8192));
            // Files of version 3 have sizes of 32 bits, whatever stands above them.
            builder.entry_of("a", start, if shift == 9 { size_bytes | 0xffff_fff0 } else { size_bytes });
            let everything = Ends { head_bytes: usize::MAX, tail_bytes: usize::MAX };
            let read = read_one(OLE2, &builder.finish(), "a", everything).unwrap().unwrap();
            assert_eq!((read.flaw, read.whole), (Some(Flaw::ShortChain), false));
            assert_eq!((read.head, read.tail.len()), (pattern(8192), 0));
        }
    }
}

#[test]
fn the_upper_half_of_a_size_is_left_out_in_version_3() {
    let mut builder = one();
    builder.entries[1][124..128].fill(0xff);
    check_whole(OLE2, &builder.finish(), "a", &pattern(5120));
}

#[test]
fn a_file_that_is_cut_gives_what_is_left_of_its_streams() {
    let bytes = one().finish();
    let cut = &bytes[..bytes.len() - 5120 + 700];
    check_cut(OLE2, cut, "a", &pattern(700), Flaw::BeyondEnd);
}

#[test]
fn a_last_sector_that_is_cut_short_is_enough_when_the_stream_ends_in_it() {
    let mut builder = CompoundBuilder::new(9);
    builder.stream("a", &pattern(4100));
    let bytes = builder.finish();
    check_whole(OLE2, &bytes[..bytes.len() - 508], "a", &pattern(4100));
}

#[test]
fn small_streams_follow_the_table_of_mini_sectors() {
    let mut builder = CompoundBuilder::new(9);
    let content = pattern(640);
    builder.mini(&content, &[3, END, FREE, 4, 1]);
    builder.entry_of("a", 0, 200);
    let expected = [&content[..64], &content[192..256], &content[256..320], &content[64..72]].concat();
    check_whole(OLE2, &builder.finish(), "a", &expected);
}

#[test]
fn chains_of_mini_sectors_that_break_give_what_comes_before() {
    for (number, flaw) in [
        (0, Flaw::Loop),
        (1, Flaw::Loop),
        (END, Flaw::ShortChain),
        (FREE, Flaw::BrokenChain),
        (0xffff_fffb, Flaw::BrokenChain),
        (0xffff_fffa, Flaw::ShortChain),
    ] {
        let mut builder = CompoundBuilder::new(9);
        builder.mini(&pattern(640), &[1, number, 3, 4, 5, 6, 7, END]);
        builder.entry_of("a", 0, 4000);
        let read = read_one(OLE2, &builder.finish(), "a", BOTH).unwrap().unwrap();
        assert_eq!((read.flaw, read.whole, read.tail.len()), (Some(flaw), false, 0), "{number:x}");
        assert_eq!(read.head, pattern(128), "{number:x}");
    }
    // A mini sector that the stream of the root does not have.
    let mut builder = CompoundBuilder::new(9);
    builder.mini(&pattern(640), &[1, 60, FREE, FREE]);
    builder.entry_of("a", 0, 192);
    let read = read_one(OLE2, &builder.finish(), "a", BOTH).unwrap().unwrap();
    assert_eq!((read.flaw, read.head), (Some(Flaw::ShortChain), pattern(128)));
}

#[test]
fn a_table_of_mini_sectors_that_leads_to_itself_is_left() {
    let mut builder = CompoundBuilder::new(9);
    let content = pattern(201 * 64);
    builder.mini(&content, &[200; 128]);
    let table = u32::from_le_bytes(builder.header[60..64].try_into().unwrap());
    builder.fat[table as usize] = table;
    builder.entry_of("a", 0, 4000);
    let read = read_one(OLE2, &builder.finish(), "a", BOTH).unwrap().unwrap();
    assert_eq!((read.flaw, read.head), (Some(Flaw::Loop), [&content[..64], &content[200 * 64..]].concat()));
}

#[test]
fn a_difat_that_leads_to_itself_ends() {
    // The header has no numbers of the FAT left: sector 2 is asked for, whose FAT sector is far behind.
    let mut builder = one();
    builder.header[68..72].copy_from_slice(&2_u32.to_le_bytes());
    builder.sectors[2] = 2_u32.to_le_bytes().repeat(128);
    builder.header[76..512].fill(0xff);
    let bytes = builder.clone().finish();
    let inside = open(OLE2, &bytes, &["a"]).unwrap();
    assert_eq!(inside.flaw(), Some(Flaw::BrokenChain));
    // A file so large that the DIFAT is used, with every sector of it the same.
    let stated = 600 << 20;
    builder.header[76..512].chunks_exact_mut(4).for_each(|number| number.copy_from_slice(&2_u32.to_le_bytes()));
    builder.fat[1] = 1_000_000;
    let bytes = builder.finish_as_it_is();
    let source = Counting { stated_bytes: Some(stated), ..Counting::new(&bytes) };
    let inside = Inside::open(OLE2, &source, &Wanted::new(["a"]), &ContainerLimits::default()).unwrap();
    assert!(inside.flaw().is_some());
    assert!(source.reads.get() < 20, "{:?}", source.figures());
}

#[test]
fn a_directory_that_leads_to_itself_is_read_once() {
    let mut builder = one();
    builder.fat[1] = 1;
    let bytes = builder.clone().finish_as_it_is();
    assert_eq!(open(OLE2, &bytes, &["a"]).unwrap().flaw(), Some(Flaw::Loop));
    check_whole(OLE2, &bytes, "a", &pattern(5120));
}

#[test]
fn entries_that_lead_to_each_other_are_visited_once() {
    for (left, right, child) in [(1, 1, 1), (0, 0, 0), (2, 1, 0), (2, 2, 2)] {
        let mut builder = one();
        builder.entries[1][68..72].copy_from_slice(&u32::to_le_bytes(left));
        builder.entries[1][72..76].copy_from_slice(&u32::to_le_bytes(right));
        let size_bytes = 0;
        builder.entry(&Entry { name: "folder", kind: 1, left, right: 1, child, start: END, size_bytes });
        let bytes = builder.finish_as_it_is();
        assert_eq!(open(OLE2, &bytes, &["a", "folder/a"]).unwrap().flaw(), Some(Flaw::BrokenTree));
        check_whole(OLE2, &bytes, "a", &pattern(5120));
    }
}

#[test]
fn entries_that_are_nowhere_or_not_in_use_hide_no_others() {
    for right in [2, 3, 4, 1000, 0xffff_fffa, 0xffff_fffe] {
        let mut builder = one();
        builder.entries[1][72..76].copy_from_slice(&u32::to_le_bytes(right));
        let bytes = builder.finish_as_it_is();
        assert_eq!(open(OLE2, &bytes, &["a"]).unwrap().flaw(), Some(Flaw::BrokenTree));
        check_whole(OLE2, &bytes, "a", &pattern(5120));
    }
}

#[test]
fn a_long_line_of_folders_in_folders_is_no_recursion() {
    let mut builder = CompoundBuilder::new(12);
    builder.stream("a", &pattern(5000));
    let mut wanted = String::new();
    for id in 2..20_000 {
        let child = id + 1;
        builder.entry(&Entry { name: "f", kind: 1, left: FREE, right: FREE, child, start: END, size_bytes: 0 });
        wanted.push_str("f/");
    }
    let bytes = builder.finish_as_it_is();
    let inside = open(OLE2, &bytes, &["a", &wanted]).unwrap();
    assert_eq!(inside.flaw(), Some(Flaw::BrokenTree));
    assert!(inside.find("a").is_some());
}

#[test]
fn a_root_that_is_none_is_told_of() {
    let mut builder = one();
    builder.entries[0][66] = 0;
    assert_eq!(open(OLE2, &builder.finish(), &["a"]).unwrap().flaw(), Some(Flaw::BrokenTree));
    check_whole(OLE2, &builder.finish(), "a", &pattern(5120));
}

#[test]
fn directory_and_chains_are_bounded() {
    let mut builder = CompoundBuilder::new(9);
    (0..100).for_each(|place| builder.entry_of(&format!("entry {place}"), END, 0));
    builder.stream("a", &pattern(20_000));
    let bytes = builder.finish();
    let limits = ContainerLimits { ole2_directory_bytes_max: 2048, ..ContainerLimits::default() };
    let inside = Inside::open(OLE2, &bytes.as_slice(), &Wanted::new(["a", "entry 7"]), &limits).unwrap();
    let flaw = Flaw::TooLarge { what: "the bytes of the directory", limit: 2048 };
    assert_eq!((inside.find("a"), inside.find("entry 7").is_some(), inside.flaw()), (None, true, Some(flaw)));
    let limits = ContainerLimits { chain_sectors_max: 30, ..ContainerLimits::default() };
    let mut inside = Inside::open(OLE2, &bytes.as_slice(), &Wanted::new(["a"]), &limits).unwrap();
    let read = inside.read(&bytes.as_slice(), inside.find("a").unwrap(), HEAD, &limits).unwrap();
    let flaw = Flaw::TooLarge { what: "the sectors of a chain", limit: 30 };
    assert_eq!((read.head, read.flaw), (pattern(30 * 512), Some(flaw)));
}

#[test]
fn a_source_that_is_shorter_than_it_says_is_cut() {
    let bytes = one().finish();
    for stated in [bytes.len() as u64 + 1, 1 << 40, u64::MAX] {
        let source = Counting { stated_bytes: Some(stated), ..Counting::new(&bytes) };
        let limits = ContainerLimits::default();
        let mut inside = Inside::open(OLE2, &source, &Wanted::new(["a"]), &limits).unwrap();
        let read = inside.read(&source, inside.find("a").unwrap(), HEAD, &limits).unwrap();
        assert_eq!((read.head, read.whole), (pattern(5120), true));
    }
}

#[test]
fn a_document_of_ordinary_size_takes_few_reads() {
    let bytes = compound_with_cfb(cfb::Version::V3, &streams()[..4]);
    let source = Counting::new(&bytes);
    let limits = ContainerLimits::default();
    let wanted = Wanted::new(["WordDocument", "CompObj"]);
    let mut inside = Inside::open(OLE2, &source, &wanted, &limits).unwrap();
    let ends = Ends { head_bytes: 4096, tail_bytes: 0 };
    assert!(inside.find("WordDocument").is_some());
    assert!(inside.read(&source, inside.find("CompObj").unwrap(), ends, &limits).unwrap().whole);
    let (reads, bytes_read) = source.figures();
    println!("{reads} reads, {bytes_read} of {} bytes", bytes.len());
    assert!(reads <= 10 && bytes_read < 6000, "{reads} {bytes_read}");
}
