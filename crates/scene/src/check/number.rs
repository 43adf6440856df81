//! Numbers: finite, whole where they count things, and within their range.

use super::{Checker, walk::Slot, words::first_sentence};
use crate::{
    mistake::Mistake,
    schema::Limits,
    syntax::{Number, Value},
};

impl Checker<'_> {
    pub(super) fn integer(&mut self, value: Value<'_>, limits: &Limits, slot: Slot<'_>) {
        match value.number() {
            // Close to its end, 64 bits are finer than the limits' floats.
            Some(Number::Integer(whole)) if whole > i128::from(u64::MAX) => {
                let message = format!("{slot} is beyond what 64 bits can hold");
                self.at(value, Mistake::new("out-of-range", message, "too large"));
            }
            Some(Number::Integer(whole)) => self.range(value, whole as f64, limits, slot),
            Some(Number::Real(real)) => {
                let hint = match real.fract() == 0.0 && real.abs() < 1e15 {
                    true => format!("write {real:.0}, without a point"),
                    false => first_sentence(slot.doc),
                };
                let message = format!("{slot} must be a whole number");
                self.at(value, Mistake::new("wrong-type", message, "not a whole number").hint(hint));
            }
            other => self.no_number(value, other, "a whole number", slot),
        }
    }

    pub(super) fn number(&mut self, value: Value<'_>, limits: &Limits, slot: Slot<'_>) {
        match value.number() {
            Some(Number::Integer(whole)) => self.range(value, whole as f64, limits, slot),
            Some(Number::Real(real)) => self.range(value, real, limits, slot),
            other => self.no_number(value, other, "a number", slot),
        }
    }

    fn no_number(&mut self, value: Value<'_>, number: Option<Number>, expected: &str, slot: Slot<'_>) {
        match number {
            Some(Number::NotFinite) => {
                let message = format!("{slot} must be a finite number");
                let hint = format!("infinity and NaN have no place in a scene. {}", first_sentence(slot.doc));
                self.at(
                    value,
                    Mistake::new("not-finite", message, "not a finite number").hint(hint.trim_end()),
                );
            }
            Some(_) => {
                let message = format!("{slot} must be {expected}, but this cannot be read as one");
                let hint = "numbers look like 12, -0.5, 1e3 or 1_000; the unit is in the field's name";
                self.at(value, Mistake::new("malformed-number", message, "not a number").hint(hint));
            }
            None => {
                let inside = value.good_string().filter(|text| text.trim().parse::<f64>().is_ok());
                let hint = match inside {
                    Some(text) => format!("write {} without quotes", text.trim()),
                    None => first_sentence(slot.doc),
                };
                self.wrong_type(value, expected, slot, &hint);
            }
        }
    }

    fn range(&mut self, value: Value<'_>, number: f64, limits: &Limits, slot: Slot<'_>) {
        let below = number < limits.min || (limits.above_min && number <= limits.min);
        if limits.single && (number as f32).is_infinite() {
            let message = format!("{slot} is beyond what 32 bits can hold");
            return self.at(value, Mistake::new("out-of-range", message, "too large"));
        }
        if !below && number <= limits.max {
            return;
        }
        let zero = below && number == 0.0;
        let code = match slot.name {
            "length_s" if zero => "empty-shot",
            name if zero && SIZES.iter().any(|size| name.contains(size)) => "zero-size",
            _ => "out-of-range",
        };
        let message = format!("{slot} must be {}, but is {}", allowed(limits), value.text());
        let label = if below { "too small" } else { "too large" };
        self.at(value, Mistake::new(code, message, label).hint(first_sentence(slot.doc)));
    }
}

/// Parts of the names of fields that are extents.
const SIZES: &[&str] = &["size", "radius", "height", "thickness", "scale"];

fn allowed(limits: &Limits) -> String {
    let (min, max) = (grouped(limits.min), grouped(limits.max));
    // The largest integer is no limit worth naming.
    let has_max = limits.max < u64::MAX as f64;
    match (limits.min.is_finite(), has_max, limits.above_min) {
        (true, true, _) if limits.min == limits.max => min,
        (true, true, false) => format!("{min} to {max}"),
        (true, true, true) => format!("more than {min} and at most {max}"),
        (true, false, false) => format!("{min} or more"),
        (true, false, true) => format!("more than {min}"),
        _ => format!("at most {max}"),
    }
}

/// Long whole numbers in groups of three, as they may be written in a scene.
fn grouped(number: f64) -> String {
    let plain = number.to_string();
    let digits = plain.trim_start_matches('-');
    if digits.len() < 5 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return plain;
    }
    let mut grouped = String::from(if number < 0.0 { "-" } else { "" });
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push('_');
        }
        grouped.push(digit);
    }
    grouped
}
