//! The document's JSON Schema to the types the checker walks by.
//!
//! The schema comes from the document's own declarations, so a field is declared, documented, checked and read in
//! one place. The checker does not interpret JSON at every value; it reads the schema once into [`Type`].

use std::{collections::BTreeMap, sync::LazyLock};

use serde_json::Value as Json;

/// The JSON Schema of a scene, for editors and for the manual.
pub fn schema() -> Json {
    schemars::schema_for!(crate::document::Scene).into()
}

/// The compiled schema.
pub(crate) static SCHEMA: LazyLock<Schema> = LazyLock::new(|| Schema::new(&schema()));

pub(crate) struct Schema {
    pub root: Type,
    types: BTreeMap<String, Declared>,
}

/// A named type and its documentation.
pub(crate) struct Declared {
    pub ty: Type,
    pub doc: String,
}

/// What a value must be.
#[derive(Clone, Debug)]
pub(crate) struct Type {
    pub what: What,
    /// It may also be `None`, and `Some` need not be written.
    pub optional: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum What {
    /// A type of the document, by name.
    Named(String),
    Bool,
    Integer(Limits),
    Number(Limits),
    Text(Text),
    Tuple(Vec<Type>),
    List {
        item: Box<Type>,
        min: usize,
        max: usize,
    },
    Map(Box<Type>),
    Struct(Vec<Member>),
    Enum(Vec<Variant>),
    /// The first alternative whose outer form fits.
    Either(Vec<Type>),
}

/// Bounds of a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Limits {
    pub min: f64,
    pub max: f64,
    /// `min` itself is out.
    pub above_min: bool,
    /// It is stored in 32 bits.
    pub single: bool,
}

/// What a text must be.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Text {
    pub pattern: Option<String>,
    /// It names something of this kind.
    pub reference: Option<String>,
    /// It is a file inside the scene's folder.
    pub path: bool,
    /// Extensions the file may have.
    pub files: Vec<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub name: String,
    pub doc: String,
    pub ty: Type,
    pub required: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Variant {
    pub name: String,
    pub doc: String,
    /// `None` holds nothing.
    pub payload: Option<Type>,
}

impl Schema {
    fn new(json: &Json) -> Self {
        let types = json["$defs"].as_object().into_iter().flatten();
        let declared = |json| Declared { ty: compile(json), doc: doc(json) };
        Self {
            root: Type { what: what(json), optional: false },
            types: types.map(|(name, json)| (name.clone(), declared(json))).collect(),
        }
    }

    /// The declaration of a type that the schema itself refers to.
    pub(crate) fn named(&self, name: &str) -> &Declared {
        &self.types[name]
    }
}

impl What {
    #[cfg(test)]
    pub(crate) fn members(&self) -> &[Member] {
        if let Self::Struct(members) = self { members } else { &[] }
    }
}

fn compile(json: &Json) -> Type {
    let null = |json: &Json| json["type"] == "null";
    if let Some(any) = json["anyOf"].as_array() {
        let mut types: Vec<Type> = any.iter().filter(|json| !null(json)).map(compile).collect();
        let optional = any.iter().any(null);
        let what = if types.len() == 1 { types.remove(0).what } else { What::Either(types) };
        return Type { what, optional };
    }
    let optional = json["type"].as_array().is_some_and(|kinds| kinds.contains(&Json::from("null")));
    Type { what: what(json), optional }
}

fn what(json: &Json) -> What {
    if let Some(name) = json["$ref"].as_str() {
        return What::Named(name.trim_start_matches("#/$defs/").to_owned());
    }
    if let Some(variants) = json["oneOf"].as_array() {
        return What::Enum(variants.iter().filter_map(variant).collect());
    }
    let kinds = [&json["type"], &json["type"][0]];
    match kinds.iter().find_map(|kind| kind.as_str()) {
        Some("boolean") => What::Bool,
        Some("integer") => What::Integer(limits(json)),
        Some("number") => What::Number(limits(json)),
        Some("string") => What::Text(text(json)),
        Some("array") if json["prefixItems"].is_array() => tuple(json),
        Some("array") => list(json),
        _ if json["additionalProperties"].is_object() => {
            What::Map(Box::new(compile(&json["additionalProperties"])))
        }
        _ => What::Struct(members(json)),
    }
}

fn variant(json: &Json) -> Option<Variant> {
    if let Some(name) = json["const"].as_str() {
        return Some(Variant { name: name.to_owned(), doc: doc(json), payload: None });
    }
    let (name, payload) = json["properties"].as_object()?.iter().next()?;
    Some(Variant { name: name.clone(), doc: doc(json), payload: Some(compile(payload)) })
}

fn members(json: &Json) -> Vec<Member> {
    let required = json["required"].as_array().cloned().unwrap_or_default();
    let properties = json["properties"].as_object().into_iter().flatten();
    let member = |(name, json): (&String, &Json)| Member {
        name: name.clone(),
        doc: doc(json),
        ty: compile(json),
        required: required.contains(&Json::from(name.as_str())),
    };
    properties.map(member).collect()
}

fn doc(json: &Json) -> String {
    json["description"].as_str().unwrap_or_default().to_owned()
}

fn text(json: &Json) -> Text {
    Text {
        pattern: json["pattern"].as_str().map(str::to_owned),
        reference: json["x-ref"].as_str().map(str::to_owned),
        path: json["x-path"] == true,
        files: files(json),
    }
}

fn files(json: &Json) -> Vec<String> {
    let extensions = json["x-files"].as_array().into_iter().flatten();
    extensions.filter_map(Json::as_str).map(str::to_owned).collect()
}

fn limits(json: &Json) -> Limits {
    let format_max = match json["format"].as_str() {
        Some("uint32") => f64::from(u32::MAX),
        Some("uint64") => u64::MAX as f64,
        _ => f64::INFINITY,
    };
    let over = json["exclusiveMinimum"].as_f64();
    Limits {
        min: over.or(json["minimum"].as_f64()).unwrap_or(f64::NEG_INFINITY),
        max: json["maximum"].as_f64().unwrap_or(format_max),
        above_min: over.is_some(),
        single: json["format"] == "float",
    }
}

fn tuple(json: &Json) -> What {
    let items = json["prefixItems"].as_array().into_iter().flatten();
    let mut items: Vec<Type> = items.map(compile).collect();
    items.iter_mut().for_each(|item| limit_each(item, json));
    What::Tuple(items)
}

fn list(json: &Json) -> What {
    let mut item = compile(&json["items"]);
    match &mut item.what {
        What::Tuple(items) => items.iter_mut().for_each(|item| limit_each(item, json)),
        What::Text(text) if json["x-each-path"] == true => {
            (text.path, text.files) = (true, files(json));
        }
        What::Text(text) => text.reference = json["x-each-ref"].as_str().map(str::to_owned),
        _ => {}
    }
    let length = |key: &str, default: usize| json[key].as_u64().map_or(default, |n| n as usize);
    What::List { item: Box::new(item), min: length("minItems", 0), max: length("maxItems", usize::MAX) }
}

/// Hands the limits of a whole tuple down to one of its numbers.
fn limit_each(item: &mut Type, whole: &Json) {
    let What::Number(limits) = &mut item.what else { return };
    if let Some(over) = whole["x-each-over"].as_f64() {
        (limits.min, limits.above_min) = (over, true);
    }
    if let Some(max) = whole["x-each-up-to"].as_f64() {
        limits.max = max;
    }
    if let Some(reach) = whole["x-each-within"].as_f64() {
        (limits.min, limits.max) = (-reach, reach);
    }
    if whole["x-color"] == true {
        limits.min = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the checker, or this file, acts on; and what only people read.
    const UNDERSTOOD: &[&str] = &[
        "$defs",
        "$ref",
        "$schema",
        "additionalProperties",
        "anyOf",
        "const",
        "default",
        "description",
        "exclusiveMinimum",
        "format",
        "items",
        "maxItems",
        "maximum",
        "minItems",
        "minimum",
        "oneOf",
        "pattern",
        "prefixItems",
        "properties",
        "required",
        "title",
        "type",
        "x-color",
        "x-each-over",
        "x-each-path",
        "x-each-ref",
        "x-each-up-to",
        "x-each-within",
        "x-files",
        "x-path",
        "x-ref",
    ];

    fn keywords(json: &Json, names_are_data: bool, found: &mut Vec<String>) {
        let Some(object) = json.as_object() else {
            json.as_array().into_iter().flatten().for_each(|item| keywords(item, false, found));
            return;
        };
        for (key, inner) in object {
            if !names_are_data {
                found.push(key.clone());
            }
            let holds_names = !names_are_data && matches!(key.as_str(), "properties" | "$defs");
            if key != "default" || names_are_data {
                keywords(inner, holds_names, found);
            }
        }
    }

    #[test]
    fn every_schema_keyword_is_understood() {
        let mut found = Vec::new();
        keywords(&schema(), false, &mut found);
        found.retain(|key| !UNDERSTOOD.contains(&key.as_str()));
        assert_eq!(found, Vec::<String>::new(), "the checker would ignore these");
    }

    #[test]
    fn tuple_limits_reach_each_number() {
        let shape = &SCHEMA.named("Shape").ty.what;
        let What::Enum(variants) = shape else { panic!("{shape:?}") };
        let plane = variants.iter().find(|variant| variant.name == "Plane").expect("a plane");
        let size = &plane.payload.as_ref().expect("fields").what.members()[0].ty.what;
        let What::Tuple(numbers) = size else { panic!("{size:?}") };
        let expected = Limits { min: 0.0, max: 100_000.0, above_min: true, single: true };
        assert!(numbers.iter().all(|number| matches!(number.what, What::Number(l) if l == expected)));
    }
}
