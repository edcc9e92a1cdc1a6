//! What each operation does, one file for each kind of record.

use crate::answer::Outcome;
use crate::call::Call;
use crate::state::Site;

mod people;
mod visitors;

/// An operation: it looks at the call, changes the site, and answers.
pub(crate) type Behavior = fn(&mut Site, &Call) -> Outcome;

/// The operations by their ids in the description.
const BEHAVIORS: &[(&str, Behavior)] =
    &[("createVisitor", visitors::create), ("findPerson", people::find)];

/// What the operation of this id does.
pub(crate) fn of(id: &str) -> Option<Behavior> {
    BEHAVIORS.iter().find(|(known, _)| *known == id).map(|(_, behavior)| *behavior)
}
