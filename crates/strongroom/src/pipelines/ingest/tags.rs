//! What the bag's tags say about the object: title, description, access, storage option.

use model::{Access, ItemState};

const APTRUST: &str = "aptrust-info.txt";
const BAG_INFO: &str = "bag-info.txt";

/// Returns the first value, not empty, of a tag in a file; names are compared in any case (RFC 8493 §2.2.2).
pub fn value<'a>(state: &'a ItemState, file: &str, name: &str) -> Option<&'a str> {
    let is_called = |tag: &&(String, String, String)| tag.0 == file && tag.1.eq_ignore_ascii_case(name);
    state.tags.iter().filter(is_called).map(|tag| tag.2.trim()).find(|value| !value.is_empty())
}

fn first<'a>(state: &'a ItemState, places: &[(&str, &str)]) -> Option<&'a str> {
    places.iter().find_map(|(file, name)| value(state, file, name))
}

/// Returns the object's title: from the tags that depositors use for it, else the bag's name.
pub fn title(state: &ItemState, name: &str) -> String {
    let places =
        [(APTRUST, "Title"), (BAG_INFO, "Title"), (BAG_INFO, "Internal-Identifier"), (BAG_INFO, "External-Identifier")];
    first(state, &places).unwrap_or(name).to_owned()
}

/// Returns the object's description, if any tag gives one.
pub fn description(state: &ItemState) -> Option<String> {
    let places = [
        (APTRUST, "Description"),
        (BAG_INFO, "Description"),
        (BAG_INFO, "Internal-Sender-Description"),
        (BAG_INFO, "External-Description"),
    ];
    first(state, &places).map(str::to_owned)
}

/// Returns who may see the object: the institution unless a tag says otherwise.
pub fn access(state: &ItemState) -> Access {
    value(state, APTRUST, "Access").map(Access::from_tag).unwrap_or_default()
}

/// Returns the storage option that the bag asks for, if it does.
pub fn storage_option(state: &ItemState) -> Option<&str> {
    first(state, &[(APTRUST, "Storage-Option"), (BAG_INFO, "APTrust-Storage-Option"), (BAG_INFO, "Storage-Option")])
}

/// Returns the profile that the bag names, with well-known mistakes put right.
pub fn profile_identifier(state: &ItemState) -> Option<String> {
    let is_identifier =
        |tag: &&(String, String, String)| tag.0 == BAG_INFO && tag.1.eq_ignore_ascii_case("BagIt-Profile-Identifier");
    let tag = state.tags.iter().find(is_identifier)?;
    Some(bagit::Profile::corrected_identifier(&tag.2).into_owned())
}
