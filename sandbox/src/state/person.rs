//! People.

/// A person, with all that is stored about them.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Person {
    /// The number of the record.
    pub id: u64,
    /// The e-mail address.
    pub email: String,
    /// The first name.
    pub first_name: Option<String>,
}
