//! A bag that is not written yet, held against a profile: what a profile may ask does not depend on the digests.

use std::path::Path;

use bagit::{Bag, BagOptions, Form, Package, Profile, Report, Spool, TagFiles};
use digests::{Digest, Digests};

/// Makes the tag files of the bag as it would be, with digests of zeros throughout, and checks all of it. Only names
/// and sizes of the payload are read.
///
/// # Errors
/// The source cannot be listed, or an option contradicts the standard.
pub fn rehearse(
    source: &Path,
    name: &str,
    form: Form,
    options: &BagOptions,
    profile: &Profile,
) -> anyhow::Result<Report> {
    let package = Package::open(source)?;
    let index = package.index(&options.limits)?;
    let mut members = index.members;
    // An empty source becomes an empty payload folder.
    members.mark_payload_folder();
    for place in members.indexes() {
        members.set_digests(place, &zeros(options));
    }
    let files = TagFiles::generate(&members, options)?;
    let spool = Spool::new();
    for file in files.iter() {
        files.write(file, &members, &mut spool.create(&file.path)?)?;
    }
    for file in files.iter() {
        let place = members.push(&file.path, file.size_bytes, 0, options.created_at);
        members.set_digests(place, &file.digests);
    }
    let bag = Bag {
        members: &members,
        kept: &spool,
        serialization: form.serialization(),
        top_folder: Some(name),
        package_name: Some(name),
        profile: Some(profile),
        found: index.findings,
    };
    Ok(bagit::validate(&bag)?)
}

fn zeros(options: &BagOptions) -> Digests {
    let zero = |algorithm: digests::Algorithm| Digest::from_bytes(algorithm, &vec![0; algorithm.length_bytes()]);
    options.algorithms.iter().filter_map(zero).collect()
}
