//! `strongroom identify`: every form and option, every error, and the order of rows.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that breaks should panic")]

#[path = "support/installation.rs"]
mod installation;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use installation::{Installation, Said, sample};
use serde_json::{Value, json};

fn png() -> Vec<u8> {
    fs::read(sample("letters-folder/postcards/front.png")).unwrap()
}

/// A folder of files whose formats are told in every way there is.
fn tree() -> Installation {
    let installation = Installation::new();
    let png = png();
    let files: [(&str, &[u8]); 9] = [
        ("a.png", &png),
        ("a/b.png", &png),
        ("a/c.jpg", &png),
        ("a.b/table.csv", b"a,b\n1,2\n"),
        ("a.b/words", "Straße\n".as_bytes()),
        ("b/empty", b""),
        ("b/noise", &[0, 1, 2, 3, 250, 251, 0, 7]),
        ("b/letter.docx", b"\0\0\0"),
        ("z.txt", b"plain\n"),
    ];
    installation.plain_folder("tree", &files);
    installation
}

fn paths(said: &Said) -> Vec<String> {
    said.json().iter().map(|line| line["path"].as_str().unwrap().to_owned()).collect()
}

fn row<'a>(lines: &'a [Value], path: &str) -> &'a Value {
    lines.iter().find(|line| line["path"] == path).unwrap_or_else(|| panic!("no {path} in {lines:#?}"))
}

fn codes(line: &Value) -> Vec<&str> {
    line["warnings"].as_array().unwrap().iter().map(|warning| warning["code"].as_str().unwrap()).collect()
}

/// Returns the fields of each line of CSV that has no quotation marks within fields.
fn csv(text: &str) -> Vec<Vec<String>> {
    let fields = |line: &str| line.split(',').map(|field| field.trim_matches('"').to_owned()).collect();
    text.lines().map(fields).collect()
}

#[test]
fn every_way_of_telling_a_format_is_named() {
    let said = tree().run(["identify", "-r", "--json", "tree"]).exits(0);
    let lines = said.json();
    for (path, puid, told_by, warnings) in [
        ("tree/a.png", json!("fmt/11"), json!("signature"), &[][..]),
        ("tree/a/c.jpg", json!("fmt/11"), json!("signature"), &["extension_mismatch"]),
        ("tree/a.b/table.csv", json!("x-fmt/18"), json!("extension"), &[]),
        ("tree/a.b/words", json!("x-fmt/111"), json!("text"), &[]),
        ("tree/b/empty", Value::Null, Value::Null, &["empty_file"]),
        ("tree/b/noise", Value::Null, Value::Null, &[]),
    ] {
        let line = row(&lines, path);
        assert_eq!((&line["puid"], &line["match"]), (&puid, &told_by), "{line}");
        assert_eq!(codes(line), warnings, "{line}");
    }
    assert_eq!(row(&lines, "tree/a.b/words")["text_encoding"], "utf-8");
    let png = row(&lines, "tree/a.png");
    assert_eq!(png["size_bytes"], png_size());
    assert_eq!((&png["name"], &png["version"]), (&json!("Portable Network Graphics"), &json!("1.0")));
    assert_eq!(png["mime"], "image/png");
    assert_eq!(png["signature_version"], "122");
    assert_eq!(png["container_signature_version"], "20260119");
    let basis = &png["basis"][0];
    assert!(basis["signature"].as_u64().is_some(), "{png}");
    assert_eq!(basis["places"][0][0], 0, "{png}");
    said.contains("9 files, ").contains("3 by signature").contains("2 unknown");
}

fn png_size() -> u64 {
    png().len() as u64
}

#[test]
fn the_table_has_a_line_a_file_with_warnings_behind_the_path() {
    let said = tree().run(["identify", "-r", "tree"]).exits(0);
    let lines: Vec<_> = said.out.lines().collect();
    assert_eq!(lines.len(), 10);
    assert!(lines[0].starts_with("puid        told by    format"), "{}", lines[0]);
    assert!(lines[0].ends_with("path"));
    let png = "fmt/11      signature  Portable Network Graphics 1.0             image/png                 tree/a.png";
    assert!(lines.contains(&png), "{}", said.out);
    said.contains("tree/a/c.jpg  ! files of this format do not have the extension \"jpg\"");
    said.contains(
        "-           -          unknown                                   -                         tree/b/noise",
    );
}

#[test]
fn rows_come_by_name_folder_for_folder_however_many_threads_there_are() {
    let installation = Installation::new();
    let png = png();
    for number in 0..300 {
        let folder = installation.folder.path().join(format!("many/{}", number % 7));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("{number:03}.png")), &png[..(number * 13) % png.len()]).unwrap();
    }
    let one = installation.run(["identify", "-r", "--json", "--threads", "1", "many"]).exits(0);
    let mut sorted = paths(&one);
    sorted.sort();
    assert_eq!((sorted.len(), paths(&one)), (300, sorted));
    for threads in ["2", "7", "32"] {
        let many = installation.run(["identify", "-r", "--json", "--threads", threads, "many"]).exits(0);
        assert!(many.out == one.out, "{threads} threads say something else");
    }
    let tree = tree().run(["identify", "-r", "--json", "tree"]).exits(0);
    let expected = ["a/b.png", "a/c.jpg", "a.b/table.csv", "a.b/words", "a.png", "b/empty", "b/letter.docx", "b/noise"];
    let names: Vec<_> = paths(&tree).iter().map(|path| path.trim_start_matches("tree/").to_owned()).collect();
    assert_eq!(names[..8], expected);
}

#[test]
fn csv_has_a_head_and_the_same_columns_in_every_line() {
    let said = tree().run(["identify", "-r", "--csv", "tree"]).exits(0);
    let lines = csv(&said.out);
    let head = "path,path_hex,size_bytes,candidate,puid,name,version,mime,match,basis,warnings,text_encoding,error,\
                signature_version,container_signature_version";
    assert_eq!(lines[0].join(","), head);
    assert!(lines.iter().all(|line| line.len() == 15), "{lines:#?}");
    let png = lines.iter().find(|line| line[0] == "tree/a/c.jpg").unwrap();
    assert_eq!(png[3..9], ["1", "fmt/11", "Portable Network Graphics", "1.0", "image/png", "signature"]);
    assert!(png[9].contains("@0-"), "{png:?}");
    assert_eq!(png[10], "extension_mismatch");
}

#[test]
fn droids_columns_number_folders_and_files_with_their_parents() {
    let installation = tree();
    let said = installation.run(["identify", "-r", "--droid-csv", "tree"]).exits(0);
    let lines = csv(&said.out);
    let head = "ID,PARENT_ID,URI,FILE_PATH,NAME,METHOD,STATUS,SIZE,TYPE,EXT,LAST_MODIFIED,EXTENSION_MISMATCH,HASH,\
                FORMAT_COUNT,PUID,MIME_TYPE,FORMAT_NAME,FORMAT_VERSION";
    assert_eq!(lines[0].join(","), head);
    let numbers: Vec<_> = lines[1..].iter().map(|line| format!("{} {} {}", line[0], line[1], line[4])).collect();
    let expected = ["1  tree", "2 1 a", "3 2 b.png", "4 2 c.jpg", "5 1 a.b", "6 5 table.csv", "7 5 words", "8 1 a.png"];
    assert_eq!(numbers[..8], expected);
    let png = &lines[4];
    let path = installation.folder.path().canonicalize().unwrap().join("tree/a/c.jpg").display().to_string();
    assert_eq!((&png[2], &png[3]), (&format!("file:{path}"), &path));
    let size = png_size().to_string();
    assert_eq!(png[5..10], ["Signature", "Done", &size, "File", "jpg"]);
    assert_eq!(png[11..], ["true", "", "1", "fmt/11", "image/png", "Portable Network Graphics", "1.0"]);
    assert_eq!(png[10].len(), "2026-01-19T10:53:18".len());
    assert_eq!(lines[1][5..9], ["", "Done", "", "Folder"]);
    assert_eq!(lines[6][5], "Extension");
    // DROID knows no text.
    assert_eq!((lines[7][5].as_str(), lines[7][13].as_str(), lines[7][14].as_str()), ("", "0", ""));
}

#[test]
fn all_candidates_are_told_on_request() {
    let installation = tree();
    let json = &installation.run(["identify", "--json", "--all-candidates", "tree/z.txt"]).exits(0).json()[0];
    let candidates = json["candidates"].as_array().unwrap();
    assert!(candidates.len() > 1, "{json}");
    assert_eq!(candidates[0]["puid"], json["puid"]);
    assert!(codes(json).is_empty(), "text that is named as text needs no warning: {json}");
    let without = &installation.run(["identify", "--json", "tree/z.txt"]).exits(0).json()[0];
    assert!(without.get("candidates").is_none(), "{without}");
    let table = installation.run(["identify", "--all-candidates", "tree/z.txt"]).exits(0);
    assert_eq!(table.out.lines().count(), 1 + candidates.len());
    table.contains("(candidate 2)");
    let droid = csv(&installation.run(["identify", "--droid-csv", "--all-candidates", "tree/z.txt"]).exits(0).out);
    assert_eq!(droid.len(), 1 + candidates.len());
    assert!(droid[1..].iter().all(|line| line[0] == "1" && line[13] == candidates.len().to_string()), "{droid:?}");
}

#[test]
fn whole_files_are_looked_at_on_request() {
    let installation = Installation::new();
    // Wordstar's signature and the like stand at the ends; this one may stand anywhere.
    installation.plain_folder("data/formats/custom", &[("deep.xml", DEEP.as_bytes())]);
    let bytes = [vec![1; 200_000], b"deep within".to_vec(), vec![1; 200_000]].concat();
    installation.plain_folder("files", &[("deep", &bytes)]);
    let ends = &installation.run(["identify", "--json", "files/deep"]).exits(0).json()[0];
    assert_eq!(ends["puid"], Value::Null, "{ends}");
    let whole = &installation.run(["identify", "--json", "--whole", "files/deep"]).exits(0).json()[0];
    assert_eq!(whole["puid"], "sample/deep", "{whole}");
    assert_eq!(whole["basis"][0]["places"], json!([[200_000, 200_011]]));
}

const DEEP: &str = r#"<FFSignatureFile Version="1"><InternalSignatureCollection><InternalSignature ID="1">
    <ByteSequence><SubSequence Position="1" SubSeqMinOffset="0"><Sequence>'deep within'</Sequence></SubSequence></ByteSequence>
    </InternalSignature></InternalSignatureCollection><FileFormatCollection>
    <FileFormat ID="1" Name="Deep" PUID="sample/deep"><InternalSignatureID>1</InternalSignatureID></FileFormat>
    </FileFormatCollection></FFSignatureFile>"#;

#[test]
fn custom_signatures_that_cannot_be_used_are_named_and_stop_everything() {
    let installation = tree();
    let broken = DEEP.replace("'deep within'", "'deep");
    installation.plain_folder("data/formats/custom", &[("broken.xml", broken.as_bytes()), ("a.txt", b"no signature")]);
    for command in [&["identify", "tree/z.txt"][..], &["formats", "version"], &["formats", "list"]] {
        installation.run(command).exits(2).contains("broken.xml, line 2").contains("formats/custom").contains("mend");
    }
}

#[test]
fn of_a_folder_without_r_the_files_are_taken_and_the_folders_are_counted() {
    let installation = tree();
    let said = installation.run(["identify", "--json", "tree"]).exits(0);
    let paths: Vec<_> = said.json().iter().map(|row| row["path"].as_str().unwrap().to_owned()).collect();
    assert!(!paths.is_empty() && paths.iter().all(|path| path.matches('/').count() == 1), "{paths:?}");
    said.contains("folders passed over: add -r");
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let installation = tree();
    installation.run(["identify"]).exits(2).contains("PATH");
    for pair in [["--json", "--csv"], ["--json", "--droid-csv"], ["--csv", "--droid-csv"]] {
        installation.run(["identify", pair[0], pair[1], "tree/z.txt"]).exits(2).contains("cannot be used with");
    }
    for threads in ["0", "257", "many"] {
        installation.run(["identify", "--threads", threads, "tree/z.txt"]).exits(2).contains("--threads");
    }
}

#[test]
fn what_cannot_be_read_is_a_row_and_the_others_go_on() {
    let installation = tree();
    let said = installation.run(["identify", "--json", "tree/none", "tree/z.txt", "/dev/null"]).exits(1);
    let lines = said.json();
    assert_eq!(paths(&said), ["tree/none", "tree/z.txt", "/dev/null"]);
    assert!(lines[0]["error"].as_str().unwrap().starts_with("No such file"), "{}", lines[0]);
    assert_eq!(lines[1]["puid"], "x-fmt/111");
    assert_eq!(lines[2]["error"], "it is no regular file");
    said.contains("2 could not be read");
    let table = installation.run(["identify", "tree/none"]).exits(1);
    assert!(table.out.lines().nth(1).unwrap().starts_with("-           error      could not be read"), "{}", table.out);
    let droid = installation.run(["identify", "--droid-csv", "tree/none"]).exits(1);
    assert!(droid.out.contains(r#","","Not found","","File""#), "{}", droid.out);
}

#[test]
fn a_folder_and_a_file_that_are_forbidden_are_rows() {
    let installation = tree();
    let at = |path: &str| installation.folder.path().join("tree").join(path);
    for path in ["a", "z.txt"] {
        fs::set_permissions(at(path), fs::Permissions::from_mode(0o000)).unwrap();
    }
    if fs::read_dir(at("a")).is_err() {
        let lines = installation.run(["identify", "-r", "--json", "tree"]).exits(1).json();
        assert!(row(&lines, "tree/a")["error"].as_str().unwrap().starts_with("Permission denied"));
        assert!(row(&lines, "tree/z.txt")["error"].as_str().unwrap().starts_with("Permission denied"));
        assert_eq!(row(&lines, "tree/a.png")["puid"], "fmt/11");
    }
    fs::set_permissions(at("a"), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn links_pipes_and_circles_are_passed_over_and_counted() {
    let installation = tree();
    let at = |path: &str| installation.folder.path().join("tree").join(path);
    symlink("..", at("a/circle")).unwrap();
    symlink("/etc/passwd", at("a/link")).unwrap();
    assert!(Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
    let said = installation.run(["identify", "-r", "--json", "tree"]).exits(0);
    assert_eq!(said.json().len(), 9);
    said.contains("2 symbolic links not followed; 1 devices, pipes and sockets passed over");
    // What is named is meant.
    symlink("tree/a.png", installation.folder.path().join("named")).unwrap();
    assert_eq!(installation.run(["identify", "--json", "named"]).exits(0).json()[0]["puid"], "fmt/11");
}

#[test]
fn hostile_names_are_shown_escaped_and_told_exactly() {
    let installation = Installation::new();
    let folder = installation.plain_folder("hostile", &[("a\u{1b}[2J\n.txt", b"a\n")]);
    fs::write(folder.join(OsString::from_vec(b"b\xff\xfe.txt".to_vec())), "b\n").unwrap();
    let table = installation.run(["identify", "-r", "hostile"]).exits(0);
    assert_eq!(table.out.lines().count(), 3, "{}", table.out);
    table.contains("hostile/a\\u{1b}[2J\\u{a}.txt").contains("hostile/b\\xff\\xfe.txt");
    let json = installation.run(["identify", "-r", "--json", "hostile"]).exits(0);
    assert!(!json.out.contains('\u{1b}'));
    let lines = json.json();
    assert_eq!(lines[0]["path"], "hostile/a\u{1b}[2J\n.txt");
    assert!(lines[0].get("path_hex").is_none());
    assert_eq!(lines[1]["path"], "hostile/b\u{fffd}\u{fffd}.txt");
    assert_eq!(lines[1]["path_hex"], "686f7374696c652f62fffe2e747874");
    let csv = csv(&installation.run(["identify", "-r", "--csv", "hostile"]).exits(0).out);
    assert_eq!(csv[2][..2], ["hostile/b\\xff\\xfe.txt", "686f7374696c652f62fffe2e747874"]);
    assert_eq!(csv[1][1], "686f7374696c652f611b5b324a0a2e747874");
    let droid = installation.run(["identify", "-r", "--droid-csv", "hostile"]).exits(0);
    droid.contains("hostile/a%1B%5B2J%0A.txt").contains("hostile/b%FF%FE.txt");
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let installation = tree();
    let mut child = installation.command([OsStr::new("identify"), OsStr::new("-r"), Path::new("tree").as_os_str()]);
    let mut child = child.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(matches!(output.status.code(), Some(141 | 0)), "{output:?}");
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn nothing_is_made_by_looking() {
    let installation = tree();
    installation.run(["identify", "-r", "tree"]).exits(0);
    installation.run(["formats", "version"]).exits(0);
    assert!(!installation.data().exists());
}
