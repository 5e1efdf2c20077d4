//! A value on its way into a statement.

/// The kinds of columns that our tables have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A number of 64 bits: counts, times, and 0 or 1 for no or yes.
    Integer,
    /// Text.
    Text,
    /// Bytes.
    Bytes,
}

/// A value on its way into a statement. An absent one has a kind too, since PostgreSQL asks for it.
#[derive(Debug, Clone)]
pub enum Value {
    /// No value.
    Absent(Kind),
    /// See [`Kind::Integer`].
    Integer(i64),
    /// See [`Kind::Text`].
    Text(String),
    /// See [`Kind::Bytes`].
    Bytes(Vec<u8>),
}

/// What can be a value.
pub trait IntoValue {
    /// The kind of the column that it goes to.
    const KIND: Kind;

    /// Makes the value.
    fn into_value(self) -> Value;
}

impl IntoValue for i64 {
    const KIND: Kind = Kind::Integer;

    fn into_value(self) -> Value {
        Value::Integer(self)
    }
}

impl IntoValue for bool {
    const KIND: Kind = Kind::Integer;

    fn into_value(self) -> Value {
        Value::Integer(self.into())
    }
}

impl IntoValue for String {
    const KIND: Kind = Kind::Text;

    fn into_value(self) -> Value {
        Value::Text(self)
    }
}

impl IntoValue for &str {
    const KIND: Kind = Kind::Text;

    fn into_value(self) -> Value {
        Value::Text(self.to_owned())
    }
}

impl IntoValue for &String {
    const KIND: Kind = Kind::Text;

    fn into_value(self) -> Value {
        Value::Text(self.clone())
    }
}

impl IntoValue for Vec<u8> {
    const KIND: Kind = Kind::Bytes;

    fn into_value(self) -> Value {
        Value::Bytes(self)
    }
}

impl IntoValue for &[u8] {
    const KIND: Kind = Kind::Bytes;

    fn into_value(self) -> Value {
        Value::Bytes(self.to_vec())
    }
}

impl IntoValue for &Vec<u8> {
    const KIND: Kind = Kind::Bytes;

    fn into_value(self) -> Value {
        Value::Bytes(self.clone())
    }
}

impl<T: IntoValue> IntoValue for Option<T> {
    const KIND: Kind = T::KIND;

    fn into_value(self) -> Value {
        self.map_or(Value::Absent(T::KIND), IntoValue::into_value)
    }
}

impl<'a, T> IntoValue for &'a Option<T>
where
    &'a T: IntoValue,
{
    const KIND: Kind = <&'a T>::KIND;

    fn into_value(self) -> Value {
        self.as_ref().into_value()
    }
}
