//! A checked tree to typed values, through serde.
//!
//! Reading types from the same tree that was checked leaves no room for a second opinion about what the text says,
//! and lets the language be kinder than serde's RON: a variant whose fields all have defaults may drop its
//! parentheses (`kind: Point`), a variant around a tuple or fields needs only one pair (`At(0.0, 1.6, 2.0)`), and `Some`
//! is never written. `ron` itself serves the tests as an independent reader.

use serde::{
    Deserialize,
    de::{self, DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor},
    forward_to_deserialize_any,
};

use super::{Entry, Field, Number, Value, ValueKind, literal::digits};

/// Reads a value as `T`. After a clean check this succeeds; its error is text without a place.
pub(crate) fn read<'de, T: Deserialize<'de>>(value: Value<'de>) -> Result<T, Mismatch> {
    T::deserialize(Reader(value))
}

/// A value that does not fit its type, in spite of the check.
#[derive(Debug)]
pub(crate) struct Mismatch(String);

impl std::fmt::Display for Mismatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Mismatch {}

impl de::Error for Mismatch {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

struct Reader<'de>(Value<'de>);

impl<'de> Reader<'de> {
    fn mismatch(&self, expected: &str) -> Mismatch {
        de::Error::custom(format!("expected {expected}, found `{}`", self.0.text()))
    }

    fn is_none(&self) -> bool {
        self.0.kind() == ValueKind::Name && self.0.text() == "None"
    }

    fn some(&self) -> Option<Value<'de>> {
        let named =
            self.0.kind() == ValueKind::Group && self.0.name().is_some_and(|(name, _)| name == "Some");
        named.then(|| self.0.items().next()).flatten()
    }
}

impl<'de> de::Deserializer<'de> for Reader<'de> {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let value = self.0;
        if let Some(number) = value.number() {
            return match number {
                Number::Integer(whole) => match (u64::try_from(whole), i64::try_from(whole)) {
                    (Ok(whole), _) => visitor.visit_u64(whole),
                    (_, Ok(whole)) => visitor.visit_i64(whole),
                    _ => visitor.visit_f64(whole as f64),
                },
                Number::Real(real) => visitor.visit_f64(real),
                Number::NotFinite | Number::Malformed => Err(self.mismatch("a number")),
            };
        }
        if let Some(text) = value.good_string() {
            return visitor.visit_string(text);
        }
        if let Some(boolean) = value.boolean() {
            return visitor.visit_bool(boolean);
        }
        match value.kind() {
            ValueKind::Group if value.fields().next().is_some() => visitor.visit_map(Fields::new(value)),
            ValueKind::Group | ValueKind::List => visitor.visit_seq(Items::new(value)),
            ValueKind::Map => visitor.visit_map(Entries::new(value)),
            _ => Err(self.mismatch("a value")),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match digits(self.0.text()).parse() {
            // Straight to 32 bits: going through 64 rounds twice.
            Ok(value) => visitor.visit_f32(value),
            Err(_) => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        if self.is_none() {
            return visitor.visit_none();
        }
        visitor.visit_some(Reader(self.some().unwrap_or(self.0)))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        match self.0.kind() {
            ValueKind::Group => visitor.visit_map(Fields::new(self.0)),
            _ => Err(self.mismatch("fields in parentheses")),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        match self.0.name() {
            Some(_) => visitor.visit_enum(Variant(self.0)),
            None => Err(self.mismatch("a variant")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map identifier ignored_any
    }
}

struct Items<'de>(Box<dyn Iterator<Item = Value<'de>> + 'de>);

impl<'de> Items<'de> {
    fn new(value: Value<'de>) -> Self {
        Self(Box::new(value.items()))
    }
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Mismatch;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Mismatch> {
        self.0.next().map(|item| seed.deserialize(Reader(item))).transpose()
    }
}

struct Fields<'de> {
    fields: Box<dyn Iterator<Item = Field<'de>> + 'de>,
    value: Option<Value<'de>>,
}

impl<'de> Fields<'de> {
    fn new(value: Value<'de>) -> Self {
        Self { fields: Box::new(value.fields()), value: None }
    }
}

impl<'de> MapAccess<'de> for Fields<'de> {
    type Error = Mismatch;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Mismatch> {
        let Some(field) = self.fields.next() else { return Ok(None) };
        self.value = field.value;
        seed.deserialize(field.name.into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Mismatch> {
        let value = self.value.take().ok_or_else(|| de::Error::custom("a field has no value"))?;
        seed.deserialize(Reader(value))
    }
}

struct Entries<'de> {
    entries: Box<dyn Iterator<Item = Entry<'de>> + 'de>,
    value: Option<Value<'de>>,
}

impl<'de> Entries<'de> {
    fn new(value: Value<'de>) -> Self {
        Self { entries: Box::new(value.entries()), value: None }
    }
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Mismatch;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Mismatch> {
        let Some(entry) = self.entries.next() else { return Ok(None) };
        self.value = entry.value;
        seed.deserialize(Reader(entry.key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Mismatch> {
        let value = self.value.take().ok_or_else(|| de::Error::custom("an entry has no value"))?;
        seed.deserialize(Reader(value))
    }
}

struct Variant<'de>(Value<'de>);

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Mismatch;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Mismatch> {
        let name = self.0.name().map_or("", |(name, _)| name);
        Ok((seed.deserialize(IntoDeserializer::<Mismatch>::into_deserializer(name))?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = Mismatch;

    fn unit_variant(self) -> Result<(), Mismatch> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Mismatch> {
        let mut items = self.0.items();
        match (items.next(), items.next()) {
            (Some(only), None) => seed.deserialize(Reader(only)),
            _ => seed.deserialize(Reader(self.0)),
        }
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_seq(Items::new(self.0))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        visitor.visit_map(Fields::new(self.0))
    }
}
