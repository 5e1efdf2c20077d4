//! RFC 8493 §2.1.1: a bag has a `bagit.txt`, and it says by which version and in which encoding.

use findings::Findings;

use super::context::read_error;
use crate::declaration::{BAGIT_TXT, Declaration, read_declaration};
use crate::{Bag, BagitError, rules};

pub(crate) fn declaration(bag: &Bag<'_>, findings: &mut Findings) -> Result<Declaration, BagitError> {
    if bag.members.find(BAGIT_TXT).is_none() {
        findings.push(rules::BAGIT_TXT_MISSING.finding());
        return Ok(Declaration::default());
    }
    match bag.kept.open(BAGIT_TXT).map_err(read_error(BAGIT_TXT))? {
        Some(reader) => read_declaration(reader, findings).map_err(read_error(BAGIT_TXT)),
        None => {
            findings.push(rules::TAG_FILE_UNREADABLE.finding().at(BAGIT_TXT));
            Ok(Declaration::default())
        }
    }
}
