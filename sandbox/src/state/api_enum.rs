//! A macro for enums whose variants have names in the API.

/// Declares an enum, and the name of each variant in the API. An enum with a default value has the attribute `#[derive(Default)]`,
/// and one of its variants has `#[default]`.
macro_rules! api_enum {
    (
        $(#[$attribute:meta])* $name:ident {
            $($(#[$variant_attribute:meta])+ $variant:ident = $text:literal,)+
        }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$variant_attribute])+ $variant,)+
        }

        impl $name {
            /// Returns the variant's name in the API.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// Returns the variant with this name in the API.
            pub fn from_name(name: &str) -> Option<Self> {
                [$(Self::$variant),+].into_iter().find(|variant| variant.name() == name)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = <String as serde::Deserialize>::deserialize(deserializer)?;
                let unknown = || serde::de::Error::custom(format!("unknown value `{name}`"));
                Self::from_name(&name).ok_or_else(unknown)
            }
        }
    };
}

pub(super) use api_enum;
