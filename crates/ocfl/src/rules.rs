//! Every rule of the specification that has a code, in one table.

use findings::{Rule, Severity};

/// Makes a constant of each row, and one table of them all: a row cannot be forgotten in either.
macro_rules! rules {
    ($($code:ident $clause:literal $summary:literal $advice:literal;)*) => {
        $(pub(crate) const $code: Rule = Rule {
            code: stringify!($code),
            severity: severity(stringify!($code)),
            clause: concat!("OCFL 1.1 ", $clause),
            summary: $summary,
            advice: $advice,
        };)*
        /// All rules of OCFL 1.1 by their published codes: E for what an object or root must be, W for what it should.
        pub const RULES: &[Rule] = &[$($code),*];
    };
}

const fn severity(code: &str) -> Severity {
    if code.as_bytes()[0] == b'E' { Severity::Error } else { Severity::Warning }
}

rules! {
    E001 "§3.1" "the object root holds something that does not belong there"
        "move it out of the object; the registry or a logs directory is the place for notes";
    E002 "§3.2" "the object's declaration does not have the form of a NAMASTE file"
        "name it 0=ocfl_object_1.1";
    E003 "§3.2" "the object root does not have exactly one declaration of its version"
        "leave the one file 0=ocfl_object_<version> that fits the inventory's type";
    E004 "§3.2" "the object's declaration is not named T=value"
        "name it 0=ocfl_object_1.1";
    E005 "§3.2" "the tag before the = of the object's declaration is not 0"
        "name it 0=ocfl_object_1.1";
    E006 "§3.2" "the object's declaration does not name a version of OCFL that we know"
        "name it 0=ocfl_object_1.0 or 0=ocfl_object_1.1, whichever the inventory conforms to";
    E007 "§3.2" "the text of the object's declaration is not what follows the = of its name, and a newline"
        "write the part of the name after 0= and one newline into it";
    E008 "§3.3" "the object has no versions"
        "restore the object from another copy; an object has one version at least";
    E009 "§3.3" "the versions do not start with 1"
        "restore the missing first version from another copy";
    E010 "§3.3" "the sequence of versions has a gap or an unexpected member"
        "restore the missing version from another copy, or remove what never was a version";
    E011 "§3.3" "a zero-padded version number does not begin with a zero"
        "when the padded numbers are used up, the object must be written anew";
    E012 "§3.3" "versions are numbered in different ways"
        "use the form of the first version's number for all";
    E013 "§3.3" "a version does not follow the numbering that the first version set"
        "use the form of the first version's number for all";
    E014 "§3.3" "a path in the inventory does not use the name that the version's directory has"
        "write the version directory's name as it is on disk";
    E015 "§3.3" "a version directory holds a file that is neither inventory nor sidecar"
        "move content into the content directory and list it in the manifest; remove the rest";
    E016 "§3.3.1" "a version that has files to keep has no content directory"
        "restore the content directory from another copy";
    E017 "§3.3.1" "the contentDirectory has a slash"
        "name a direct child of the version directory";
    E018 "§3.3.1" "the contentDirectory is . or .."
        "name a direct child of the version directory";
    E019 "§3.3.1" "the contentDirectory was not set in the first version"
        "keep the content directory that the first version had";
    E020 "§3.3.1" "the contentDirectory changes between versions"
        "keep the content directory that the first version had";
    E021 "§3.3.1" "no contentDirectory is named, yet content lies elsewhere than in content"
        "name the directory in the inventory, or move the content";
    E022 "§3.3.1" "a tool took account of a directory beside the content directory"
        "mend the tool";
    E023 "§3.3.1" "a file of a content directory is not in the manifest"
        "list it in the manifest, or remove it when it was left behind by a broken write";
    E024 "§3.3.1" "a content directory holds an empty directory"
        "remove it, or keep it with an empty file in it";
    E025 "§3.4" "content is addressed by another algorithm than sha512 or sha256"
        "write the inventory anew with sha512 or sha256";
    E026 "§3.4" "an additional digest is of an algorithm outside the vocabulary"
        "leave it out, or use an algorithm that the specification or a registered extension names";
    E027 "§3.4" "a tool does not know a digest algorithm of the specification"
        "use a tool that does";
    E028 "§3.4" "a tool did not pass over a digest algorithm that it does not know"
        "use a tool that does";
    E029 "§3.4" "a sha1 digest is not 40 hexadecimal digits"
        "compute it anew";
    E030 "§3.4" "a sha256 digest is not 64 hexadecimal digits"
        "compute it anew";
    E031 "§3.4" "a sha512 digest is not 128 hexadecimal digits"
        "compute it anew";
    E032 "§3.4" "a blake2b-512 digest is not 128 hexadecimal digits"
        "compute it anew";
    E033 "§3.5" "the inventory is not well-formed JSON in UTF-8, each key once"
        "restore it from the version directory or another copy";
    E034 "§3.5" "the inventory is not named inventory.json"
        "rename it";
    E035 "§3.5" "a content path is not separated by forward slashes"
        "write / between the elements";
    E036 "§3.5.1" "the inventory lacks id, type, digestAlgorithm or head"
        "restore it from the version directory or another copy";
    E037 "§3.5.1" "the id is no text, is empty, or is not unique"
        "give every object an id of its own";
    E038 "§3.5.1" "the type is not the inventory URI of the version that the object declares"
        "make type and declaration agree";
    E039 "§3.5.1" "digests are not of the algorithm that digestAlgorithm names"
        "name the algorithm that manifest and states really use";
    E040 "§3.5.1" "the head is not the version directory of the highest number"
        "restore the inventory of the newest version";
    E041 "§3.5.1" "the inventory has no manifest or no versions"
        "restore it from the version directory or another copy";
    E042 "§3.5.2" "a content path does not lead from the object root into a version's content directory"
        "write <version>/<content directory>/<path>";
    E043 "§3.5.3" "the inventory has no block of versions"
        "restore it from the version directory or another copy";
    E044 "§3.5.3" "the block of versions is not under the key versions"
        "rename the key";
    E045 "§3.5.3" "the value of versions is not an object"
        "restore the inventory from the version directory or another copy";
    E046 "§3.5.3" "the keys of versions are not the names of the version directories"
        "restore the missing directory or the inventory of the newest version from another copy";
    E047 "§3.5.3" "the description of a version is not an object"
        "restore the inventory from the version directory or another copy";
    E048 "§3.5.3.1" "a version lacks created or state"
        "restore the inventory from the version directory or another copy";
    E049 "§3.5.3.1" "created is not a date and time of RFC 3339, with seconds and zone"
        "write it like 2026-11-03T10:20:30Z";
    E050 "§3.5.3.1" "a state names a digest that is not exactly a key of the manifest"
        "spell the digest as the manifest does, or list its content there";
    E051 "§3.5.3.1" "a logical path is not a text of elements separated by slashes"
        "write it as a text";
    E052 "§3.5.3.1" "a logical path has an element that is ., .. or empty"
        "write the path without it";
    E053 "§3.5.3.1" "a logical path is empty, or begins or ends with a slash"
        "write the path without it";
    E054 "§3.5.3.1" "the user of a version is not an object with a name"
        "give the name of whoever made the version";
    E055 "§3.5.4" "the block of additional digests is not under the key fixity"
        "rename the key";
    E056 "§3.5.4" "the fixity block names a digest algorithm outside the vocabulary"
        "use a name of OCFL 1.1 §3.4 or of a registered extension";
    E057 "§3.5.4" "the fixity of an algorithm is not built like the manifest, or names a path that is not in it"
        "write digests with arrays of content paths of the manifest";
    E058 "§3.6" "an inventory has no sidecar for its algorithm"
        "check the inventory against another copy, then write inventory.json.<algorithm>";
    E059 "§3.6" "the sidecar is of another algorithm than the inventory names"
        "check the inventory against another copy, then write inventory.json.<algorithm>";
    E060 "§3.6" "the inventory does not have the digest that its sidecar gives"
        "one of the two is damaged: restore both from another copy";
    E061 "§3.6" "the sidecar is not a digest, blanks and inventory.json"
        "check the inventory against another copy, then write the sidecar anew";
    E062 "§3.6" "the inventory changed after its digest was taken"
        "write the sidecar last";
    E063 "§3.7" "the object root has no inventory"
        "restore it from the newest version directory or another copy";
    E064 "§3.7" "the inventory of the object root is not the same file as that of the newest version"
        "find out which is right; a write was cut short, or one is damaged";
    E066 "§3.7" "an older inventory gives a version another state than the newest does"
        "find out which is right from another copy; history must not be rewritten";
    E067 "§3.9" "the object's extensions directory holds something else than directories of extensions"
        "move it out";
    E069 "§4.1" "the storage root has no declaration"
        "check that this is the root; write 0=ocfl_1.1 when it is";
    E070 "§4.1" "ocfl_layout.json is not a JSON object with extension and description"
        "write both keys, as texts";
    E071 "§4.1" "the layout that ocfl_layout.json names is not a registered extension"
        "name the registered extension that the root follows";
    E072 "§4.1" "a file lies in the storage hierarchy outside of any object"
        "move it out, or into the root itself";
    E073 "§4.1" "the storage root holds an empty directory"
        "remove it";
    E074 "§4.1" "the storage root depends upon another one"
        "make each root whole in itself";
    E075 "§4.2" "the root's declaration does not have the form of a NAMASTE file"
        "name it 0=ocfl_1.1";
    E076 "§4.2" "the storage root does not have exactly one declaration of its version"
        "leave the one that fits the newest object";
    E077 "§4.2" "the root's declaration is not named T=value"
        "name it 0=ocfl_1.1";
    E078 "§4.2" "the tag before the = of the root's declaration is not 0"
        "name it 0=ocfl_1.1";
    E079 "§4.2" "the root's declaration does not name a version of OCFL that we know"
        "name it 0=ocfl_1.0 or 0=ocfl_1.1";
    E080 "§4.2" "the text of the root's declaration is not what follows the = of its name, and a newline"
        "write the part of the name after 0= and one newline into it";
    E081 "§4.2" "an object conforms to a later version of OCFL than the root declares"
        "raise the root's declaration";
    E082 "§4.3" "an object lies within another one"
        "move it to a place of its own";
    E083 "§4.3" "an object does not lie where the root's layout puts its id, or two objects have one id"
        "move it, or name the layout that the root really follows";
    E084 "§4.3" "a directory between the root and its objects holds a file"
        "move it out, or into the root itself";
    E085 "§4.3" "a directory of the storage hierarchy does not lead to an object"
        "remove it, or restore the object's declaration";
    E087 "§4.1" "a tool did not pass over a file of the storage root that it does not know"
        "mend the tool";
    E088 "§4.1" "the storage root holds a directory that is neither of the hierarchy nor of extensions"
        "move it out";
    E089 "§5" "something that is no plain file is kept as such"
        "wrap it in a disk image or archive, and keep that";
    E090 "§5" "a link lies in the storage hierarchy"
        "put the file in its place";
    E092 "§3.5.2" "the manifest is not a list of content paths by digest, or a file is missing or has another digest"
        "restore the file from another copy";
    E093 "§3.5.4" "a file does not have the digest that the fixity block gives"
        "restore the file from another copy when its manifest digest fails as well; else correct the fixity";
    E094 "§3.5.3.1" "the message of a version is not a text"
        "write it as a text";
    E095 "§3.5.3.1" "a version has a logical path twice, or one that is the folder of another"
        "give each file a path of its own";
    E096 "§3.5.2" "a digest is more than once in the manifest, be it in letters of different case"
        "list all its content paths under one key";
    E097 "§3.5.4" "a digest is more than once in the fixity of an algorithm, be it in letters of different case"
        "list all its content paths under one key";
    E098 "§3.5.2" "a content path is not a text of elements separated by slashes"
        "write it as a text";
    E099 "§3.5.2" "a content path has an element that is ., .. or empty"
        "write the path without it";
    E100 "§3.5.2" "a content path is empty, or begins or ends with a slash"
        "write the path without it";
    E101 "§3.5.2" "a content path is there twice, or is the folder of another"
        "list each content path once";
    E102 "§3.5" "the inventory has a key that the specification does not describe"
        "keep such knowledge in an extension directory or beside the content";
    E103 "§3.7.1" "a version conforms to an earlier version of OCFL than the one before it"
        "restore the inventories from another copy";
    E104 "§3.3" "the name of a version is not v and its number"
        "name it v1, v2 and so on";
    E105 "§3.3" "the number of a version is not 1, 2, 3 and so on"
        "name it v1, v2 and so on";
    E106 "§3.5.2" "the value of manifest is not an object"
        "restore the inventory from the version directory or another copy";
    E107 "§3.5.2" "the manifest lists content that no version uses"
        "remove the entry and its file, or restore the versions that used it";
    E108 "§3.3.1" "the contentDirectory is not the name of a direct child of the version directory"
        "name a direct child of the version directory";
    E110 "§3.5.1" "the id changes between versions"
        "restore the inventories from another copy";
    E111 "§3.5.4" "the value of fixity is not an object"
        "write an object, or leave the key out";
    E112 "§4.4" "the root's extensions directory holds something else than directories of extensions"
        "move it out";
    W001 "§3.3" "version numbers are padded with zeros"
        "nothing; write new objects without padding";
    W002 "§3.3" "a version directory has a directory beside the content directory"
        "move it out; no tool will look into it";
    W003 "§3.3.1" "a version without files has a content directory"
        "remove it";
    W004 "§3.4" "content is addressed by sha256, where sha512 is recommended"
        "nothing; sha256 is sound and is what many tools verify fastest";
    W005 "§3.5.1" "the id is not a URI"
        "nothing for this object; prefer URIs for new ones";
    W007 "§3.5.3.1" "a version has no message or no user"
        "say who makes a version and why";
    W008 "§3.5.3.1" "the user of a version has no address"
        "give a mailto: address or a personal identifier";
    W009 "§3.5.3.1" "the address of a version's user is not a URI"
        "give a mailto: address or a personal identifier";
    W010 "§3.7" "a version directory has no inventory"
        "nothing; write one for each new version";
    W011 "§3.7" "an older inventory gives a version another date, message or user than the newest does"
        "nothing; keep them alike in new versions";
    W012 "§3.8" "something that looks like a log lies outside of the logs directory"
        "keep logs of the object in its logs directory";
    W013 "§3.9" "an extension of the object is not registered"
        "register it, or keep its meaning documented in the root";
    W014 "§4.3" "objects are arranged by more than one layout"
        "move objects to where the root's layout puts them";
    W015 "§4.3" "objects lie in the root itself and in directories below it"
        "move objects to where the root's layout puts them";
    W016 "§4.4" "an extension of the storage root is not registered"
        "register it, or keep its meaning documented in the root";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_every_code_of_ocfl_1_1_once_and_in_order() {
        let gaps = [65, 68, 86, 91, 109];
        let errors = (1..=112).filter(|number| !gaps.contains(number)).map(|number| format!("E{number:03}"));
        let warnings = (1..=16).filter(|number| *number != 6).map(|number| format!("W{number:03}"));
        let expected: Vec<String> = errors.chain(warnings).collect();
        let seen: Vec<&str> = RULES.iter().map(|rule| rule.code).collect();
        assert_eq!(seen, expected);
    }
}
