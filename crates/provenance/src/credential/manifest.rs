//! A statement becomes the definition of a C2PA manifest.
//!
//! What C2PA has a word for is said with it (actions, soft bindings, permissions), so that any reader understands;
//! what it has none for goes under two labels of our own.

use c2pa::{Builder, Context};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

use super::{
    ConsentNote, LogHead, MarkNote, Role, Statement,
    container::{Container, Place},
};

/// Label of the assertion about people.
pub(super) const CONSENT: &str = "io.maquette.consent";
/// Label of the assertion about how a file was made.
pub(super) const MAKING: &str = "io.maquette.making";
/// Label of the assertion about what models may do with a file.
pub(super) const PERMISSIONS: &str = "cawg.training-mining";
/// Label of a mark's assertion.
pub(super) const SOFT_BINDING: &str = "c2pa.soft-binding";
/// Name of the program in a claim.
pub(super) const PROGRAM: &str = "Maquette";

const SOURCE_TYPES: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/";

/// What the consent assertion holds.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Consent {
    pub(super) people: Vec<ConsentNote>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) log: Option<LogHead>,
}

/// A manifest about to be signed for a file of this kind.
pub(super) fn build(
    context: &Arc<Context>,
    container: Container,
    statement: &Statement,
) -> Result<Builder, c2pa::Error> {
    let definition = json!({
        "title": statement.title,
        "format": container.mime,
        "claim_generator_info": [{ "name": PROGRAM, "version": env!("CARGO_PKG_VERSION") }],
        "assertions": assertions(container, statement)?,
    });
    let mut builder = Builder::from_shared_context(context).with_definition(definition)?;
    for (number, input) in statement.inputs.iter().enumerate() {
        let mut ingredient = c2pa::Ingredient::clone(&input.ingredient);
        ingredient.set_label(input_label(number));
        builder.add_ingredient(ingredient);
    }
    builder.set_no_embed(container.place == Place::Beside);
    Ok(builder)
}

fn input_label(number: usize) -> String {
    format!("input-{}", number + 1)
}

fn assertions(container: Container, statement: &Statement) -> Result<Vec<Value>, c2pa::Error> {
    let mut assertions = vec![
        created(
            "c2pa.actions.v2",
            json!({ "actions": actions(container, statement), "allActionsIncluded": true }),
        ),
        created(PERMISSIONS, permissions(statement.training_allowed)),
        created(MAKING, serde_json::to_value(&statement.making)?),
    ];
    assertions.extend(statement.marks.iter().map(|mark| created(SOFT_BINDING, soft_binding(mark))));
    if !statement.people.is_empty() {
        let consent = Consent { people: statement.people.clone(), log: statement.log.clone() };
        assertions.push(created(CONSENT, serde_json::to_value(consent)?));
    }
    Ok(assertions)
}

/// An assertion that the signer itself vouches for.
fn created(label: &str, data: Value) -> Value {
    json!({ "label": label, "data": data, "created": true })
}

fn actions(container: Container, statement: &Statement) -> Vec<Value> {
    let source = statement.method.source_type(!statement.people.is_empty());
    let inputs = |role| -> Vec<String> {
        let numbered = statement.inputs.iter().enumerate();
        numbered.filter(|(_, input)| input.role == role).map(|(number, _)| input_label(number)).collect()
    };
    let mut first =
        json!({ "action": "c2pa.created", "digitalSourceType": format!("{SOURCE_TYPES}{source}") });
    let references = inputs(Role::Reference);
    if !references.is_empty() {
        first["parameters"] = json!({ "ingredientIds": references });
    }
    let mut actions = vec![first];
    actions.extend(
        inputs(Role::Plate)
            .into_iter()
            .map(|plate| json!({ "action": "c2pa.placed", "parameters": { "ingredientIds": [plate] } })),
    );
    if container.is_movie() {
        actions.push(json!({ "action": "c2pa.edited" }));
    }
    if !statement.marks.is_empty() {
        actions.push(json!({ "action": "c2pa.watermarked.bound" }));
    }
    if container.is_movie() {
        actions.push(json!({ "action": "c2pa.transcoded" }));
    }
    actions
}

fn permissions(allowed: bool) -> Value {
    let verdict = json!({ "use": if allowed { "allowed" } else { "notAllowed" } });
    let all = ["cawg.ai_training", "cawg.ai_generative_training", "cawg.ai_inference", "cawg.data_mining"];
    let entries: serde_json::Map<_, _> =
        all.iter().map(|what| ((*what).to_owned(), verdict.clone())).collect();
    json!({ "entries": entries })
}

fn soft_binding(mark: &MarkNote) -> Value {
    json!({
        "alg": mark.medium.algorithm(),
        "name": "invisible mark",
        "blocks": [{ "scope": {}, "value": format!("{:08x}", mark.id) }],
        "pad": [],
    })
}
