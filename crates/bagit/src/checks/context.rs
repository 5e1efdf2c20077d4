//! What all checks of one bag share.

use std::io::Read;
use std::sync::OnceLock;

use findings::{Finding, Findings};

use super::normal_forms::NormalForms;
use crate::declaration::Declaration;
use crate::encoding::TextEncoding;
use crate::version::Version;
use crate::{Bag, BagitError, Tag};

/// The bag, what is known of it, and what was found so far.
pub(crate) struct Context<'a> {
    pub bag: &'a Bag<'a>,
    /// Where the declaration fails to say, the version that forgives most, so that one fault is not reported twice.
    pub version: Version,
    pub encoding: TextEncoding,
    pub tags: Vec<Tag>,
    pub findings: Findings,
    normal_forms: OnceLock<NormalForms>,
}

impl<'a> Context<'a> {
    pub fn new(bag: &'a Bag<'a>, declaration: &Declaration, findings: Findings) -> Self {
        Self {
            bag,
            version: declaration.version.unwrap_or(Version::V0_97),
            encoding: declaration.encoding.unwrap_or(TextEncoding::UTF_8),
            tags: Vec::new(),
            findings,
            normal_forms: OnceLock::new(),
        }
    }

    pub fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// The members' names by normal form; made when first needed, which in most bags is never.
    pub fn normal_forms(&self) -> &NormalForms {
        self.normal_forms.get_or_init(|| NormalForms::of(self.bag.members))
    }

    /// Opens the kept contents of a member.
    pub fn open(&self, path: &str) -> Result<Option<Box<dyn Read + 'a>>, BagitError> {
        self.bag.kept.open(path).map_err(read_error(path))
    }
}

/// Makes the error of a member whose kept contents cannot be read.
pub(super) fn read_error(path: &str) -> impl FnOnce(std::io::Error) -> BagitError {
    let path = path.to_owned();
    move |source| BagitError::Read { path, source }
}
