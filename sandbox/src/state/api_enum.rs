//! A macro for enums whose variants have names in the API.

/// Declares an enum, and the name of each variant in the API. The first variant is the default.
macro_rules! api_enum {
    (
        $(#[$attribute:meta])* $name:ident {
            $(#[$first_documentation:meta])+ $first:ident = $first_text:literal,
            $($(#[$documentation:meta])+ $variant:ident = $text:literal,)+
        }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum $name {
            $(#[$first_documentation])+ #[default] $first,
            $($(#[$documentation])+ $variant,)+
        }

        impl $name {
            /// Returns the variant's name in the API.
            pub fn name(self) -> &'static str {
                match self {
                    Self::$first => $first_text,
                    $(Self::$variant => $text,)+
                }
            }

            /// Returns the variant with this name in the API.
            pub fn from_name(name: &str) -> Option<Self> {
                [Self::$first, $(Self::$variant),+].into_iter().find(|variant| variant.name() == name)
            }
        }
    };
}

pub(super) use api_enum;
