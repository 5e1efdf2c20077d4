//! The checks of a bag, one a file.

mod context;
mod declaration;
mod digests;
mod fetch;
mod form_notes;
mod listing;
mod names;
mod normal_forms;
mod oxum;
mod payload_completeness;
mod payload_manifests;
mod profile;
mod resolve;
mod seen;
mod tag_files;
mod tag_manifests;

pub(crate) use context::Context;
pub(crate) use declaration::declaration;
pub(crate) use fetch::fetch;
pub(crate) use names::names;
pub(crate) use oxum::oxum;
pub(crate) use payload_completeness::payload_completeness;
pub(crate) use payload_manifests::payload_manifests;
pub(crate) use profile::profile;
pub(crate) use tag_files::tag_files;
pub(crate) use tag_manifests::tag_manifests;
