//! ZIP archives: what is read of good ones, and that bad ones cost no more than their bounds.

mod container;

use container::{
    BOTH, Counting, HEAD, ZipBuilder, ZipEntry, check_closed, check_cut, check_unreadable, check_whole, deflate, open,
    pattern, read_one, zip_with_crate, zip64_extra,
};
use pronom::Source as _;
use pronom::container::{ContainerError, ContainerKind, ContainerLimits, Ends, Flaw, Inside, Wanted};

const ZIP: ContainerKind = ContainerKind::Zip;

fn files() -> Vec<(&'static str, Vec<u8>)> {
    let text = "strongroom ".repeat(20_000).into_bytes();
    vec![
        ("mimetype", b"application/epub+zip".to_vec()),
        ("META-INF/manifest.xml", text),
        ("stored.bin", pattern(200_000)),
        ("[Content_Types].xml", pattern(100_000)),
        ("empty.txt", Vec::new()),
        ("word/document.xml", b"<w:document/>".to_vec()),
    ]
}

fn check_all(bytes: &[u8]) {
    for (name, content) in files() {
        check_whole(ZIP, bytes, name, &content);
    }
    let inside = open(ZIP, bytes, &["mimetype", "no such entry"]).expect("it can be opened");
    assert_eq!((inside.find("no such entry"), inside.flaw()), (None, None));
}

/// Asserts where the one entry `a` is found, and its content, which is `expected`.
#[track_caller]
fn check_a(bytes: &[u8], expected: &[u8], flaw: Option<Flaw>) {
    assert_eq!(open(ZIP, bytes, &["a"]).expect("it can be opened").flaw(), flaw);
    check_whole(ZIP, bytes, "a", expected);
}

fn one() -> ZipBuilder {
    ZipBuilder::of(&[ZipEntry::stored("a", b"hello")])
}

#[test]
fn archives_of_another_writer_are_read_whole() {
    for (is_large, is_streamed) in [(false, false), (true, false), (false, true), (true, true)] {
        check_all(&zip_with_crate(&files(), is_large, is_streamed));
    }
}

#[test]
fn an_archive_in_the_form_of_zip64_is_read() {
    let mut entry = ZipEntry::deflated("a", b"hello");
    entry.extra = [&[0x0a, 0, 4, 0, 1, 0, 8, 0][..], &zip64_extra(&[5, u64::from(entry.compressed_bytes), 0])].concat();
    (entry.size_bytes, entry.compressed_bytes, entry.offset) = (u32::MAX, u32::MAX, Some(u32::MAX));
    let builder = ZipBuilder::of(&[entry]);
    check_a(&builder.finish_64(), b"hello", None);
    check_a(&[&pattern(3000)[..], &builder.finish_64()].concat(), b"hello", None);
}

#[test]
fn an_archive_with_data_before_it_is_read() {
    for before in [1, 100, 8192, 300_000] {
        check_a(&[pattern(before), one().finish()].concat(), b"hello", None);
        check_a(&[pattern(before), one().finish_64()].concat(), b"hello", None);
    }
}

#[test]
fn an_archive_with_data_before_it_whose_offsets_count_them_is_read() {
    let mut builder = ZipBuilder { bytes: pattern(5000), ..ZipBuilder::default() };
    builder.entry(&ZipEntry::stored("a", b"hello"));
    check_a(&builder.finish(), b"hello", None);
}

#[test]
fn a_comment_of_any_length_is_passed_over() {
    for length in [1, 8191, 8192, 40_000, 65_535] {
        check_a(&one().finish_with(47, 36, &vec![b'x'; length]), b"hello", None);
    }
}

#[test]
fn a_comment_full_of_end_records_hides_nothing() {
    let comment = b"PK\x05\x06\0\0\0\0\x01\0\x01\0\x07\0\0\0\x07\0\0\0\0\0".repeat(300);
    check_a(&one().finish_with(47, 36, &comment), b"hello", None);
}

#[test]
fn bytes_behind_the_archive_are_passed_over() {
    check_a(&[one().finish(), vec![0; 20_000]].concat(), b"hello", None);
}

#[test]
fn an_empty_archive_has_no_entries() {
    let inside = open(ZIP, &ZipBuilder::default().finish(), &["a"]).unwrap();
    assert_eq!((inside.entries().count(), inside.flaw()), (0, None));
}

#[test]
fn names_are_found_however_they_are_spelled() {
    for (raw, path) in [
        (&b"word\\document.xml"[..], "word/document.xml"),
        (b"./mimetype", "mimetype"),
        (b"MIMETYPE", "mimetype"),
        (b"\x9abung.xml", "Übung.xml"),
        ("Übung.xml".as_bytes(), "Übung.xml"),
        ("ÜBUNG.XML".as_bytes(), "Übung.xml"),
    ] {
        let mut entry = ZipEntry::stored("", b"hello");
        entry.name = raw.to_vec();
        check_whole(ZIP, &ZipBuilder::of(&[entry]).finish(), path, b"hello");
    }
}

#[test]
fn a_name_to_the_letter_goes_before_one_in_another_case() {
    let entries = [ZipEntry::stored("MANIFEST.XML", b"first"), ZipEntry::stored("manifest.xml", b"second")];
    let bytes = ZipBuilder::of(&entries).finish();
    check_whole(ZIP, &bytes, "manifest.xml", b"second");
    check_whole(ZIP, &bytes, "Manifest.xml", b"first");
    assert_eq!(open(ZIP, &bytes, &["Manifest.xml"]).unwrap().find_exactly("Manifest.xml"), None);
}

#[test]
fn of_two_entries_with_one_name_the_first_is_read() {
    let entries = [ZipEntry::stored("a", b"first"), ZipEntry::stored("a", b"second")];
    check_a(&ZipBuilder::of(&entries).finish(), b"first", None);
}

#[test]
fn a_folder_is_there_and_has_no_bytes() {
    let bytes = ZipBuilder::of(&[ZipEntry::stored("header/siardversion/2.2/", b"")]).finish();
    check_whole(ZIP, &bytes, "header/siardversion/2.2/", b"");
}

#[test]
fn an_encrypted_entry_is_there_and_says_why_it_is_not_read() {
    for (flags, method) in [(1, 0), (1, 8), (1 << 6 | 1, 8), (0, 99), (1 << 13, 8)] {
        let entry = ZipEntry { flags, method, ..ZipEntry::stored("a", b"secret") };
        check_unreadable(ZIP, &ZipBuilder::of(&[entry]).finish(), "a", Flaw::Encrypted);
    }
}

#[test]
fn an_entry_of_another_method_is_there_and_says_which() {
    for method in [1, 9, 12, 14, 93, 98, u16::MAX] {
        let entry = ZipEntry { method, ..ZipEntry::stored("a", b"hello") };
        check_unreadable(ZIP, &ZipBuilder::of(&[entry]).finish(), "a", Flaw::Method(method));
    }
}

#[test]
fn an_archive_without_its_directory_is_read_by_its_local_headers() {
    for is_deflated in [false, true] {
        let entry = |name, bytes| if is_deflated { ZipEntry::deflated } else { ZipEntry::stored }(name, bytes);
        let builder = ZipBuilder::of(&[entry("mimetype", b"epub"), entry("b", &pattern(70_000)), entry("a", b"hello")]);
        check_a(&builder.bytes, b"hello", Some(Flaw::NoCentralDirectory));
        // With half a directory, it is none.
        let cut = [&builder.bytes[..], &builder.directory[..60]].concat();
        check_a(&cut, b"hello", Some(Flaw::NoCentralDirectory));
    }
}

#[test]
fn a_cut_archive_with_data_descriptors_is_read_by_its_local_headers() {
    for has_signature in [false, true] {
        let entries = [
            ZipEntry::stored("mimetype", b"epub").streamed(has_signature),
            ZipEntry::deflated("b", &pattern(70_000)).streamed(has_signature),
            ZipEntry::deflated("a", b"hello").streamed(has_signature),
        ];
        let bytes = [&ZipBuilder::of(&entries).bytes[..], b"PK\x01\x02"].concat();
        check_a(&bytes, b"hello", Some(Flaw::NoCentralDirectory));
        check_whole(ZIP, &bytes, "mimetype", b"epub");
        check_whole(ZIP, &bytes, "b", &pattern(70_000));
    }
}

#[test]
fn an_entry_that_is_cut_with_its_archive_gives_its_begin() {
    let builder = ZipBuilder::of(&[ZipEntry::stored("a", &pattern(9000))]);
    check_cut(ZIP, &builder.bytes[..1031], "a", &pattern(1000), Flaw::BeyondEnd);
    let deflated = ZipBuilder::of(&[ZipEntry::deflated("a", &pattern(9000))]);
    let read = read_one(ZIP, &deflated.bytes[..1031], "a", BOTH).unwrap().unwrap();
    assert_eq!((read.flaw, read.whole, read.tail.len()), (Some(Flaw::BeyondEnd), false, 0));
    assert!(read.head.len() > 500 && pattern(9000).starts_with(&read.head), "{}", read.head.len());
}

#[test]
fn what_is_no_archive_is_refused() {
    for bytes in [&b""[..], b"P", b"PK\x05\x06", b"%PDF-1.7", &pattern(100_000)] {
        check_closed(ZIP, bytes, Flaw::OtherKind);
    }
}

#[test]
fn an_end_record_that_points_at_itself_is_none() {
    let mut bytes = one().finish();
    let end = bytes.len() - 22;
    bytes[end + 12..end + 16].fill(0);
    bytes[end + 16..end + 20].copy_from_slice(&(end as u32).to_le_bytes());
    check_a(&bytes, b"hello", Some(Flaw::NoCentralDirectory));
}

#[test]
fn a_directory_whose_size_and_place_lie_is_found_or_replaced() {
    for (size, offset, flaw) in [
        (47, 0xffff_fff0, None),
        (0xffff_fff0, 36, None),
        (12, 36, None),
        (0xffff_fff0, 0xffff_fff0, Some(Flaw::NoCentralDirectory)),
        (0, 0, Some(Flaw::NoCentralDirectory)),
    ] {
        check_a(&one().finish_with(size, offset, b""), b"hello", flaw);
    }
}

#[test]
fn numbers_of_zip64_that_lie_are_no_overflow() {
    for number in [1, 1 << 40, i64::MAX as u64, 1 << 63, u64::MAX] {
        for bytes in [
            one().finish_64_with(number, 36, 83),
            one().finish_64_with(47, number, 83),
            one().finish_64_with(number, number, 83),
            one().finish_64_with(47, 36, number),
        ] {
            check_whole(ZIP, &bytes, "a", b"hello");
        }
    }
}

#[test]
fn an_entry_at_a_place_where_none_is_says_so() {
    // In the directory itself, in the middle of an entry, at the directory's end.
    for offset in [36, 7, 83] {
        let bytes = ZipBuilder::of(&[ZipEntry { offset: Some(offset), ..ZipEntry::stored("a", b"hello") }]).finish();
        check_unreadable(ZIP, &bytes, "a", Flaw::NoLocalHeader);
    }
}

#[test]
fn an_entry_beyond_the_end_says_so() {
    for offset in [u32::MAX - 1, 105] {
        let bytes = ZipBuilder::of(&[ZipEntry { offset: Some(offset), ..ZipEntry::stored("a", b"hello") }]).finish();
        check_unreadable(ZIP, &bytes, "a", Flaw::BeyondEnd);
    }
    for offset in [1 << 63, u64::MAX, i64::MAX as u64] {
        let extra = zip64_extra(&[offset]);
        let entry = ZipEntry { offset: Some(u32::MAX), extra, ..ZipEntry::stored("a", b"hello") };
        let bytes = [vec![0; 10], ZipBuilder::of(&[entry]).finish()].concat();
        check_unreadable(ZIP, &bytes, "a", Flaw::BeyondEnd);
    }
}

#[test]
fn sizes_that_lie_allocate_nothing_and_give_what_is_there() {
    for size in [1 << 40, i64::MAX as u64, 1 << 63, u64::MAX] {
        let mut entry = ZipEntry::stored("a", b"hello");
        entry.extra = zip64_extra(&[size, size]);
        (entry.size_bytes, entry.compressed_bytes) = (u32::MAX, u32::MAX);
        let bytes = ZipBuilder::of(&[entry]).finish();
        let everything = Ends { head_bytes: usize::MAX, tail_bytes: usize::MAX };
        let read = read_one(ZIP, &bytes, "a", everything).unwrap().unwrap();
        assert_eq!((read.flaw, read.tail.len()), (Some(Flaw::BeyondEnd), 0));
        assert!(read.head.starts_with(b"hello") && read.head.len() < bytes.len());
        // Deflate knows its own end; what the directory says is not needed.
        let mut entry = ZipEntry::deflated("a", b"hello");
        entry.extra = zip64_extra(&[size, size]);
        (entry.size_bytes, entry.compressed_bytes) = (u32::MAX, u32::MAX);
        check_whole(ZIP, &ZipBuilder::of(&[entry]).finish(), "a", b"hello");
    }
}

#[test]
fn a_zip64_number_that_is_promised_and_absent_is_beyond_the_end() {
    let entry = ZipEntry { offset: Some(u32::MAX), ..ZipEntry::stored("a", b"hello") };
    check_unreadable(ZIP, &ZipBuilder::of(&[entry]).finish(), "a", Flaw::BeyondEnd);
}

#[test]
fn entries_may_share_their_bytes() {
    let mut entries = vec![ZipEntry::deflated("a", b"hello")];
    entries.push(ZipEntry { offset: Some(0), ..ZipEntry::deflated("b", b"hello") });
    let bytes = ZipBuilder::of(&entries).finish();
    check_whole(ZIP, &bytes, "a", b"hello");
    check_whole(ZIP, &bytes, "b", b"hello");
}

#[test]
fn damaged_deflate_gives_what_came_before_the_damage() {
    let mut entry = ZipEntry::deflated("a", &pattern(60_000));
    let middle = entry.data.len() / 2;
    entry.data.truncate(middle);
    entry.data.extend([0xff; 64]);
    entry.compressed_bytes = entry.data.len() as u32;
    let read = read_one(ZIP, &ZipBuilder::of(&[entry]).finish(), "a", BOTH).unwrap().unwrap();
    assert_eq!((read.flaw, read.tail.len()), (Some(Flaw::BrokenDeflate), 0));
    assert_eq!(read.head, pattern(4096));
    let entry = ZipEntry { method: 8, ..ZipEntry::stored("a", &[0xff; 100]) };
    check_cut(ZIP, &ZipBuilder::of(&[entry]).finish(), "a", b"", Flaw::BrokenDeflate);
}

#[test]
fn deflate_that_stops_within_its_entry_is_damaged() {
    let mut entry = ZipEntry::deflated("a", b"hello hello hello");
    entry.data.truncate(4);
    entry.compressed_bytes = 4;
    let read = read_one(ZIP, &ZipBuilder::of(&[entry]).finish(), "a", BOTH).unwrap().unwrap();
    assert_eq!((read.flaw, read.whole), (Some(Flaw::BrokenDeflate), false));
}

#[test]
fn a_bomb_costs_no_more_than_what_is_asked_of_it() {
    let bytes = ZipBuilder::of(&[ZipEntry::deflated("a", &vec![0; 48 << 20])]).finish();
    let source = Counting::new(&bytes);
    let limits = ContainerLimits::default();
    let mut inside = Inside::open(ZIP, &source, &Wanted::new(["a"]), &limits).unwrap();
    let id = inside.find("a").unwrap();
    let read = inside.read(&source, id, HEAD, &limits).unwrap();
    assert_eq!((read.head.len(), read.whole, read.flaw), (65_536, false, None));
    assert!(source.bytes_read.get() < 30_000, "{:?}", source.figures());
    // With a tail, it goes on to the bound, and says so.
    let read = inside.read(&source, id, BOTH, &limits).unwrap();
    assert_eq!((read.head.len(), read.tail.len()), (4096, 0));
    assert_eq!(read.flaw, Some(Flaw::TooLarge { what: "the bytes that it expands to", limit: 32 << 20 }));
    // What remains of the bound on all entries together is half of it, less the first head.
    let read = inside.read(&source, id, BOTH, &limits).unwrap();
    let limit = (32 << 20) - 65_537;
    assert_eq!(read.flaw, Some(Flaw::TooLarge { what: "the bytes that it expands to", limit }));
    let read = inside.read(&source, id, BOTH, &limits).unwrap();
    assert_eq!((read.head.len(), read.tail.len()), (0, 0));
}

#[test]
fn deflate_that_gives_nothing_for_what_it_takes_is_left() {
    // Stored blocks without content, five bytes each.
    let mut entry = ZipEntry { method: 8, ..ZipEntry::stored("a", &[0, 0, 0, 0xff, 0xff].repeat(400_000)) };
    entry.data.extend(deflate(b"hello"));
    entry.compressed_bytes = entry.data.len() as u32;
    let bytes = ZipBuilder::of(&[entry]).finish();
    let source = Counting::new(&bytes);
    let limits = ContainerLimits::default();
    let mut inside = Inside::open(ZIP, &source, &Wanted::new(["a"]), &limits).unwrap();
    let id = inside.find("a").unwrap();
    let read = inside.read(&source, id, Ends { head_bytes: 1000, tail_bytes: 0 }, &limits).unwrap();
    assert_eq!(read.flaw, Some(Flaw::TooLarge { what: "the compressed bytes", limit: 4 * 1001 + (64 << 10) }));
    assert!(source.bytes_read.get() < 100_000, "{:?}", source.figures());
}

#[test]
fn entries_and_directory_bytes_are_bounded() {
    let mut builder = ZipBuilder::default();
    (0..2000).for_each(|place| builder.entry(&ZipEntry::stored(&format!("entry {place}"), b"")));
    builder.entry(&ZipEntry::stored("a", b"hello"));
    let bytes = builder.finish();
    check_a(&bytes, b"hello", None);
    let entries = ContainerLimits { entries_max: 1000, ..ContainerLimits::default() };
    let directory = ContainerLimits { central_directory_bytes_max: 9000, ..ContainerLimits::default() };
    for (limits, what, limit) in
        [(entries, "the entries", 1000), (directory, "the bytes of the central directory", 9000)]
    {
        let inside = Inside::open(ZIP, &bytes.as_slice(), &Wanted::new(["a", "entry 7"]), &limits).unwrap();
        assert_eq!(inside.flaw(), Some(Flaw::TooLarge { what, limit }));
        assert_eq!((inside.find("a"), inside.find("entry 7").is_some()), (None, true));
    }
}

#[test]
fn a_name_that_is_too_long_is_passed_over() {
    let long = "x".repeat(65_535);
    let bytes = ZipBuilder::of(&[ZipEntry::stored(&long, b"no"), ZipEntry::stored("a", b"hello")]).finish();
    check_a(&bytes, b"hello", None);
    assert_eq!(open(ZIP, &bytes, &[&long]).unwrap().find(&long), None);
    let mut cut = ZipBuilder::of(&[ZipEntry::stored(&long, b"no"), ZipEntry::stored("a", b"hello")]);
    cut.directory.clear();
    check_a(&cut.bytes, b"hello", Some(Flaw::NoCentralDirectory));
}

#[test]
fn a_record_cut_in_the_middle_of_the_directory_hides_only_what_follows() {
    let mut builder = ZipBuilder::of(&[ZipEntry::stored("a", b"hello"), ZipEntry::stored("b", b"")]);
    builder.directory[47] = b'?';
    check_a(&builder.finish(), b"hello", Some(Flaw::BrokenDirectory));
    assert_eq!(open(ZIP, &builder.finish(), &["b"]).unwrap().find("b"), None);
}

#[test]
fn a_hundred_entries_of_one_wanted_name_are_kept_once() {
    let entries: Vec<_> = (0..100).map(|_| ZipEntry::stored("A", b"hello")).collect();
    assert_eq!(open(ZIP, &ZipBuilder::of(&entries).finish(), &["a"]).unwrap().entries().count(), 1);
}

#[test]
fn searching_a_cut_archive_is_bounded() {
    // Headers without sizes and without descriptors: what follows each has to be searched for.
    let header = ZipBuilder::of(&[ZipEntry::stored("b", b"").streamed(true)]).bytes;
    let mut bytes = header[..31].repeat(10);
    bytes.extend(vec![b'P'; 16 << 20]);
    let source = Counting::new(&bytes);
    let inside = Inside::open(ZIP, &source, &Wanted::new(["a"]), &ContainerLimits::default()).unwrap();
    assert_eq!((inside.flaw(), inside.entries().count()), (Some(Flaw::NoCentralDirectory), 0));
    let (reads, bytes_read) = source.figures();
    println!("{reads} reads, {bytes_read} of {} bytes", bytes.len());
    assert!(bytes_read > 4 << 20, "the bound was not reached: {bytes_read}");
    assert!(reads < 400 && bytes_read < 5 << 20, "{reads} {bytes_read}");
}

#[test]
fn local_headers_are_bounded() {
    let mut entries: Vec<_> = (0..1023).map(|place| ZipEntry::stored(&format!("{place}"), b"")).collect();
    entries.push(ZipEntry::stored("a", b"hello"));
    entries.push(ZipEntry::stored("b", b"one too many"));
    let bytes = ZipBuilder::of(&entries).bytes;
    check_a(&bytes, b"hello", Some(Flaw::NoCentralDirectory));
    assert_eq!(open(ZIP, &bytes, &["b"]).unwrap().find("b"), None);
}

#[test]
fn a_source_that_is_shorter_than_it_says_is_cut() {
    let bytes = ZipBuilder::of(&[ZipEntry::stored("a", &pattern(500))]).bytes;
    for stated in [bytes.len() as u64 + 1, 1 << 40, u64::MAX] {
        let source = Counting { stated_bytes: Some(stated), ..Counting::new(&bytes) };
        let limits = ContainerLimits::default();
        let mut inside = Inside::open(ZIP, &source, &Wanted::new(["a"]), &limits).unwrap();
        let read = inside.read(&source, inside.find("a").unwrap(), BOTH, &limits).unwrap();
        assert_eq!(read.head, pattern(500));
    }
}

#[test]
fn a_source_that_fails_is_an_error_of_its_own() {
    struct Failing;
    impl pronom::Source for Failing {
        fn size_bytes(&self) -> u64 {
            1000
        }
        fn read_at(&self, _: u64, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is gone"))
        }
    }
    for kind in [ContainerKind::Zip, ContainerKind::Ole2] {
        let error = Inside::open(kind, &Failing, &Wanted::new(["a"]), &ContainerLimits::default()).unwrap_err();
        assert!(matches!(error, ContainerError::Read(_)), "{error:?}");
    }
}

#[test]
fn a_document_of_ordinary_size_takes_two_reads() {
    let files: Vec<_> = (0..12).map(|place| (format!("word/part{place}.xml"), pattern(3000))).collect();
    let mut all = vec![("[Content_Types].xml", "<Override ContentType=\"x\"/>".repeat(60).into_bytes())];
    all.extend(files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())));
    let bytes = zip_with_crate(&all, false, false);
    let source = Counting::new(&bytes);
    assert!(source.size_bytes() > 30_000);
    let limits = ContainerLimits::default();
    let mut inside = Inside::open(ZIP, &source, &Wanted::new(["[Content_Types].xml"]), &limits).unwrap();
    let read = inside.read(&source, inside.find("[Content_Types].xml").unwrap(), HEAD, &limits).unwrap();
    assert!(read.whole);
    let (reads, bytes_read) = source.figures();
    println!("{reads} reads, {bytes_read} of {} bytes", bytes.len());
    assert!(reads == 2 && bytes_read < 12_000, "{reads} {bytes_read}");
}
