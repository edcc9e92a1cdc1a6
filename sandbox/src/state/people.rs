//! People by the names that they go by.

use super::Site;
use super::person::{Name, Person};

impl Site {
    /// The person of this e-mail address, username, phone number or customer id.
    pub fn person(&self, name: &str) -> Option<&Person> {
        let spelled = |kind| if kind == Name::Email { name.to_lowercase() } else { name.to_owned() };
        let id = Name::ALL.into_iter().find_map(|kind| self.people_by_name.get(&(kind, spelled(kind))));
        self.people.get(*id?)
    }

    /// The person who has this name of this kind.
    pub(crate) fn person_by(&self, kind: Name, name: &str) -> Option<u64> {
        self.people_by_name.get(&(kind, name.to_owned())).copied()
    }

    /// The number of the person with this e-mail address, who is made if there is none.
    pub(crate) fn person_with_email(&mut self, email: &str) -> u64 {
        let email = email.to_lowercase();
        if let Some(id) = self.person_by(Name::Email, &email) {
            return id;
        }
        let created_at = self.now();
        let person = self.people.insert(|id| Person { id, email, created_at, ..Person::default() });
        let (id, email) = (person.id, person.email.clone());
        self.people_by_name.insert((Name::Email, email), id);
        id
    }

    /// Changes a person, who is then found by the new names and no longer by the old ones. Of several people with the same
    /// name, it is the first who is found, and the next one when that one gives it up.
    pub(crate) fn change_person(&mut self, id: u64, change: impl FnOnce(&mut Person)) {
        let Some(person) = self.people.get_mut(id) else {
            return;
        };
        let before: Vec<_> = person.names().collect();
        change(person);
        person.email = person.email.to_lowercase();
        let after: Vec<_> = person.names().collect();
        for name in before.iter().filter(|name| !after.contains(name)) {
            if self.people_by_name.get(name) == Some(&id) {
                self.people_by_name.remove(name);
                let next = self.people.iter().find(|person| person.name(name.0) == Some(&name.1));
                self.people_by_name.extend(next.map(|person| (name.clone(), person.id)));
            }
        }
        for name in after {
            self.people_by_name.entry(name).or_insert(id);
        }
    }

    /// A random UUID, of version 4.
    pub(crate) fn random_uuid(&mut self) -> String {
        let versioned = (self.random.u128(..) & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
        let digits = format!("{versioned:032x}");
        let group = |range: std::ops::Range<usize>| digits.get(range).unwrap_or_default();
        [group(0..8), group(8..12), group(12..16), group(16..20), group(20..32)].join("-")
    }
}
