//! The `config.json` of a layout, read and written.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{DigestRoot, Direction, Layout, Padding, TupleOmitPrefix, Tuples};
use crate::Error;

/// Tuples, and characters of one, at the most (extensions 0003, 0004 and 0007).
const TUPLE_MAX: usize = 32;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    digest_algorithm: Option<String>,
    tuple_size: Option<usize>,
    number_of_tuples: Option<usize>,
    short_object_root: Option<bool>,
    delimiter: Option<String>,
    zero_padding: Option<String>,
    reverse_object_root: Option<bool>,
}

impl Layout {
    /// Reads a layout: its registered name, and its `config.json` when there is one.
    ///
    /// # Errors
    /// The name is of no layout that this crate knows, or the configuration breaks the extension's rules.
    pub fn read(name: &str, configuration: Option<&[u8]>) -> Result<Self, Error> {
        let known = LAYOUTS.into_iter().find(|layout| *layout == name);
        let layout = known.ok_or_else(|| Error::UnknownLayout(name.chars().take(100).collect()))?;
        let wrong = |reason: String| Error::LayoutConfiguration { layout, reason };
        let parameters: Parameters = serde_json::from_slice(configuration.unwrap_or(b"{}"))
            .map_err(|error| wrong(format!("it is not the JSON wanted: {error}")))?;
        parameters.layout(layout).map_err(|reason| wrong(reason.to_owned()))
    }

    /// Returns the text of the layout's `config.json`.
    #[must_use]
    pub fn configuration(&self) -> String {
        let mut value = json!({ "extensionName": self.name() });
        let mut set = |key: &str, parameter: Value| value[key] = parameter;
        match self {
            Self::FlatDirect => {}
            Self::HashAndId(tuples) => tuples.write(&mut set),
            Self::Hashed { tuples, root } => {
                tuples.write(&mut set);
                set("shortObjectRoot", json!(*root == DigestRoot::Rest));
            }
            Self::FlatOmitPrefix { delimiter } => set("delimiter", json!(delimiter)),
            Self::TupleOmitPrefix(parameters) => parameters.write(&mut set),
        }
        format!("{value:#}\n")
    }
}

const LAYOUTS: [&str; 5] = [
    "0002-flat-direct-storage-layout",
    "0003-hash-and-id-n-tuple-storage-layout",
    "0004-hashed-n-tuple-storage-layout",
    "0006-flat-omit-prefix-storage-layout",
    "0007-n-tuple-omit-prefix-storage-layout",
];

impl Parameters {
    fn layout(self, name: &str) -> Result<Layout, &'static str> {
        match &name[..4] {
            "0003" => Ok(Layout::HashAndId(self.tuples()?)),
            "0004" => self.hashed(),
            "0006" => Ok(Layout::FlatOmitPrefix {
                delimiter: self.delimiter.filter(|text| !text.is_empty()).ok_or("it names no delimiter")?,
            }),
            "0007" => self.omit_prefix(),
            _ => Ok(Layout::FlatDirect),
        }
    }

    fn tuples(&self) -> Result<Tuples, &'static str> {
        let algorithm = self.digest_algorithm.as_deref().unwrap_or("sha256");
        let algorithm = algorithm.parse().map_err(|_| "its digestAlgorithm is unknown")?;
        let tuples =
            Tuples { algorithm, size: self.tuple_size.unwrap_or(3), count: self.number_of_tuples.unwrap_or(3) };
        if tuples.size > TUPLE_MAX || tuples.count > TUPLE_MAX {
            return Err("tupleSize and numberOfTuples go up to 32");
        }
        if (tuples.size == 0) != (tuples.count == 0) {
            return Err("tupleSize and numberOfTuples are both zero or neither");
        }
        if tuples.size * tuples.count > algorithm.length_bytes() * 2 {
            return Err("the tuples have more digits than the digest");
        }
        Ok(tuples)
    }

    fn hashed(self) -> Result<Layout, &'static str> {
        let tuples = self.tuples()?;
        let root = if self.short_object_root == Some(true) { DigestRoot::Rest } else { DigestRoot::Whole };
        if root == DigestRoot::Rest && tuples.size * tuples.count == tuples.algorithm.length_bytes() * 2 {
            return Err("shortObjectRoot leaves no digits for the object");
        }
        Ok(Layout::Hashed { tuples, root })
    }

    fn omit_prefix(self) -> Result<Layout, &'static str> {
        let (size, count) = (self.tuple_size.unwrap_or(3), self.number_of_tuples.unwrap_or(3));
        if !(1..=TUPLE_MAX).contains(&size) || !(1..=TUPLE_MAX).contains(&count) {
            return Err("tupleSize and numberOfTuples go from 1 to 32");
        }
        let padding = match self.zero_padding.as_deref() {
            None | Some("left") => Padding::Left,
            Some("right") => Padding::Right,
            Some(_) => return Err("zeroPadding is left or right"),
        };
        let direction = if self.reverse_object_root == Some(true) { Direction::Reversed } else { Direction::Forward };
        let delimiter = self.delimiter.unwrap_or_else(|| ":".to_owned());
        if delimiter.is_empty() {
            return Err("its delimiter is empty");
        }
        Ok(Layout::TupleOmitPrefix(TupleOmitPrefix { delimiter, size, count, padding, direction }))
    }
}

impl Tuples {
    fn write(self, set: &mut impl FnMut(&str, Value)) {
        set("digestAlgorithm", json!(self.algorithm.ocfl_name()));
        set("tupleSize", json!(self.size));
        set("numberOfTuples", json!(self.count));
    }
}

impl TupleOmitPrefix {
    fn write(&self, set: &mut impl FnMut(&str, Value)) {
        set("delimiter", json!(self.delimiter));
        set("tupleSize", json!(self.size));
        set("numberOfTuples", json!(self.count));
        set("zeroPadding", json!(if self.padding == Padding::Left { "left" } else { "right" }));
        set("reverseObjectRoot", json!(self.direction == Direction::Reversed));
    }
}
