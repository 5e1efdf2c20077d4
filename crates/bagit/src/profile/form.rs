//! The JSON of a profile, key by key: BagIt Profiles 1.4.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a receiver asks of bags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// About the profile itself.
    #[serde(rename = "BagIt-Profile-Info")]
    pub info: ProfileInfo,
    /// The tags of `bag-info.txt`, by name.
    #[serde(rename = "Bag-Info", default)]
    pub bag_info: BTreeMap<String, TagRule>,
    /// Payload manifests that must be there, by algorithm.
    #[serde(rename = "Manifests-Required", default)]
    pub manifests_required: Vec<String>,
    /// Payload manifests that may be there; all when absent.
    #[serde(rename = "Manifests-Allowed", default, skip_serializing_if = "Option::is_none")]
    pub manifests_allowed: Option<Vec<String>>,
    /// Whether `fetch.txt` may be there.
    #[serde(rename = "Allow-Fetch.txt", default = "yes")]
    pub allow_fetch: bool,
    /// Whether `fetch.txt` must be there.
    #[serde(rename = "Fetch.txt-Required", default)]
    pub fetch_required: bool,
    /// Whether the payload must be empty, or one empty file.
    #[serde(rename = "Data-Empty", default)]
    pub data_empty: bool,
    /// Whether the bag must be an archive, or must be none.
    #[serde(rename = "Serialization", default)]
    pub serialization: SerializationRule,
    /// The media types of archives that are accepted.
    #[serde(rename = "Accept-Serialization", default)]
    pub accept_serialization: Vec<String>,
    /// The versions of BagIt that are accepted; at least one.
    #[serde(rename = "Accept-BagIt-Version")]
    pub accept_bagit_version: Vec<String>,
    /// Tag manifests that must be there, by algorithm.
    #[serde(rename = "Tag-Manifests-Required", default)]
    pub tag_manifests_required: Vec<String>,
    /// Tag manifests that may be there; all when absent.
    #[serde(rename = "Tag-Manifests-Allowed", default, skip_serializing_if = "Option::is_none")]
    pub tag_manifests_allowed: Option<Vec<String>>,
    /// Tag files that must be there, by path.
    #[serde(rename = "Tag-Files-Required", default)]
    pub tag_files_required: Vec<String>,
    /// Patterns of tag files that may be there; all when absent.
    #[serde(rename = "Tag-Files-Allowed", default, skip_serializing_if = "Option::is_none")]
    pub tag_files_allowed: Option<Vec<String>>,
    /// Payload files that must be there, by path from the bag's folder.
    #[serde(rename = "Payload-Files-Required", default)]
    pub payload_files_required: Vec<String>,
    /// Patterns of payload files that may be there; all when absent.
    #[serde(rename = "Payload-Files-Allowed", default, skip_serializing_if = "Option::is_none")]
    pub payload_files_allowed: Option<Vec<String>>,
    /// Our key: tags of any tag file.
    #[serde(rename = "Tags", default)]
    pub tags: Vec<ProfileTag>,
    /// Our key: whether names may have control characters.
    #[serde(rename = "Control-Characters-Allowed", default = "yes")]
    pub control_characters_allowed: bool,
}

fn yes() -> bool {
    true
}

/// About a profile.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ProfileInfo {
    /// The address of the profile, by which bags name it.
    #[serde(rename = "BagIt-Profile-Identifier", default)]
    pub identifier: Option<String>,
    /// The version of the profile format.
    #[serde(rename = "BagIt-Profile-Version", default)]
    pub format_version: Option<String>,
    /// Who made the profile.
    #[serde(rename = "Source-Organization", default)]
    pub source_organization: Option<String>,
    /// What the profile is for.
    #[serde(rename = "External-Description", default)]
    pub external_description: Option<String>,
    /// The version of the profile.
    #[serde(rename = "Version", default)]
    pub version: Option<String>,
}

/// Whether a bag may be an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SerializationRule {
    /// It must be a folder.
    Forbidden,
    /// It must be an archive.
    Required,
    /// It may be either.
    #[default]
    Optional,
}

/// What is asked of one tag of `bag-info.txt`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagRule {
    /// It must be there and have a value.
    #[serde(default)]
    pub required: bool,
    /// The values that it may have, in any case; any when empty.
    #[serde(default)]
    pub values: Vec<String>,
    /// It may stand more than once.
    #[serde(default = "yes")]
    pub repeatable: bool,
    /// It should be there.
    #[serde(default)]
    pub recommended: bool,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// What is asked of one tag of any tag file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProfileTag {
    /// The path of the tag file.
    pub tag_file: String,
    /// The label, in any case.
    pub tag_name: String,
    /// It must be there.
    #[serde(default)]
    pub required: bool,
    /// It may be there without a value.
    #[serde(default)]
    pub empty_ok: bool,
    /// The values that it may have, in any case; any when empty.
    #[serde(default)]
    pub values: Vec<String>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}
