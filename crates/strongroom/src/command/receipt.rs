//! A receipt for people.

use findings::Finding;
use model::Receipt;

use super::output::{bytes, count, line};

/// Prints a receipt.
pub fn print(receipt: &Receipt) {
    let what = match receipt.outcome.as_str() {
        "unchanged" => "Held already, byte for byte: nothing was stored again",
        _ => "Stored and proven",
    };
    line(&format!("{what}: {} version {}", receipt.object, receipt.version));
    line(&format!("  object id   {}", receipt.object_id));
    line(&format!("  accepted    {}", receipt.accepted_at));
    line(&format!(
        "  files       {}, {}; new: {}, {}",
        count(receipt.files, "file"),
        bytes(receipt.size_bytes),
        count(receipt.new_files, "file"),
        bytes(receipt.new_size_bytes)
    ));
    for manifest in &receipt.manifests {
        line(&format!("  manifest    {} {}:{}", manifest.path, manifest.algorithm, manifest.digest));
    }
    for replica in &receipt.replicas {
        line(&format!(
            "  replica     {} at {}  evidence {}: {}",
            replica.store,
            replica.object_path,
            replica.evidence,
            replica.evidence.meaning()
        ));
    }
    findings("  ", &receipt.warnings);
    line(&format!("  work item   {}", receipt.item));
}

/// Prints findings, each with what to do.
pub fn findings(indent: &str, findings: &[Finding]) {
    for finding in findings {
        let severity = format!("{:?}", finding.severity).to_lowercase();
        line(&format!("{indent}{severity:11} {finding}"));
        if !finding.advice.is_empty() {
            line(&format!("{indent}            → {}", finding.advice));
        }
    }
}
