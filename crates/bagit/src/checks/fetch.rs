//! RFC 8493 §2.2.3: `fetch.txt` lists payload files by absolute addresses. Nothing is fetched: all must be there.

use super::context::{Context, read_error};
use super::listing::Listing;
use super::resolve::{Resolved, Resolver};
use crate::fetch::{FETCH_TXT, FetchLine, FetchReader, is_absolute};
use crate::{BagitError, rules};

pub(crate) fn fetch(context: &mut Context<'_>, listings: &[Listing]) -> Result<(), BagitError> {
    if context.bag.members.find(FETCH_TXT).is_none() {
        return Ok(());
    }
    let Some(reader) = context.open(FETCH_TXT)? else {
        context.push(rules::TAG_FILE_UNREADABLE.finding().at(FETCH_TXT));
        return Ok(());
    };
    let mut lines = FetchReader::new(reader, context.encoding);
    loop {
        let number = lines.line_number() + 1;
        match lines.next_line().map_err(read_error(FETCH_TXT))? {
            None => return Ok(()),
            Some(FetchLine::Empty) => {}
            Some(FetchLine::Malformed) => {
                let finding = rules::FETCH_LINE_MALFORMED.finding().at(FETCH_TXT);
                context.push(finding.seen(format!("line {number}")));
            }
            Some(FetchLine::Entry { address, size_bytes, path }) => {
                entry(context, address, size_bytes, path, listings);
            }
        }
    }
}

fn entry(context: &mut Context<'_>, address: &str, size_bytes: Option<u64>, path: &str, listings: &[Listing]) {
    if !is_absolute(address) {
        context.push(rules::FETCH_ADDRESS.finding().at(path).seen(address));
    }
    let resolved = Resolver::new(context).resolve(path, &mut Vec::new());
    let (place, is_listed) = match &resolved {
        Resolved::Unsafe => return context.push(rules::FETCH_PATH_UNSAFE.finding().at(FETCH_TXT).seen(path)),
        Resolved::Member(index) => {
            let member = context.bag.members.get(*index);
            if let Some(size_bytes) = size_bytes.filter(|size_bytes| *size_bytes != member.size_bytes) {
                let finding = rules::FETCH_LENGTH_DIFFERS.finding().at(member.path);
                context
                    .push(finding.expected(format!("{size_bytes} bytes")).seen(format!("{} bytes", member.size_bytes)));
            }
            (member.path, listings.iter().all(|listing| listing.seen.contains(*index)))
        }
        Resolved::Missing(missing) => {
            context.push(rules::FETCH_FILE_ABSENT.finding().at(missing.as_ref()).seen(address));
            (missing.as_ref(), listings.iter().all(|listing| listing.missing.contains_key(missing.as_ref())))
        }
    };
    if !place.starts_with("data/") {
        context.push(rules::FETCH_OUTSIDE_PAYLOAD.finding().at(place));
    } else if !is_listed {
        context.push(rules::FETCH_FILE_UNLISTED.finding().at(place));
    }
}
