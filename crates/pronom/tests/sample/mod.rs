//! Small signature files.

#![allow(dead_code, reason = "each test file uses a part of this")]

use pronom::{CompileError, Limits, MatchKind, Scope, SignatureFile, Signatures, identify};

pub const BINARY: &str = include_str!("../custom/binary.xml");
pub const CONTAINER: &str = include_str!("../custom/container.xml");
pub const NO_CONTAINERS: &str = "<ContainerSignatureMapping signatureVersion=\"0\"/>";

pub fn samples() -> Signatures {
    compile(BINARY, CONTAINER).expect("the samples are right")
}

pub fn compile(binary: &str, container: &str) -> Result<Signatures, CompileError> {
    let binary = SignatureFile { name: "binary.xml", xml: binary };
    let container = SignatureFile { name: "container-20260131.xml", xml: container };
    Signatures::compile(binary, container, &[])
}

/// A file of one format with one signature.
pub fn file_of_one(sequences: &str) -> String {
    format!(
        r#"<FFSignatureFile Version="1" DateCreated="2026"><InternalSignatureCollection>
<InternalSignature ID="1">{sequences}</InternalSignature></InternalSignatureCollection><FileFormatCollection>
<FileFormat ID="1" Name="One" PUID="one/1"><InternalSignatureID>1</InternalSignatureID></FileFormat>
</FileFormatCollection></FFSignatureFile>"#
    )
}

pub fn compile_one(sequences: &str) -> Signatures {
    compile(&file_of_one(sequences), NO_CONTAINERS).unwrap_or_else(|error| panic!("{error}"))
}

/// Says whether a signature matches, whichever part of the file is looked at.
pub fn is_told(signatures: &Signatures, bytes: &[u8]) -> bool {
    let told = [Scope::Windows, Scope::Whole].map(|scope| {
        let answer = identify(signatures, &bytes, None, &Limits::default(), scope).expect("memory can be read");
        answer.best.is_some_and(|best| best.kind >= MatchKind::Signature)
    });
    assert_eq!(told[0], told[1], "both scopes see a small file whole");
    told[0]
}
