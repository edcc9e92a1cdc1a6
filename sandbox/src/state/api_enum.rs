//! A macro for enums whose variants have names in the API.

/// Declares an enum, and the name of each variant in the API.
macro_rules! api_enum {
    ($(#[$attribute:meta])* $name:ident { $($(#[$documentation:meta])+ $variant:ident = $text:literal,)+ }) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$documentation])+ $variant,)+
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
                match name {
                    $($text => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

pub(super) use api_enum;
