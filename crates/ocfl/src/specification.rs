//! The versions of the OCFL specification, and the declarations that name them.

/// A version of the OCFL specification that this crate reads; it writes the newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Specification {
    /// OCFL 1.0, July 2020.
    V1_0,
    /// OCFL 1.1, October 2022.
    V1_1,
}

impl Specification {
    /// All, the oldest first.
    pub const ALL: [Self; 2] = [Self::V1_0, Self::V1_1];
    /// The one that new roots and objects are written in.
    pub const NEWEST: Self = Self::V1_1;

    /// Returns the number as the declarations write it: `1.1`.
    #[must_use]
    pub fn number(self) -> &'static str {
        match self {
            Self::V1_0 => "1.0",
            Self::V1_1 => "1.1",
        }
    }

    /// Returns the `type` of an inventory (OCFL 1.1 §3.5.1).
    #[must_use]
    pub fn inventory_type(self) -> &'static str {
        match self {
            Self::V1_0 => "https://ocfl.io/1.0/spec/#inventory",
            Self::V1_1 => "https://ocfl.io/1.1/spec/#inventory",
        }
    }

    /// Returns the specification of an inventory's `type`.
    #[must_use]
    pub fn of_inventory_type(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|specification| specification.inventory_type() == text)
    }
}
