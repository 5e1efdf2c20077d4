//! Which member a path in a manifest means, with what has to be forgiven to find it.

use std::borrow::Cow;

use super::context::Context;
use crate::MemberIndex;
use crate::path::{decode, encode, is_unsafe};
use crate::version::Version;

/// What had to be forgiven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Remark {
    /// `*` before the path, the mark of md5sum: RFC 8493 §6.1.3.
    Mark,
    /// `./` before the path.
    LeadingDot,
    /// Spaces after the path.
    Padded,
    /// A percent sign that is not escaped.
    Percent,
    /// Backslashes for slashes.
    Backslash,
    /// The other normal form of the name.
    NormalForm,
}

/// What became of a path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Resolved<'p> {
    Member(MemberIndex),
    /// No member has this path, from which escapes and marks are taken off.
    Missing(Cow<'p, str>),
    /// It leads out of the bag and was not followed.
    Unsafe,
}

/// Finds members by the paths of one manifest, most of which stand in the order of the package.
pub(crate) struct Resolver<'c, 'a> {
    context: &'c Context<'a>,
    next: usize,
}

impl<'c, 'a> Resolver<'c, 'a> {
    pub fn new(context: &'c Context<'a>) -> Self {
        Self { context, next: 0 }
    }

    /// Finds a member; what had to be forgiven is added to the remarks.
    pub fn resolve<'p>(&mut self, written: &'p str, remarks: &mut Vec<Remark>) -> Resolved<'p> {
        if let Some(index) = self.find_in_order(written) {
            return Resolved::Member(index);
        }
        let mut path = written;
        if let Some(index) = self.find_exact(path, remarks) {
            return Resolved::Member(index);
        }
        for (remark, shorter) in [
            (Remark::Mark, (|path| path.strip_prefix('*').unwrap_or(path)) as fn(&str) -> &str),
            (Remark::LeadingDot, |path| path.trim_start_matches("./")),
            (Remark::Padded, |path| path.trim_end_matches([' ', '\t'])),
        ] {
            let rest = shorter(path);
            if rest.len() < path.len() {
                path = rest;
                remarks.push(remark);
                if let Some(index) = self.find_exact(path, remarks) {
                    return Resolved::Member(index);
                }
            }
        }
        if is_unsafe(path) || is_unsafe(&decode(path)) {
            return Resolved::Unsafe;
        }
        self.find_otherwise(path, remarks)
    }

    /// Most manifests list files in the order of the package: then comparing beats hashing.
    fn find_in_order(&mut self, written: &str) -> Option<MemberIndex> {
        let (index, member) = self.context.bag.members.nth(self.next)?;
        (member.path == written && !written.contains('%')).then(|| {
            self.next += 1;
            index
        })
    }

    /// From 1.0 on a path is escaped, so what the escapes mean comes first; before, what is written.
    fn find_exact(&mut self, path: &str, remarks: &mut Vec<Remark>) -> Option<MemberIndex> {
        let members = self.context.bag.members;
        let found = if self.context.version < Version::V1_0 || !path.contains('%') {
            members.find(path).or_else(|| members.find(&decode(path)))
        } else {
            let decoded = decode(path);
            let found = members.find(&decoded).or_else(|| members.find(path));
            if found.is_some() && !encode(&decoded).eq_ignore_ascii_case(path) {
                remarks.push(Remark::Percent);
            }
            found
        };
        self.next = found.map_or(self.next, |index| index.get() + 1);
        found
    }

    fn find_otherwise<'p>(&self, path: &'p str, remarks: &mut Vec<Remark>) -> Resolved<'p> {
        if path.contains('\\')
            && let Some(index) = self.context.bag.members.find(&path.replace('\\', "/"))
        {
            remarks.push(Remark::Backslash);
            return Resolved::Member(index);
        }
        let decoded = decode(path);
        if let Some(index) = self.context.normal_forms().find(&decoded) {
            remarks.push(Remark::NormalForm);
            return Resolved::Member(index);
        }
        Resolved::Missing(decoded)
    }
}
