//! Objects as elements.

use digests::Algorithm;

use crate::item::{self, Item};
use crate::{
    Error, File, Fixity, Format, Identifier, IntellectualEntity, Location, Object, Relationship, RelationshipKind,
    Representation, VocabularyTerm,
};

/// What the schema tells the categories apart by.
const CATEGORY: &str = "xsi:type";

pub(crate) fn write(item: &mut Item, object: &Object) -> Result<(), Error> {
    let category = match object {
        Object::IntellectualEntity(_) => "premis:intellectualEntity",
        Object::Representation(_) => "premis:representation",
        Object::File(_) => "premis:file",
    };
    item.element("premis:object", (CATEGORY, category), |item| match object {
        Object::IntellectualEntity(entity) => write_entity(item, entity),
        Object::Representation(representation) => write_representation(item, representation),
        Object::File(file) => write_file(item, file),
    })
}

fn write_entity(item: &mut Item, entity: &IntellectualEntity) -> Result<(), Error> {
    identifiers(item, &entity.identifier, &entity.other_identifiers)?;
    item.text_if("premis:originalName", entity.original_name.as_deref())?;
    relationships(item, &entity.relationships)?;
    entity.rights.iter().try_for_each(|rights| item.identifier(item::LINKED_RIGHTS, rights))
}

fn write_representation(item: &mut Item, representation: &Representation) -> Result<(), Error> {
    identifiers(item, &representation.identifier, &representation.other_identifiers)?;
    item.text_if("premis:originalName", representation.original_name.as_deref())?;
    representation.locations.iter().try_for_each(|location| storage(item, location))?;
    relationships(item, &representation.relationships)
}

fn write_file(item: &mut Item, file: &File) -> Result<(), Error> {
    let size = i64::try_from(file.size_bytes).map_err(|_| Error::SizeTooLarge(file.size_bytes))?;
    identifiers(item, &file.identifier, &file.other_identifiers)?;
    item.nested("premis:objectCharacteristics", |item| {
        file.fixity.iter().try_for_each(|one| fixity(item, one))?;
        item.text("premis:size", &size.to_string())?;
        format(item, &file.format)
    })?;
    item.text_if("premis:originalName", file.original_name.as_deref())?;
    file.locations.iter().try_for_each(|location| storage(item, location))?;
    relationships(item, &file.relationships)
}

fn identifiers(item: &mut Item, first: &Identifier, others: &[Identifier]) -> Result<(), Error> {
    item.identifier(item::OBJECT, first)?;
    others.iter().try_for_each(|other| item.identifier(item::OBJECT, other))
}

fn fixity(item: &mut Item, fixity: &Fixity) -> Result<(), Error> {
    item.nested("premis:fixity", |item| {
        item.term("premis:messageDigestAlgorithm", algorithm(fixity.digest.algorithm()))?;
        item.text("premis:messageDigest", &fixity.digest.to_hex())?;
        item.text_if("premis:messageDigestOriginator", fixity.originator.as_deref())
    })
}

/// Returns the vocabulary's term; the algorithms that it does not have are local, by the names of BagIt.
fn algorithm(algorithm: Algorithm) -> VocabularyTerm {
    let (label, code) = match algorithm {
        Algorithm::Md5 => ("MD5", Some("md5")),
        Algorithm::Sha1 => ("SHA-1", Some("sha1")),
        Algorithm::Sha256 => ("SHA-256", Some("sha256")),
        Algorithm::Sha384 => ("SHA-384", Some("sha384")),
        Algorithm::Sha512 => ("SHA-512", Some("sha512")),
        other => (other.name(), None),
    };
    VocabularyTerm { scheme: "cryptographicHashFunctions", label, code }
}

fn format(item: &mut Item, format: &Format) -> Result<(), Error> {
    item.nested("premis:format", |item| {
        item.nested("premis:formatDesignation", |item| {
            item.text("premis:formatName", &format.name)?;
            item.text_if("premis:formatVersion", format.version.as_deref())
        })?;
        if let Some(registry) = &format.registry {
            item.nested("premis:formatRegistry", |item| {
                item.text("premis:formatRegistryName", &registry.name)?;
                item.text("premis:formatRegistryKey", &registry.key)
            })?;
        }
        item.text_if("premis:formatNote", format.note.as_deref())
    })
}

fn storage(item: &mut Item, location: &Location) -> Result<(), Error> {
    item.nested("premis:storage", |item| {
        item.identifier(item::LOCATION, &location.address)?;
        item.text_if("premis:storageMedium", location.medium.as_deref())
    })
}

fn relationships(item: &mut Item, relationships: &[Relationship]) -> Result<(), Error> {
    relationships.iter().try_for_each(|relationship| {
        item.nested("premis:relationship", |item| {
            item.term("premis:relationshipType", RelationshipKind::broader())?;
            item.term("premis:relationshipSubType", relationship.kind.term())?;
            item.identifier(item::RELATED_OBJECT, &relationship.object)
        })
    })
}
