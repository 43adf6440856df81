//! Times that must increase.

use super::{super::Checker, real};
use crate::{mistake::Mistake, syntax::Value};

/// The `t_s` of a list's items, each later than the one before.
pub(super) fn ordered(checker: &mut Checker<'_>, owner: Value<'_>, field: &str) {
    let Some(list) = owner.field(field) else { return };
    let timed = list.items().filter_map(|item| Some((item.field("t_s")?, real(item, "t_s")?)));
    let mut before: Option<(Value<'_>, f64)> = None;
    for (value, time) in timed {
        if let Some((earlier, limit)) = before.filter(|(_, limit)| time <= *limit) {
            let (code, message) = if time == limit {
                ("duplicate-time", format!("`{field}` has two entries at {time} s"))
            } else {
                ("unordered-times", format!("`{field}` goes back in time, from {limit} s to {time} s"))
            };
            let mistake = Mistake::new(code, message, "not later")
                .related(&checker.place(earlier.span()), "than this")
                .hint(format!("list the entries of `{field}` in order of time, each at a time of its own"));
            checker.at(value, mistake);
        }
        before = Some((value, time));
    }
}
