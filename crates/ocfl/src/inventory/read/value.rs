//! A JSON value of any kind, for a reader that reports what is wrong and goes on.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::Reading;
use crate::Error;

/// What is done with a value. Each kind that is not expected is wrong, and skipped.
pub(super) trait Value: Sized {
    /// The value is of another kind than expected.
    fn wrong(self, reading: &mut Reading);

    fn text(self, reading: &mut Reading, _text: &str) -> Result<(), Error> {
        self.wrong(reading);
        Ok(())
    }

    fn object<'de, A: MapAccess<'de>>(self, reading: &mut Reading, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        self.wrong(reading);
        Ok(())
    }

    fn array<'de, A: SeqAccess<'de>>(self, reading: &mut Reading, mut array: A) -> Result<(), A::Error> {
        while array.next_element::<IgnoredAny>()?.is_some() {}
        self.wrong(reading);
        Ok(())
    }
}

/// Reads any value and hands it on.
pub(super) struct Any<'reading, V>(pub &'reading mut Reading, pub V);

impl<'de, V: Value> DeserializeSeed<'de> for Any<'_, V> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, V: Value> Visitor<'de> for Any<'_, V> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("any JSON value")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        let Self(reading, value) = self;
        value.text(reading, text).map_err(|error| reading.fail(error))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.1.object(self.0, map)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, array: A) -> Result<(), A::Error> {
        self.1.array(self.0, array)
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        self.1.wrong(self.0);
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        self.1.wrong(self.0);
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        self.1.wrong(self.0);
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        self.1.wrong(self.0);
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.1.wrong(self.0);
        Ok(())
    }
}

impl Reading {
    /// Keeps an error that no serde error can carry, and stops the reading.
    pub fn fail<E: serde::de::Error>(&mut self, error: Error) -> E {
        self.failure = Some(error);
        E::custom("a bound is passed")
    }
}

/// A key, put into a text that serves for all keys.
pub(super) struct Key<'text>(pub &'text mut String);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        self.0.clear();
        self.0.push_str(text);
        Ok(())
    }
}

/// A value that is a text, or wrong; of bounded length.
pub(super) struct Text<'slot, W: FnOnce(&mut Reading)> {
    pub slot: &'slot mut Option<String>,
    pub wrong: W,
}

impl<W: FnOnce(&mut Reading)> Value for Text<'_, W> {
    fn text(self, _reading: &mut Reading, text: &str) -> Result<(), Error> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(Error::TooLarge { what: "a text of the inventory", limit: TEXT_BYTES_MAX as u64 });
        }
        *self.slot = Some(text.to_owned());
        Ok(())
    }

    fn wrong(self, reading: &mut Reading) {
        (self.wrong)(reading);
    }
}

/// Bytes of an id, a message or any other text that is no path, at the most.
const TEXT_BYTES_MAX: usize = 1 << 20;
