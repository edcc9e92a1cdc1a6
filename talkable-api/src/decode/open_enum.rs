//! Open enums, which preserve unknown values.
//!
//! Generated code declares an enum with an `Unknown(String)` variant, and passes its other variants to `open_enum!`:
//!
//! ```text
//! open_enum!(RewardStatus { Paid = "Paid", Unpaid = "Unpaid", Voided = "Voided" });
//! assert_eq!(RewardStatus::from("Pending").as_str(), "Pending");
//! ```

/// Implements conversions from and to strings, comparison by string, and serde's traits.
#[allow(unused_macros, reason = "unused if the documents have no enums")]
macro_rules! open_enum {
    ($name:ident { $($variant:ident = $text:literal),+ $(,)? }) => {
        impl $name {
            /// The value as a string, as sent by the API.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Unknown(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    _ => Self::Unknown(text.to_owned()),
                }
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::from(text.as_str())
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(self.as_str())
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.as_str() == other.as_str()
            }
        }

        impl Eq for $name {}

        impl std::hash::Hash for $name {
            fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
                self.as_str().hash(state);
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::decode::scalar(deserializer)
            }
        }

        impl $crate::decode::Scalar for $name {
            const EXPECTED: &'static str = "a string";

            fn from_scalar(value: serde::de::Unexpected<'_>) -> Option<Self> {
                if let serde::de::Unexpected::Str(text) = value { Some(Self::from(text)) } else { None }
            }
        }

        $crate::decode::scalar_field!($name {});
    };
}
pub(crate) use open_enum;

#[cfg(test)]
#[allow(unreachable_pub, reason = "the macro generates public methods")]
mod tests {
    #[derive(Clone, Debug)]
    enum Status {
        Paid,
        InReview,
        Unknown(String),
    }
    open_enum!(Status { Paid = "Paid", InReview = "in review" });

    #[test]
    fn known_and_unknown_values_survive_a_round_trip() {
        for text in ["\"Paid\"", "\"in review\"", "\"a value of a later version\"", "\"\"", "\"tab\\t\""] {
            let status: Status = serde_json::from_str(text).expect("any string is valid");
            assert_eq!(serde_json::to_string(&status).expect("enums serialize"), text);
        }
        assert!(serde_json::from_str::<Status>("1").is_err());
    }

    #[test]
    fn compares_by_string() {
        assert_eq!(Status::Unknown("Paid".to_owned()), Status::Paid);
        assert_ne!(Status::from("paid"), Status::Paid);
        assert_eq!(Status::from(String::from("in review")).to_string(), "in review");
        assert!(matches!(Status::from("in review"), Status::InReview));
        assert_eq!(format!("{:>6}", Status::Paid), "  Paid");
    }
}
