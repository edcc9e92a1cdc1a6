//! The effect and the wording of each change to an attribute.

use Action::{Changed, Deprecated, Renamed, Retyped, Undeprecated};
use Class::{Additive, Compile, Documentation, Run};
use Effect::{Always, IfBoth, Limited, Lower, Other, Upper, Widened};
use Values::{Hidden, Names, Plain};

use super::item::Item;
use super::{Action, Class};

/// The effect and the wording of a change to an attribute.
pub(super) struct Rule {
    /// The name of the attribute, as shown in reports. If the values are hidden, the name is a whole clause.
    pub(super) attribute: &'static str,
    pub(super) action: Action,
    pub(super) values: Values,
    effect: Effect,
}

/// The kind of an attribute's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Values {
    Plain,
    /// The values contain Rust names. A renamed type or module is not a difference.
    Names,
    /// The values are not reported.
    Hidden,
}

/// The effect of a change on programs.
enum Effect {
    Always(Class),
    /// The change has this class if both documents have the attribute. Otherwise, it is not reported.
    IfBoth(Class),
    /// The change is additive if the newer value equals this string. It is not reported if the attribute is missing from one of the
    /// documents.
    Widened(&'static str),
    /// The change is additive if the newer document lacks the attribute, or if the newer value equals this string.
    Limited(&'static str),
    /// The attribute is an upper bound.
    Upper,
    /// The attribute is a lower bound.
    Lower,
    Other(fn(&Both<'_>) -> Option<Class>),
}

/// An attribute that has different values in the two documents.
pub(super) struct Both<'a> {
    pub(super) before: Option<&'a str>,
    pub(super) after: Option<&'a str>,
    pub(super) old: &'a Item,
    pub(super) new: &'a Item,
    /// The items of the newer document with the same parent.
    pub(super) siblings: &'a [Item],
}

/// The attributes whose names are omitted from reports, because the kind of the change implies them.
pub(super) const UNNAMED: [&str; 5] = ["name", "method", "type", "shape", "deprecated"];

pub(super) const RULES: &[Rule] = &[
    rule("name", Renamed, Plain, Always(Compile)),
    rule("method", Renamed, Names, Always(Compile)),
    rule("module, cargo feature and client method", Renamed, Plain, Always(Compile)),
    rule("handle", Renamed, Plain, Always(Compile)),
    rule("imports from `types` still work", Renamed, Names, Always(Compile)),
    rule("positional", Renamed, Plain, Other(|it| (!it.moves()).then_some(Documentation))),
    rule("placeholder at this position", Changed, Plain, Other(|it| it.moves().then_some(Run))),
    rule("shape", Retyped, Plain, Always(Compile)),
    rule("type", Retyped, Names, IfBoth(Compile)),
    rule("reply", Retyped, Names, IfBoth(Compile)),
    rule("no longer an input: loses `new`, the setters and `Serialize`", Changed, Hidden, Other(|it| it.is_lost(""))),
    rule("no longer in a response: loses `Deserialize`", Changed, Hidden, Other(|it| it.is_lost(""))),
    rule("no longer implements `Default`", Changed, Hidden, Other(|it| it.is_lost("result"))),
    rule("order of the arguments of `new`", Changed, Plain, Other(reordered)),
    rule("HTTP method", Changed, Plain, Always(Run)),
    rule("path", Changed, Plain, Other(|it| (it.before.map(template) != it.after.map(template)).then_some(Run))),
    rule("server", Changed, Plain, Always(Run)),
    rule("styles of the query parameters", Changed, Plain, Other(restyled)),
    rule("constant headers", Changed, Plain, Always(Run)),
    rule("optional headers", Changed, Plain, Always(Documentation)),
    rule("order of the header arguments", Changed, Plain, Other(reordered)),
    rule("location of `site_slug`", Changed, Plain, Always(Run)),
    // If the result becomes optional, a response without it is no longer an error, so this change is additive.
    rule("envelope", Changed, Plain, Other(optional_result)),
    rule("body format", Changed, Plain, IfBoth(Run)),
    rule("Accept", Changed, Plain, Always(Run)),
    rule("retry class", Changed, Plain, Always(Run)),
    rule("empty `data`", Changed, Plain, Widened("omitted")),
    rule("kind", Changed, Plain, Always(Run)),
    rule("name on the wire", Changed, Plain, Other(|it| (it.old.get("name") == it.new.get("name")).then_some(Run))),
    rule("encoding", Changed, Plain, IfBoth(Run)),
    rule("tag", Changed, Plain, IfBoth(Run)),
    rule("content property", Changed, Plain, IfBoth(Run)),
    rule("constant property", Changed, Plain, Always(Run)),
    rule("decodes an empty object as `None`", Changed, Plain, Widened("true")),
    // The compiler only warns about a deprecated item, so semver requires only a minor version bump.
    rule("deprecated", Deprecated, Hidden, Other(|it| it.after.map(|_| Additive))),
    rule("deprecated", Undeprecated, Hidden, Other(|it| it.before.map(|_| Documentation))),
    rule("documentation changed", Changed, Hidden, Always(Documentation)),
];

/// The keywords that limit a value in a request.
pub(super) const LIMITS: &[Rule] = &[
    rule("enum", Changed, Plain, Other(accepted)),
    rule("maxLength", Changed, Plain, Upper),
    rule("maxItems", Changed, Plain, Upper),
    rule("maximum", Changed, Plain, Upper),
    rule("minLength", Changed, Plain, Lower),
    rule("minItems", Changed, Plain, Lower),
    rule("minimum", Changed, Plain, Lower),
    rule("exclusiveMaximum", Changed, Plain, Other(|it| it.exclusive("maximum"))),
    rule("exclusiveMinimum", Changed, Plain, Other(|it| it.exclusive("minimum"))),
    rule("uniqueItems", Changed, Plain, Limited("false")),
    rule("pattern", Changed, Plain, Limited("")),
    rule("multipleOf", Changed, Plain, Limited("")),
    rule("default", Changed, Plain, Always(Run)),
];

const fn rule(attribute: &'static str, action: Action, values: Values, effect: Effect) -> Rule {
    Rule { attribute, action, values, effect }
}

impl Rule {
    /// Returns the effect of a change, or `None` if the rule does not apply.
    pub(super) fn class(&self, it: &Both<'_>) -> Option<Class> {
        let (before, after) = (it.before, it.after);
        let widened = |is_wide: bool| Some(if is_wide { Additive } else { Run });
        let number = |value: Option<&str>| value.and_then(|value| value.parse::<f64>().ok()).unwrap_or(f64::NAN);
        match self.effect {
            Always(class) => Some(class),
            IfBoth(class) => before.and(after).map(|_| class),
            Widened(wide) => before.and(after).and_then(|after| widened(after == wide)),
            Limited(wide) => widened(after.is_none_or(|after| after == wide)),
            Upper => widened(after.is_none() || number(before) < number(after)),
            Lower => widened(after.is_none() || number(before) > number(after)),
            Other(class) => class(it),
        }
    }
}

impl Both<'_> {
    /// Returns whether a positional argument still exists at another position.
    fn moves(&self) -> bool {
        self.siblings.iter().any(|item| self.before.is_some() && item.get("positional") == self.before)
    }

    fn is_lost(&self, value: &str) -> Option<Class> {
        (self.before == Some(value) && self.after.is_none()).then_some(Compile)
    }

    /// Classifies a change to whether a bound is exclusive. If the bound also differs, only the bound is reported.
    fn exclusive(&self, bound: &str) -> Option<Class> {
        let is_same = self.old.get(bound) == self.new.get(bound);
        is_same.then_some(if self.after == Some("true") { Run } else { Additive })
    }
}

/// Compares the order of those arguments that exist in both documents.
fn reordered(it: &Both<'_>) -> Option<Class> {
    let (old, new) = (list(it.before?), list(it.after?));
    let kept = old.iter().filter(|name| new.contains(name));
    kept.ne(new.iter().filter(|name| old.contains(name))).then_some(Compile)
}

/// Compares the styles of those parameters that exist in both documents.
fn restyled(it: &Both<'_>) -> Option<Class> {
    let (old, new) = (list(it.before?), list(it.after?));
    let name = |entry: &str| entry.rsplit_once(' ').map(|(name, _)| name.to_owned());
    let differs = old.iter().any(|one| new.iter().any(|other| one != other && name(one) == name(other)));
    differs.then_some(Run)
}

/// Classifies a change to the values that the API accepts. If a value was added to a type or removed from it, the change is
/// reported for the type instead.
fn accepted(it: &Both<'_>) -> Option<Class> {
    let variants = |item| Item::get(item, "variants").map(list);
    let (old, new) = (variants(it.old), variants(it.new));
    let (Some(before), Some(after)) = (it.before.map(list), it.after.map(list)) else {
        return old.or(new).is_none().then_some(if it.after.is_some() { Run } else { Additive });
    };
    let differs = |one: &[&str], other: &[&str], known: Option<Vec<&str>>| {
        one.iter().any(|value| !other.contains(value) && known.as_ref().is_none_or(|known| known.contains(value)))
    };
    let is_wider = differs(&after, &before, old);
    if differs(&before, &after, new) { Some(Run) } else { is_wider.then_some(Additive) }
}

/// Returns the effect of a change to the envelope. The only additive change is that a result may now be missing.
fn optional_result(it: &Both<'_>) -> Option<Class> {
    let (before, after) = (it.before?, it.after?);
    Some(if (before, after) == ("result", "optional result") { Additive } else { Run })
}

fn list(text: &str) -> Vec<&str> {
    text.split(", ").collect()
}

/// Removes the placeholder names from a path, because requests do not contain them.
pub(super) fn template(path: &str) -> String {
    path.split(['{', '}']).step_by(2).collect::<Vec<_>>().join("{}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::diff::ItemKind;

    #[test]
    fn only_parameters_in_both_documents_are_restyled() {
        let item = Item::new(ItemKind::Operation, "", None, []);
        for (before, after, expected) in
            [("ids form", "ids comma-separated, q form", Some(Run)), ("ids form", "filter deepObject, ids form", None)]
        {
            let both = Both { before: Some(before), after: Some(after), old: &item, new: &item, siblings: &[] };
            assert_eq!(restyled(&both), expected, "{before} to {after}");
        }
    }

    #[test]
    fn tighter_limits_break_programs_at_run_time() {
        for (attribute, variants, before, after, expected) in [
            ("maxLength", "", "50", "5", Some(Run)),
            ("maxLength", "", "5", "50", Some(Additive)),
            ("maxLength", "", "", "5", Some(Run)),
            ("maxLength", "", "5", "", Some(Additive)),
            ("minimum", "", "1", "0.5", Some(Additive)),
            ("minimum", "", "0.5", "1", Some(Run)),
            ("exclusiveMinimum", "", "", "true", Some(Run)),
            ("exclusiveMinimum", "", "true", "false", Some(Additive)),
            ("pattern", "", "^a", "^b", Some(Run)),
            ("pattern", "", "^a", "", Some(Additive)),
            ("default", "", "10", "20", Some(Run)),
            ("enum", "", "1, 2", "1", Some(Run)),
            ("enum", "", "1", "1, 2", Some(Additive)),
            ("enum", "a, b", "a, b", "a", Some(Run)),
            ("enum", "a", "a, b", "a", None),
            ("enum", "a", "a", "a, b", None),
        ] {
            let present = |text: &'static str| Some(text).filter(|text| !text.is_empty());
            let item = Item::new(ItemKind::Argument, "", None, []).with("variants", present(variants));
            let both = Both { before: present(before), after: present(after), old: &item, new: &item, siblings: &[] };
            let rule = LIMITS.iter().find(|rule| rule.attribute == attribute).unwrap();
            assert_eq!(rule.class(&both), expected, "{attribute}: `{before}` to `{after}`");
        }
    }
}
