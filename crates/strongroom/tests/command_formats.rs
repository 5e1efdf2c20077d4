//! `strongroom formats`: what is in force, what is in it, and how newer files come into force.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a test that breaks should panic"
)]

#[path = "support/installation.rs"]
mod installation;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};

use installation::Installation;
use serde_json::{Value, json};

/// A binary file with a format for each name, whose files begin with that name.
fn binary(version: &str, names: &[&str]) -> String {
    let mut signatures = String::new();
    let mut formats = String::new();
    for (place, name) in names.iter().enumerate() {
        let id = place + 1;
        signatures.push_str(&format!(
            "<InternalSignature ID=\"{id}\"><ByteSequence Reference=\"BOFoffset\"><SubSequence Position=\"1\" \
             SubSeqMinOffset=\"0\" SubSeqMaxOffset=\"4\"><Sequence>'{name}'</Sequence></SubSequence></ByteSequence>\
             </InternalSignature>"
        ));
        formats.push_str(&format!(
            "<FileFormat ID=\"{id}\" Name=\"Format {name}\" PUID=\"sample/{name}\" MIMEType=\"text/x-{name}\">\
             <InternalSignatureID>{id}</InternalSignatureID><Extension>{name}</Extension></FileFormat>"
        ));
    }
    format!(
        "<?xml version=\"1.0\"?>\n<FFSignatureFile DateCreated=\"2026-02-01T00:00:00\" Version=\"{version}\">\
         <InternalSignatureCollection>{signatures}</InternalSignatureCollection>\
         <FileFormatCollection>{formats}</FileFormatCollection></FFSignatureFile>"
    )
}

/// A container file that tells ZIP archives with an inner file from others.
fn container(version: &str, puid: &str, path: &str) -> String {
    format!(
        "<ContainerSignatureMapping schemaVersion=\"1.0\" signatureVersion=\"{version}\"><ContainerSignatures>\
         <ContainerSignature Id=\"10\" ContainerType=\"ZIP\"><Description>d</Description><Files><File><Path>{path}</Path>\
         </File></Files></ContainerSignature></ContainerSignatures><FileFormatMappings>\
         <FileFormatMapping signatureId=\"10\" Puid=\"{puid}\"/></FileFormatMappings><TriggerPuids>\
         <TriggerPuid ContainerType=\"ZIP\" Puid=\"{puid}\"/></TriggerPuids></ContainerSignatureMapping>"
    )
}

/// An installation with a table of two formats in force, and the files that it was made of.
fn updated() -> Installation {
    let installation = Installation::new();
    installation.plain_folder(
        "xml",
        &[
            ("b7.xml", binary("200", &["one", "two"]).as_bytes()),
            ("c-20270101.xml", container("1", "sample/one", "inner").as_bytes()),
        ],
    );
    installation.run(["formats", "update", "--json", "xml/c-20270101.xml", "xml/b7.xml"]).exits(0);
    installation
}

fn version(installation: &Installation) -> Value {
    installation.run(["formats", "version", "--json"]).exits(0).json().remove(0)
}

fn table(installation: &Installation) -> String {
    fs::read_to_string(installation.data().join("formats/signatures.txt")).unwrap_or_default()
}

#[test]
fn the_table_of_the_program_is_in_force_unless_there_is_another() {
    let installation = Installation::new();
    let told = version(&installation);
    assert_eq!((&told["signature_version"], &told["container_signature_version"]), (&json!("122"), &json!("20260119")));
    assert!(told["formats"].as_u64() > Some(2500) && told["signatures"].as_u64() > Some(2000), "{told}");
    assert!(told["formats_with_signature"].as_u64() > Some(2000) && told["container_signatures"].as_u64() > Some(300));
    assert_eq!((&told["updated"], &told["custom_files"]), (&Value::Null, &json!([])));
    installation.run(["formats", "version"]).exits(0).contains("that of the program").contains("version 122 of 2026");
    let installation = updated();
    let told = version(&installation);
    assert_eq!((&told["signature_version"], &told["container_signature_version"]), (&json!("200"), &json!("20270101")));
    assert_eq!((&told["formats"], &told["container_signatures"]), (&json!(2), &json!(1)));
    assert!(told["updated"].as_str().unwrap().ends_with("data/formats/signatures.txt"));
    installation.plain_folder("f", &[("x", b"two!")]);
    assert_eq!(installation.run(["identify", "--json", "f/x"]).exits(0).json()[0]["puid"], "sample/two");
}

#[test]
fn formats_are_listed_by_words_extension_and_media_type() {
    let installation = Installation::new();
    let puids = |arguments: &[&str]| {
        let all = [&["formats", "list", "--json", "--limit", "10000"][..], arguments].concat();
        let lines = installation.run(all).exits(0).json();
        lines.iter().map(|line| line["puid"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(puids(&[]).len() > 2500);
    assert!(puids(&["--extension", "TIF"]).contains(&"fmt/353".to_owned()));
    assert_eq!(puids(&["--extension", ".tif"]), puids(&["--extension", "tif"]));
    assert!(puids(&["--mime", "image/png"]).contains(&"fmt/11".to_owned()));
    assert_eq!(puids(&["portable", "NETWORK", "1.0"]), ["fmt/11"]);
    assert_eq!(puids(&["no such format"]), [""; 0]);
    let first = installation.run(["formats", "list", "--limit", "2"]).exits(0);
    assert_eq!(first.out.lines().count(), 3);
    let cursor = first.err.split("add ").nth(1).unwrap().trim().to_owned();
    let mut next = vec!["formats", "list", "--limit", "1", "--json"];
    next.extend(cursor.split(' '));
    assert_eq!(installation.run(next).exits(0).json()[0]["puid"], puids(&[])[2].as_str());
    installation.run(["formats", "list", "--after", "none/1"]).exits(2).contains("no format none/1");
}

#[test]
fn one_format_is_shown_with_signatures_and_both_priorities() {
    let installation = Installation::new();
    let zip = &installation.run(["formats", "show", "--json", "x-fmt/263"]).exits(0).json()[0];
    assert_eq!((&zip["name"], &zip["extensions"]), (&json!("ZIP Format"), &json!(["zip"])));
    let sequences = &zip["signatures"][0]["sequences"];
    assert_eq!(sequences[0], "0 to 4 bytes from the begin: <504B0304>");
    let below = &installation.run(["formats", "show", "--json", "fmt/189"]).exits(0).json()[0];
    let has = |list: &Value, puid: &str| list.as_array().unwrap().iter().any(|other| other["puid"] == puid);
    assert!(has(&below["priority_over"], "x-fmt/263") && has(&zip["priority_of"], "fmt/189"));
    let docx = installation.run(["formats", "show", "fmt/412"]).exits(0);
    docx.contains("inside of ZIP files").contains("has [Content_Types].xml").contains("reads 'ContentType=");
    installation.run(["formats", "show", "fmt/0"]).exits(2).contains("no format fmt/0").contains("formats list");
}

#[test]
fn an_update_says_what_is_new_changed_and_removed() {
    let installation = updated();
    let changed = binary("201", &["one", "three"]).replace("Format one", "Format one, renamed");
    installation.plain_folder("xml", &[("b8.xml", changed.as_bytes())]);
    let before = table(&installation);
    let dry = &installation.run(["formats", "update", "--dry-run", "--json", "xml/b8.xml"]).exits(0).json()[0];
    assert_eq!(table(&installation), before);
    let told = &installation.run(["formats", "update", "--json", "xml/b8.xml"]).exits(0).json()[0];
    for (told, is_dry_run) in [(dry, true), (told, false)] {
        assert_eq!(told["is_dry_run"], is_dry_run);
        assert_eq!(told["signature_version"], json!(["200", "201"]));
        assert_eq!(told["container_signature_version"], json!(["20270101", "20270101"]));
        assert_eq!(told["new"], json!([{"puid": "sample/three", "name": "Format three"}]));
        assert_eq!(told["changed"], json!([{"puid": "sample/one", "name": "Format one, renamed"}]));
        assert_eq!(told["removed"], json!([{"puid": "sample/two", "name": "Format two"}]));
    }
    let now = version(&installation);
    assert_eq!((&now["signature_version"], &now["container_signatures"]), (&json!("201"), &json!(1)));
    let again = installation.run(["formats", "update", "xml/b8.xml"]).exits(0);
    again.contains("formats: 0 new, 0 changed, 0 removed");
    // Nothing but the table is left behind.
    let left: Vec<_> =
        fs::read_dir(installation.data().join("formats")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["signatures.txt"]);
}

#[test]
fn people_are_told_of_twenty_formats_and_scripts_of_all() {
    let installation = updated();
    let names: Vec<_> = (0..30).map(|number| format!("n{number}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).chain(["one"]).collect();
    installation.plain_folder("xml", &[("many.xml", binary("300", &names).as_bytes())]);
    let said = installation.run(["formats", "update", "--dry-run", "xml/many.xml"]).exits(0);
    said.contains("formats: 30 new, 1 changed, 1 removed").contains("and 12 more; --json names all");
    said.contains("nothing has changed: this was a dry run");
    let json = &installation.run(["formats", "update", "--dry-run", "--json", "xml/many.xml"]).exits(0).json()[0];
    assert_eq!(json["new"].as_array().unwrap().len(), 30);
}

#[test]
fn a_container_file_alone_leaves_the_formats_as_they_are() {
    let installation = updated();
    installation.plain_folder("xml", &[("c-20270202.xml", container("2", "sample/two", "other").as_bytes())]);
    let told = &installation.run(["formats", "update", "--json", "xml/c-20270202.xml"]).exits(0).json()[0];
    assert_eq!(told["container_signature_version"], json!(["20270101", "20270202"]));
    assert_eq!((&told["new"], &told["removed"]), (&json!([]), &json!([])));
    assert_eq!(told["changed"].as_array().unwrap().len(), 2);
    installation.run(["formats", "show", "sample/two"]).exits(0).contains("has other");
    let one = installation.run(["formats", "show", "sample/one"]).exits(0);
    assert!(!one.out.contains("inside of ZIP"), "{}", one.out);
}

/// Insists that an update is refused, says why, and changes nothing.
#[track_caller]
fn check_refused(installation: &Installation, arguments: &[&str], because: &str) {
    let before = table(installation);
    let all = [&["formats", "update"][..], arguments].concat();
    installation.run(all).exits(2).contains(because);
    assert_eq!(table(installation), before, "{because}");
}

#[test]
fn a_file_that_cannot_be_used_changes_nothing() {
    let installation = updated();
    installation.plain_folder(
        "xml",
        &[
            ("html.xml", b"<!-- x --><html></html>"),
            ("cut.xml", &binary("300", &["one"]).as_bytes()[..300]),
            ("bad.xml", binary("300", &["one"]).replace("'one'", "'one").as_bytes()),
            ("none.xml", binary("300", &[]).as_bytes()),
            ("lost.xml", binary("300", &["two"]).as_bytes()),
            ("old.xml", binary("199", &["one"]).as_bytes()),
            ("odd.xml", binary("new", &["one"]).as_bytes()),
            ("next.xml", binary("300", &["one"]).as_bytes()),
            ("c-20260101.xml", container("1", "sample/one", "x").as_bytes()),
            ("c-20280101.xml", container("1", "sample/unknown", "x").as_bytes()),
            ("c-empty-20290101.xml", b"<ContainerSignatureMapping schemaVersion='1.0' signatureVersion='1'/>"),
            ("bytes.xml", b"\xff\xfe"),
        ],
    );
    for (arguments, because) in [
        (&["xml/html.xml"][..], "html.xml is no signature file: it begins with <html>"),
        (&["xml/cut.xml"], "cut.xml, line"),
        (&["xml/bad.xml"], "bad.xml, line 2"),
        (&["xml/none.xml"], "none.xml names no format"),
        (&["xml/none.xml", "xml/c-empty-20290101.xml"], "none.xml names no format"),
        (&["xml/lost.xml"], "lost.xml has no format sample/one, of which there are container signatures"),
        (&["xml/old.xml"], "old.xml is version 199, older than 200: add --allow-older"),
        (&["xml/odd.xml"], "cannot be told: add --allow-older"),
        (&["xml/c-20260101.xml"], "is version 20260101, older than 20270101"),
        (&["xml/next.xml", "xml/c-20260101.xml"], "is version 20260101, older than 20270101"),
        (&["xml/c-20280101.xml"], "c-20280101.xml, line"),
        (&["xml/next.xml", "xml/old.xml"], "are of one kind"),
        (&["xml/bytes.xml"], "it is no UTF-8"),
        (&["xml/absent.xml"], "cannot read xml/absent.xml"),
        (&["xml"], "cannot read xml"),
        (&["a", "b", "c"], "unexpected value 'c'"),
        (&["ftp://example.org/x.xml"], "begins with neither https:// nor http://"),
    ] {
        check_refused(&installation, arguments, because);
    }
    installation.run(["formats", "update", "--allow-older", "xml/old.xml"]).exits(0);
    assert_eq!(version(&installation)["signature_version"], "199");
}

#[test]
fn a_damaged_table_says_how_to_mend_it_and_can_be_replaced() {
    let installation = updated();
    let path = installation.data().join("formats/signatures.txt");
    fs::write(&path, table(&installation).replace("format sample/two", "farmat sample/two")).unwrap();
    for command in [&["formats", "version"][..], &["identify", "xml/b7.xml"]] {
        installation.run(command).exits(2).contains("formats/signatures.txt cannot be used").contains("formats update");
    }
    installation.run(["formats", "update", "xml/b7.xml"]).exits(2).contains("remove it");
    fs::remove_file(path).unwrap();
    assert_eq!(version(&installation)["signature_version"], "122");
}

#[test]
fn custom_files_are_laid_over_in_the_order_of_their_names() {
    let installation = updated();
    let renamed = |name: &str| binary("1", &["one"]).replace("Format one", name);
    installation.plain_folder(
        "data/formats/custom",
        &[
            ("b.xml", renamed("Second").as_bytes()),
            ("a.XML", renamed("First").as_bytes()),
            ("readme.txt", b"not looked at"),
        ],
    );
    let told = version(&installation);
    let names: Vec<_> = told["custom_files"].as_array().unwrap().iter().map(|path| path.as_str().unwrap()).collect();
    assert!(names.len() == 2 && names[0].ends_with("a.XML") && names[1].ends_with("b.xml"), "{names:?}");
    assert_eq!(told["formats"], 2);
    installation.run(["formats", "show", "sample/one"]).exits(0).contains("sample/one: Second");
    // What is written is the table alone.
    installation.run(["formats", "update", "xml/b7.xml"]).exits(0);
    assert!(!table(&installation).contains("Second"));
}

/// Answers requests on a port of its own, each with the next of the replies, and returns the address.
fn serve(replies: Vec<Vec<u8>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for reply in replies {
            let Ok((stream, _)) = listener.accept() else { return };
            answer(stream, &reply);
        }
    });
    address
}

fn answer(mut stream: TcpStream, reply: &[u8]) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
    // Whoever has heard enough hangs up.
    let written = stream.write_all(reply);
    drop(written);
}

fn reply(status: &str, header: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n{header}\r\n{body}").into_bytes()
}

#[test]
fn a_file_is_fetched_and_a_redirection_followed() {
    let installation = updated();
    let found = reply("302 Found", "Location: /files/container-signature-20270303.xml\r\n", "");
    let file = reply("200 OK", "", &container("9", "sample/two", "fetched"));
    let address = serve(vec![found, file]);
    let told =
        installation.run(["formats", "update", "--json", &format!("{address}/newest")]).exits(0).json().remove(0);
    assert_eq!(told["container_signature_version"][1], "20270303");
    let address = serve(vec![reply("200 OK", "", &binary("222", &["one", "two"]))]);
    installation.run(["formats", "update", &format!("{address}/b.xml")]).exits(0).contains("200 → 222");
}

#[test]
fn a_reply_that_cannot_be_used_changes_nothing() {
    let installation = updated();
    let good = binary("300", &["one"]);
    let to = |target: &str| reply("302 Found", &format!("Location: {target}\r\n"), "");
    let broken = reply("200 OK", "", &good)[..400].to_vec();
    let mut endless = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec();
    endless.resize((64 << 20) + 4096, b' ');
    for (replies, because) in [
        (vec![reply("404 Not Found", "", "")], "the server says 404"),
        (vec![reply("200 OK", "", "<html></html>")], "begins with <html>"),
        (vec![broken], "broke off"),
        (vec![endless], "is longer than 67108864 bytes"),
        (vec![b"no http at all\r\n\r\n".to_vec()], "cannot fetch"),
        (vec![Vec::new()], "cannot fetch"),
        (vec![to("http://example.org/x.xml")], "is not encrypted"),
        (vec![to("file:///etc/passwd")], "leads on to file:///etc/passwd"),
        (vec![to("ftp://example.org/x")], "begins with neither"),
        (vec![to("//example.org/x")], "begins with neither"),
        (vec![reply("302 Found", "", "")], "does not say where"),
        (vec![to("/again"); 7], "more than 5 other addresses"),
    ] {
        let address = format!("{}/x.xml", serve(replies));
        check_refused(&installation, &[&address], because);
    }
    check_refused(&installation, &["http://example.org/x.xml"], "--insecure-http");
    check_refused(&installation, &["http://127.0.0.1:1/x.xml"], "cannot fetch");
}
