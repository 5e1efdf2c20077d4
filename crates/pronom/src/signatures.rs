//! The signatures that files are compared with.

use std::sync::OnceLock;

use hashbrown::{HashMap, HashSet};

use crate::ContainerKind;
use crate::answer::{Extensions, Inner};
use crate::compile::{self, CompileError, SignatureFile};
use crate::matching::Index;
use crate::table::{ContainerSignature, Format, Puid, Table};

/// The signatures of The National Archives, encoded by the `compile` example.
const OFFICIAL: &str = include_str!("table/official.txt");

/// The signatures that files are compared with, with what is needed to compare fast.
#[derive(Debug)]
pub struct Signatures {
    table: Table,
    index: Index,
    extensions: Extensions,
    /// The place of each format in the table.
    places: HashMap<Puid, usize>,
    /// The formats that container signatures tell.
    contained: HashSet<Puid>,
    inner: [Inner; 2],
}

impl Signatures {
    /// Returns the signatures of The National Archives, which are part of the program.
    pub fn official() -> &'static Self {
        static SIGNATURES: OnceLock<Signatures> = OnceLock::new();
        SIGNATURES.get_or_init(|| Self::decode(OFFICIAL).expect("a test decodes the embedded table"))
    }

    /// Compiles a binary and a container signature file, and lays custom files of either kind over them in their order.
    ///
    /// A custom format replaces the one of the same PUID, its binary signatures included; custom container signatures
    /// replace all those of their PUID. A custom file may name formats that are there already by their number.
    ///
    /// # Errors
    /// When a file is no signature file or goes over a bound; the error says where.
    pub fn compile(
        binary: SignatureFile<'_>,
        container: SignatureFile<'_>,
        custom: &[SignatureFile<'_>],
    ) -> Result<Self, CompileError> {
        let files: Vec<_> = [binary, container].iter().chain(custom).copied().collect();
        compile::compile(&files).map(Self::new)
    }

    /// Lays custom files over signatures that are there already, as [`Signatures::compile`] does.
    ///
    /// # Errors
    /// As for [`Signatures::compile`].
    pub fn with_custom(&self, custom: &[SignatureFile<'_>]) -> Result<Self, CompileError> {
        let mut table = self.table.clone();
        custom.iter().try_for_each(|file| compile::layer(&mut table, file))?;
        Ok(Self::new(table))
    }

    /// Reads signatures that [`Signatures::encode`] has written.
    ///
    /// # Errors
    /// When the text is no table; the error says where.
    pub fn decode(text: &str) -> Result<Self, CompileError> {
        Table::decode(text).map(Self::new)
    }

    /// Makes signatures of a table.
    #[must_use]
    pub fn new(table: Table) -> Self {
        let index = Index::new(&table.formats);
        let extensions = Extensions::new(&table.formats);
        let places = table.formats.iter().enumerate().map(|(place, format)| (format.puid.clone(), place)).collect();
        let contained = table.containers.iter().map(|signature| signature.puid.clone()).collect();
        let inner = [ContainerKind::Zip, ContainerKind::Ole2].map(|kind| Inner::new(&table, kind));
        Self { table, index, extensions, places, contained, inner }
    }

    /// Writes the signatures as text, a fact a line.
    #[must_use]
    pub fn encode(&self) -> String {
        self.table.to_string()
    }

    /// Returns the facts.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Returns the version of the binary signature file, such as `122`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.table.binary_version
    }

    /// Returns the date or version of the container signature file, such as `20260119`.
    #[must_use]
    pub fn container_version(&self) -> &str {
        &self.table.container_version
    }

    /// Returns the formats.
    #[must_use]
    pub fn formats(&self) -> &[Format] {
        &self.table.formats
    }

    /// Returns the container signatures.
    #[must_use]
    pub fn containers(&self) -> &[ContainerSignature] {
        &self.table.containers
    }

    /// Returns a format.
    #[must_use]
    pub fn format(&self, puid: &Puid) -> Option<&Format> {
        self.places.get(puid).and_then(|place| self.table.formats.get(*place))
    }

    /// Says whether there is a signature that tells a format.
    pub(crate) fn has_signature(&self, format: &Format) -> bool {
        !format.signatures.is_empty() || self.contained.contains(&format.puid)
    }

    pub(crate) fn index(&self) -> &Index {
        &self.index
    }

    pub(crate) fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    pub(crate) fn inner(&self, kind: ContainerKind) -> &Inner {
        match kind {
            ContainerKind::Zip => &self.inner[0],
            ContainerKind::Ole2 => &self.inner[1],
        }
    }
}
