//! Independent programs accept every storage root that `ingest` writes, and the PREMIS beside it.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that breaks should panic")]

#[path = "support/installation.rs"]
mod installation;
#[path = "support/two_people.rs"]
mod two_people;

mod foreign {
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::process::{Command, Output};

    use crate::installation::{Installation, WORKSPACE, files_below};
    use crate::two_people::{AT_ONCE, People};

    const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../premis/tests/schema/premis-v3-0.xsd");

    /// Names that JSON must escape. rocfl 1.7.0 takes a path that is written so for no string at all (its E051), and
    /// refuses objects of any software that hold one; the others read them.
    const ESCAPED: [(&str, &[u8]); 2] = [("back\\slash", b"2"), ("quote\"", b"7")];

    /// Everything that a root of ours can hold: several versions, one of which replaces, and hostile names.
    fn everything(more: &[(&str, &[u8])]) -> Installation {
        let installation = Installation::new();
        installation.ingest_samples();
        let long = format!("{}/{}", "d".repeat(200), "n".repeat(250));
        let hostile: &[(&str, &[u8])] = &[
            ("-rf", b"1"),
            ("..dots..", b"3"),
            (" space ", b"4"),
            ("con.txt", b"5"),
            ("percent%2f%", b"6"),
            ("quote'<&>", b"7"),
            ("ø/議事録/\u{202e}x", b"8"),
            ("nfc-\u{e9}", b"9"),
            (&long, b"10"),
            ("same-1", b"the same bytes"),
            ("same-2", b"the same bytes"),
            ("empty", b""),
            ("~!@#$^*(){}[]|;:?,`", b"11"),
        ];
        let folder = installation.plain_folder("hostile & <name> 'é'", &[hostile, more].concat());
        installation.ingest(&folder);
        fs::write(folder.join("con.txt"), "changed").unwrap();
        fs::write(folder.join("new.xml"), "<new/>").unwrap();
        installation.ingest(&folder);
        fs::remove_file(folder.join("same-1")).unwrap();
        fs::write(folder.join("percent%2f%"), "changed too").unwrap();
        installation.run(["ingest", "--replace", folder.to_str().unwrap()]).exits(0);
        // A third store, which no deposit wrote to.
        installation.configure(THREE_STORES);
        installation.run(["store", "add", "third"]).exits(0);
        installation
    }

    /// A third store, which no deposit wrote to.
    const THREE_STORES: &str = "stores = [{ id = \"first\", url = \"stores/first\" }, { id = \"second\", url = \"stores/second\" }, \
         { id = \"third\", url = \"stores/third\" }]\n\
         storage_options = [{ name = \"Standard\", stores = [\"first\", \"second\", \"third\"] }]\n";

    /// The validator of ocfl-py, beside the Python of the virtual environment. Of a root it tells the structure alone:
    /// its verdict (2.1.0) leaves out that of the objects, which are therefore named one by one.
    fn ocfl_py(root: &Path) -> Output {
        let own = || Path::new(WORKSPACE).join("target/venv/bin/python").into();
        let python = std::env::var_os("STRONGROOM_TEST_PYTHON").unwrap_or_else(own);
        let script = Path::new(&python).with_file_name("ocfl-validate.py");
        assert!(script.is_file(), "ocfl-py is not installed at {}: run `./test`, which installs it", script.display());
        let mut objects = files_below(root);
        objects.retain(|(path, _)| path.ends_with("0=ocfl_object_1.1"));
        assert!(objects.len() >= 4, "the root has its objects: {objects:?}");
        let objects = objects.iter().map(|(path, _)| root.join(path.parent().unwrap()));
        let mut command = Command::new(&python);
        command.args(["-X", "utf8"]).arg(script).arg(root).args(objects);
        command.output().expect("the environment has a Python")
    }

    fn rocfl(root: &Path) -> Output {
        let own = Path::new(WORKSPACE).join("target/tools/bin/rocfl");
        let program = if own.is_file() { own } else { PathBuf::from("rocfl") };
        let output = Command::new(program).arg("--root").arg(root).args(["validate", "--level", "warn"]).output();
        output.expect("rocfl is not installed: run `./test`, which installs it")
    }

    fn xmllint(document: &Path) -> Output {
        let output = Command::new("xmllint").args(["--nonet", "--noout", "--schema", SCHEMA]).arg(document).output();
        output.expect("xmllint is not installed: run `./test`, which installs it (Debian package libxml2-utils)")
    }

    fn text(output: &Output) -> String {
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    }

    fn roots(installation: &Installation) -> [PathBuf; 3] {
        ["first", "second", "third"].map(|id| installation.store(id).join("ocfl"))
    }

    #[test]
    fn ocfl_py_accepts_every_root() {
        let installation = everything(&ESCAPED);
        for root in roots(&installation) {
            let output = ocfl_py(&root);
            assert!(output.status.success(), "{}", text(&output));
        }
    }

    #[test]
    fn rocfl_accepts_every_root() {
        let installation = everything(&[]);
        for root in roots(&installation) {
            let output = rocfl(&root);
            assert!(output.status.success(), "{}", text(&output));
        }
    }

    #[test]
    fn both_accept_objects_of_which_files_were_deleted() {
        let installation = everything(&[]);
        installation.configure(&format!("{THREE_STORES}{AT_ONCE}"));
        let people = People::of(&installation);
        let hostile = "local.archive/hostile & <name> 'é'";
        let files = ["con.txt", "same-1", "-rf", "new.xml", "ø/議事録/\u{202e}x"];
        let list: String = files.iter().map(|name| format!("{hostile}/data/{name}\n")).collect();
        fs::write(installation.folder.path().join("list"), list).unwrap();
        people.delete(&installation, &["--list", "list"]);
        people.delete(&installation, &["local.archive/photographs/data/1923/harbour.png"]);
        for root in roots(&installation) {
            let (python, rust) = (ocfl_py(&root), rocfl(&root));
            assert!(python.status.success() && rust.status.success(), "{}{}", text(&python), text(&rust));
        }
    }

    #[test]
    fn they_refuse_a_flipped_byte_as_we_do() {
        let installation = everything(&[]);
        let [root, ..] = roots(&installation);
        let is_content = |path: &Path| path.to_string_lossy().contains("/v1/content/");
        let (path, mut bytes) =
            files_below(&root).into_iter().find(|(path, bytes)| is_content(path) && !bytes.is_empty()).unwrap();
        bytes[0] ^= 1;
        fs::write(root.join(path), bytes).unwrap();
        let root_text = root.to_str().unwrap();
        installation.run(["ocfl", "validate", root_text]).exits(1).contains("E092");
        assert!(!rocfl(&root).status.success(), "rocfl accepts a flipped byte");
        assert!(!ocfl_py(&root).status.success(), "ocfl-py accepts a flipped byte");
    }

    #[test]
    fn xmllint_accepts_the_premis_of_every_version() {
        let installation = everything(&ESCAPED);
        let mut checked = 0;
        for root in roots(&installation) {
            for (path, _) in files_below(&root) {
                if path.to_string_lossy().ends_with("-premis.xml.gz") {
                    let output = xmllint(&root.join(&path));
                    assert!(output.status.success(), "{}: {}", path.display(), text(&output));
                    checked += 1;
                }
            }
        }
        assert_eq!(checked, 3 * 6, "three samples, and three versions of the hostile one, in three stores");
    }
}
