//! A good object of two versions, made by hand so that a case can break one thing of it.

use digests::{Algorithm, Hasher};
use serde_json::{Value, json};

use crate::memory_tree::{MemoryTree, Node};

/// Edited by a case, and then rendered: inventories get right sidecars, unless a case says otherwise.
pub struct Object {
    /// Everything but inventories and sidecars.
    pub tree: MemoryTree,
    /// The inventory of the object root; the newest version directory gets the same.
    pub root: Value,
    /// The inventory of the first version.
    pub first: Value,
    /// The newest version's inventory, where it is to differ.
    pub newest: Option<Value>,
    /// The root inventory's text, where it is to differ from the JSON.
    pub text: Option<Vec<u8>>,
    /// Applied when all is rendered.
    pub last: Vec<(String, Option<Node>)>,
    /// The names of the version directories.
    pub versions: Vec<&'static str>,
    pub algorithm: Algorithm,
}

pub const A1: &[u8] = b"the first text of a";
pub const A2: &[u8] = b"the second text of a";
pub const B: &[u8] = b"the text of b";
pub const C: &[u8] = b"the text of c";

pub fn hex(algorithm: Algorithm, bytes: &[u8]) -> String {
    let mut hasher = Hasher::new(algorithm.into());
    hasher.update(bytes);
    hasher.finish().get(algorithm).expect("it was asked for").to_hex()
}

pub fn sha512(bytes: &[u8]) -> String {
    hex(Algorithm::Sha512, bytes)
}

impl Object {
    pub fn good() -> Self {
        Self::of("urn:example:good", "1.1", Algorithm::Sha512)
    }

    pub fn of(id: &str, specification: &str, algorithm: Algorithm) -> Self {
        let digest = |bytes| hex(algorithm, bytes);
        let version = |number: u32, state: Value| {
            json!({
                "created": format!("2026-11-0{number}T10:20:30Z"),
                "message": "made for a test",
                "user": { "name": "Somebody", "address": "mailto:somebody@example.org" },
                "state": state,
            })
        };
        let first_state = json!({ digest(A1): ["a.txt"], digest(B): ["sub/b.txt"] });
        let second_state =
            json!({ digest(A2): ["a.txt"], digest(B): ["sub/b.txt", "b-again.txt"], digest(C): ["c.txt"] });
        let kind = format!("https://ocfl.io/{specification}/spec/#inventory");
        let first = json!({
            "id": id, "type": kind, "digestAlgorithm": algorithm.ocfl_name(), "head": "v1",
            "manifest": { digest(A1): ["v1/content/a.txt"], digest(B): ["v1/content/sub/b.txt"] },
            "versions": { "v1": version(1, first_state.clone()) },
        });
        let root = json!({
            "id": id, "type": kind, "digestAlgorithm": algorithm.ocfl_name(), "head": "v2",
            "manifest": {
                digest(A1): ["v1/content/a.txt"], digest(B): ["v1/content/sub/b.txt"],
                digest(A2): ["v2/content/a.txt"], digest(C): ["v2/content/c.txt"],
            },
            "versions": { "v1": version(1, first_state), "v2": version(2, second_state) },
            "fixity": { "md5": { hex(Algorithm::Md5, B): ["v1/content/sub/b.txt"] } },
        });
        let mut tree = MemoryTree::default();
        tree.put(&format!("0=ocfl_object_{specification}"), format!("ocfl_object_{specification}\n"));
        tree.put("v1/content/a.txt", A1);
        tree.put("v1/content/sub/b.txt", B);
        tree.put("v2/content/a.txt", A2);
        tree.put("v2/content/c.txt", C);
        Self { tree, root, first, newest: None, text: None, last: Vec::new(), versions: vec!["v1", "v2"], algorithm }
    }

    /// Changes both inventories alike.
    pub fn both(&mut self, change: impl Fn(&mut Value)) {
        change(&mut self.root);
        change(&mut self.first);
    }

    /// Puts or, with `None`, removes a node when all else is written.
    pub fn finally(&mut self, path: &str, node: Option<Node>) {
        self.last.push((path.to_owned(), node));
    }

    pub fn write_last(&mut self, path: &str, bytes: &[u8]) {
        self.finally(path, Some(Node::File(bytes.to_vec())));
    }

    /// Renames a version everywhere but in the inventories.
    pub fn rename_version(&mut self, from: &'static str, to: &'static str) {
        let inside = format!("{from}/");
        let moved: Vec<String> = self.tree.0.keys().filter(|path| path.starts_with(&inside)).cloned().collect();
        for path in moved {
            let node = self.tree.0.remove(&path).expect("it was just seen");
            self.tree.0.insert(format!("{to}/{}", &path[inside.len()..]), node);
        }
        self.versions.iter_mut().filter(|name| **name == from).for_each(|name| *name = to);
    }

    pub fn render(mut self) -> MemoryTree {
        let root = self.text.clone().unwrap_or_else(|| self.root.to_string().into_bytes());
        self.put_inventory("", &root.clone(), self.algorithm);
        if let [first, newest] = self.versions[..] {
            let text = self.first.to_string().into_bytes();
            let algorithm = self.first["digestAlgorithm"].as_str().and_then(|name| name.parse().ok());
            self.put_inventory(&format!("{first}/"), &text, algorithm.unwrap_or(self.algorithm));
            let text = self.newest.take().map_or(root, |newest| newest.to_string().into_bytes());
            self.put_inventory(&format!("{newest}/"), &text, self.algorithm);
        }
        for (path, node) in std::mem::take(&mut self.last) {
            match node {
                Some(node) => drop(self.tree.0.insert(path, node)),
                None => self.tree.remove(&path),
            }
        }
        self.tree
    }

    fn put_inventory(&mut self, folder: &str, text: &[u8], algorithm: Algorithm) {
        self.tree.put(&format!("{folder}inventory.json"), text);
        let sidecar = format!("{} inventory.json\n", hex(algorithm, text));
        self.tree.put(&format!("{folder}inventory.json.{}", algorithm.ocfl_name()), sidecar);
    }
}

/// Moves the value of a key of an object to another key.
pub fn rename_key(value: &mut Value, from: &str, to: &str) {
    let object = value.as_object_mut().expect("it is an object");
    let inner = object.remove(from).expect("the key is there");
    object.insert(to.to_owned(), inner);
}

pub fn remove_key(value: &mut Value, key: &str) {
    value.as_object_mut().expect("it is an object").remove(key).expect("the key is there");
}
