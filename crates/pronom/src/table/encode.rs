//! The table as text: one fact a line, so that two versions can be compared.

use std::fmt::{Display, Formatter, Result};

use super::{Anchor, Format, Fragment, Sequence, Signature, SubSequence, Table, kind_name};

/// The first line of the text.
pub const FIRST_LINE: &str = "pronom-table 1";

impl Display for Table {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        writeln!(out, "{FIRST_LINE}")?;
        writeln!(out, "binary-file {}", self.binary_version)?;
        writeln!(out, "binary-created {}", self.binary_created)?;
        writeln!(out, "container-file {}", self.container_version)?;
        for (puid, kind) in &self.triggers {
            writeln!(out, "trigger {} {puid}", kind_name(*kind))?;
        }
        self.formats.iter().try_for_each(|format| write_format(out, format))?;
        for signature in &self.containers {
            let (kind, id) = (kind_name(signature.kind), signature.id);
            writeln!(out, "\ncontainer {kind} {id} {}", signature.puid)?;
            for file in &signature.files {
                writeln!(out, "path {}", file.path)?;
                write_signatures(out, &file.signatures)?;
            }
        }
        Ok(())
    }
}

fn write_format(out: &mut Formatter<'_>, format: &Format) -> Result {
    writeln!(out, "\nformat {} {}", format.puid, format.file_format_id)?;
    writeln!(out, "name {}", format.name)?;
    if let Some(version) = &format.version {
        writeln!(out, "version {version}")?;
    }
    if let Some(mime) = &format.mime {
        writeln!(out, "mime {mime}")?;
    }
    format.extensions.iter().try_for_each(|extension| writeln!(out, "extension {extension}"))?;
    format.priority_over.iter().try_for_each(|puid| writeln!(out, "over {puid}"))?;
    write_signatures(out, &format.signatures)
}

fn write_signatures(out: &mut Formatter<'_>, signatures: &[Signature]) -> Result {
    for signature in signatures {
        writeln!(out, "signature {}", signature.id)?;
        signature.sequences.iter().try_for_each(|sequence| write_sequence(out, sequence))?;
    }
    Ok(())
}

/// Writes a part a line, in the order in which they are looked for.
fn write_sequence(out: &mut Formatter<'_>, sequence: &Sequence) -> Result {
    for (place, part) in sequence.parts.iter().enumerate() {
        let keyword = match sequence.anchor {
            _ if place > 0 => "then",
            Anchor::Begin => "begin",
            Anchor::End => "end",
            Anchor::Nowhere => "anywhere",
        };
        write!(out, "{keyword} {}-", part.offset_min)?;
        if let Some(most) = part.offset_max {
            write!(out, "{most}")?;
        }
        write_part(out, part)?;
    }
    Ok(())
}

/// Writes the groups in the order of the file: the main pattern in angle brackets, alternatives between bars, a gap on
/// the side where it is.
fn write_part(out: &mut Formatter<'_>, part: &SubSequence) -> Result {
    for group in part.left.iter().rev() {
        write_group(out, group, |out, fragment| {
            write!(out, "{}", fragment.pattern)?;
            write_gap(out, fragment)
        })?;
    }
    write!(out, " <{}>", part.main)?;
    for group in &part.right {
        write_group(out, group, |out, fragment| {
            write_gap(out, fragment)?;
            write!(out, "{}", fragment.pattern)
        })?;
    }
    writeln!(out)
}

fn write_group(
    out: &mut Formatter<'_>,
    group: &[Fragment],
    mut write_one: impl FnMut(&mut Formatter<'_>, &Fragment) -> Result,
) -> Result {
    for (place, fragment) in group.iter().enumerate() {
        out.write_str(if place == 0 { " " } else { "|" })?;
        write_one(out, fragment)?;
    }
    Ok(())
}

fn write_gap(out: &mut Formatter<'_>, fragment: &Fragment) -> Result {
    match (fragment.gap_min, fragment.gap_max) {
        (0, 0) => Ok(()),
        (least, most) if least == most => write!(out, "{{{least}}}"),
        (least, most) => write!(out, "{{{least}-{most}}}"),
    }
}
