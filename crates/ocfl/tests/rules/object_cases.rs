//! Objects with something wrong on disk.

use crate::memory_tree::Node;
use crate::object::{Object, remove_key, sha512};
use crate::{Case, case};

fn swap_declaration(object: &mut Object, name: &str, text: &str) {
    object.tree.remove("0=ocfl_object_1.1");
    object.tree.put(name, text);
}

pub const CASES: &[Case] = &[
    case("a file in the root", &["E001"], |object| object.tree.put("notes.txt", "x")),
    case("a directory in the root", &["E001"], |object| object.tree.put("data/x.txt", "x")),
    case("a file named as a version", &["E001"], |object| object.tree.put("v3", "x")),
    case("a second sidecar", &["E001"], |object| object.tree.put("inventory.json.sha256", "x")),
    case("no declaration", &["E003"], |object| object.tree.remove("0=ocfl_object_1.1")),
    case("two declarations", &["E003"], |object| object.tree.put("0=ocfl_object_1.0", "ocfl_object_1.0\n")),
    case("a declaration without tag", &["E003", "E004"], |object| {
        swap_declaration(object, "ocfl_object_1.1", "ocfl_object_1.1\n");
    }),
    case("a declaration with another tag", &["E003", "E005"], |object| {
        swap_declaration(object, "1=ocfl_object_1.1", "ocfl_object_1.1\n");
    }),
    case("a declaration of a future version", &["E006"], |object| {
        swap_declaration(object, "0=ocfl_object_9.9", "ocfl_object_9.9\n");
    }),
    case("a declaration of a root", &["E006"], |object| swap_declaration(object, "0=ocfl_1.1", "ocfl_1.1\n")),
    case("a declaration of other text", &["E007"], |object| object.tree.put("0=ocfl_object_1.1", "ocfl_object_1.1")),
    case("a declaration of long text", &["E007"], |object| {
        object.tree.put("0=ocfl_object_1.1", "ocfl_object_1.1\n\n");
    }),
    case("a file in a version directory", &["E015"], |object| object.tree.put("v1/notes.txt", "x")),
    case("a sidecar without inventory", &["E015", "W010"], |object| object.finally("v1/inventory.json", None)),
    case("no content directory", &["E016", "E092", "E093"], |object| object.tree.remove("v1/content")),
    case("a file that no manifest lists", &["E023"], |object| object.tree.put("v2/content/extra.txt", "x")),
    case("an empty directory in content", &["E024"], |object| {
        object.tree.0.insert("v1/content/empty".to_owned(), Node::Directory);
    }),
    case("an inventory of another name", &["E034", "E063"], |object| {
        object.finally("inventory.json", None);
        object.tree.put("Inventory.json", "{}");
    }),
    case("a version directory that is missing", &["E046", "E092", "E093"], |object| {
        object.finally("v1", None);
    }),
    case("a version directory too many", &["E046", "W010"], |object| {
        object.tree.0.insert("v3/content/x".to_owned(), Node::File(Vec::new()));
        object.tree.remove("v3/content/x");
        object.tree.0.insert("v3".to_owned(), Node::Directory);
    }),
    case("a sidecar that is missing", &["E058"], |object| object.finally("inventory.json.sha512", None)),
    case("a sidecar that is missing in a version", &["E058"], |object| {
        object.finally("v1/inventory.json.sha512", None)
    }),
    case("a sidecar of another algorithm", &["E058", "E059"], |object| {
        object.finally("inventory.json.sha512", None);
        object.tree.put("inventory.json.sha256", "x");
    }),
    case("a sidecar of another digest", &["E060"], |object| {
        let text = format!("{} inventory.json\n", sha512(b"something else"));
        object.write_last("inventory.json.sha512", text.as_bytes());
    }),
    case("a sidecar of a version of another digest", &["E060"], |object| {
        let text = format!("{} inventory.json\n", sha512(b"something else"));
        object.write_last("v1/inventory.json.sha512", text.as_bytes());
    }),
    case("a sidecar of another form", &["E061"], |object| {
        object.write_last("inventory.json.sha512", b"this is no digest");
    }),
    case("no inventory", &["E063"], |object| object.finally("inventory.json", None)),
    case("an empty object", &["E003", "E063"], |object| {
        object.tree.0.clear();
        for path in ["inventory.json", "inventory.json.sha512", "v1", "v2"] {
            object.finally(path, None);
        }
    }),
    case("a newest inventory that differs", &["E064"], |object| {
        let mut newest = object.root.clone();
        remove_key(&mut newest, "fixity");
        object.newest = Some(newest);
    }),
    case("a file among the extensions", &["E067"], |object| object.tree.put("extensions/notes.txt", "x")),
    case("an object within the object", &["E082"], |object| {
        object.tree.put("inner/0=ocfl_object_1.1", "ocfl_object_1.1\n");
    }),
    case("a device in content", &["E089"], |object| {
        object.tree.0.insert("v1/content/device".to_owned(), Node::Special);
    }),
    case("a link in the root", &["E090"], |object| {
        object.tree.0.insert("linked".to_owned(), Node::Link);
    }),
    case("a link in content", &["E090"], |object| {
        object.tree.0.insert("v2/content/linked".to_owned(), Node::Link);
    }),
    case("a link among the logs", &["E090"], |object| {
        object.tree.0.insert("logs/linked".to_owned(), Node::Link);
    }),
    case("a file of content that is missing", &["E092"], |object| object.tree.remove("v2/content/c.txt")),
    case("a file of content that is damaged", &["E092"], |object| object.tree.put("v2/content/c.txt", "the text of C")),
    case("a directory beside the content", &["W002"], |object| object.tree.put("v1/other/x.txt", "x")),
    case("a version without inventory", &["W010"], |object| {
        object.finally("v1/inventory.json", None);
        object.finally("v1/inventory.json.sha512", None);
    }),
    case("an extension that is not registered", &["W013"], |object| {
        object.tree.put("extensions/9999-unheard-of/config.json", "{}");
    }),
];
