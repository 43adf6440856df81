//! Records to deterministic CBOR and back: one value, one encoding (RFC 8949, section 4.2.1).
//!
//! A signature covers bytes, people agree to values; so each value has exactly one byte string. What is read is encoded again
//! and compared: unknown or repeated fields, longer forms of a number, other orders and trailing bytes all differ, whatever
//! the decoder forgave.

use ciborium::Value;
use serde::{Serialize, de::DeserializeOwned};

/// The one encoding of a value. None for what has none here: floats, or two equal keys.
pub(crate) fn encode<T: Serialize>(value: &T) -> Option<Vec<u8>> {
    let value = canonical(Value::serialized(value).ok()?)?;
    let mut bytes = Vec::new();
    ciborium::into_writer(&value, &mut bytes).ok()?;
    Some(bytes)
}

/// The value of which `bytes` are the one encoding.
pub(crate) fn decode<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let value: T = ciborium::de::from_reader_with_recursion_limit(bytes, 16).ok()?;
    (encode(&value)? == bytes).then_some(value)
}

/// Sorts every map by its keys' encodings. ciborium writes shortest numbers and definite lengths by itself.
fn canonical(value: Value) -> Option<Value> {
    match value {
        Value::Map(entries) => {
            let mut sorted = Vec::with_capacity(entries.len());
            for (key, value) in entries {
                sorted.push((encode(&key)?, canonical(key)?, canonical(value)?));
            }
            sorted.sort_by(|a, b| a.0.cmp(&b.0));
            let twice = sorted.windows(2).any(|pair| pair[0].0 == pair[1].0);
            (!twice).then(|| Value::Map(sorted.into_iter().map(|(_, key, value)| (key, value)).collect()))
        }
        Value::Array(items) => items.into_iter().map(canonical).collect::<Option<_>>().map(Value::Array),
        Value::Float(_) => None,
        other => Some(other),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Record {
        bb: u8,
        a: u8,
    }

    #[test]
    fn fields_are_ordered_by_their_encoded_names_whatever_the_order_of_the_type() {
        let bytes = encode(&Record { bb: 24, a: 1 }).unwrap();
        assert_eq!(bytes, [0xa2, 0x61, b'a', 1, 0x62, b'b', b'b', 0x18, 24]);
        assert_eq!(decode(&bytes), Some(Record { bb: 24, a: 1 }));
    }

    #[test]
    fn every_other_encoding_of_the_same_record_is_refused() {
        let others: [(&str, &[u8]); 7] = [
            ("other order", &[0xa2, 0x62, b'b', b'b', 0x18, 24, 0x61, b'a', 1]),
            ("longer number", &[0xa2, 0x61, b'a', 0x18, 1, 0x62, b'b', b'b', 0x18, 24]),
            ("indefinite length", &[0xbf, 0x61, b'a', 1, 0x62, b'b', b'b', 0x18, 24, 0xff]),
            ("trailing byte", &[0xa2, 0x61, b'a', 1, 0x62, b'b', b'b', 0x18, 24, 0]),
            ("unknown field", &[0xa3, 0x61, b'a', 1, 0x61, b'z', 0, 0x62, b'b', b'b', 0x18, 24]),
            ("repeated field", &[0xa3, 0x61, b'a', 1, 0x61, b'a', 1, 0x62, b'b', b'b', 0x18, 24]),
            ("tagged", &[0xc1, 0xa2, 0x61, b'a', 1, 0x62, b'b', b'b', 0x18, 24]),
        ];
        for (what, bytes) in others {
            assert_eq!(decode::<Record>(bytes), None, "{what}");
        }
    }
}
