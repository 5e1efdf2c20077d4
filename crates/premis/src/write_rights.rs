//! Rights statements as elements.

use crate::item::{self, Item};
use crate::{Basis, Error, Grant, Rights, VocabularyTerm};

pub(crate) fn write(item: &mut Item, rights: &Rights) -> Result<(), Error> {
    item.nested("premis:rights", |item| item.nested("premis:rightsStatement", |item| statement(item, rights)))
}

fn statement(item: &mut Item, rights: &Rights) -> Result<(), Error> {
    item.identifier(item::RIGHTS, &rights.identifier)?;
    item.term("premis:rightsBasis", basis_term(&rights.basis))?;
    basis(item, &rights.basis)?;
    rights.grants.iter().try_for_each(|one| grant(item, one))?;
    rights.objects.iter().try_for_each(|object| item.identifier(item::LINKED_OBJECT, object))?;
    rights.agents.iter().try_for_each(|agent| item.identifier(item::LINKED_AGENT, agent))
}

fn basis_term(basis: &Basis) -> VocabularyTerm {
    let (label, code) = match basis {
        Basis::Copyright { .. } => ("copyright", Some("cop")),
        Basis::License { .. } => ("license", Some("lic")),
        Basis::Statute { .. } => ("statute", Some("sta")),
        Basis::Other { .. } => ("other", None),
    };
    VocabularyTerm { scheme: "rightsBasis", label, code }
}

fn basis(item: &mut Item, basis: &Basis) -> Result<(), Error> {
    match basis {
        Basis::Copyright { status, jurisdiction, note } => item.nested("premis:copyrightInformation", |item| {
            item.text("premis:copyrightStatus", status)?;
            item.text("premis:copyrightJurisdiction", jurisdiction)?;
            item.text_if("premis:copyrightNote", note.as_deref())
        }),
        Basis::License { terms, document, note } => item.nested("premis:licenseInformation", |item| {
            if let Some(document) = document {
                item.identifier(item::LICENSE_DOCUMENT, document)?;
            }
            item.text("premis:licenseTerms", terms)?;
            item.text_if("premis:licenseNote", note.as_deref())
        }),
        Basis::Statute { jurisdiction, citation, note } => item.nested("premis:statuteInformation", |item| {
            item.text("premis:statuteJurisdiction", jurisdiction)?;
            item.text("premis:statuteCitation", citation)?;
            item.text_if("premis:statuteNote", note.as_deref())
        }),
        Basis::Other { basis, note } => item.nested("premis:otherRightsInformation", |item| {
            item.text("premis:otherRightsBasis", basis)?;
            item.text_if("premis:otherRightsNote", note.as_deref())
        }),
    }
}

fn grant(item: &mut Item, grant: &Grant) -> Result<(), Error> {
    item.nested("premis:rightsGranted", |item| {
        item.text("premis:act", &grant.act)?;
        grant.restrictions.iter().try_for_each(|restriction| item.text("premis:restriction", restriction))?;
        if let Some(term) = &grant.term {
            item.nested("premis:termOfGrant", |item| {
                item.text("premis:startDate", &term.start)?;
                item.text_if("premis:endDate", term.end.as_deref())
            })?;
        }
        item.text_if("premis:rightsGrantedNote", grant.note.as_deref())
    })
}
