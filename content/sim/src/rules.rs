//! Every rule that the engine can name in a Log, as one table: name, sentence, source.

use sockets::Rule;

macro_rules! rules {
    ($($constant:ident $name:literal, $says:literal, $source:literal;)*) => {
        $(
            #[doc = $says]
            pub static $constant: Rule = Rule { name: $name, says: $says, source: $source };
        )*

        /// The whole table.
        pub static TABLE: &[&Rule] = &[$(&$constant),*];
    };
}

rules! {
    NO_SOCKET "no-socket", "A segment for a port that nobody has is answered with RST; a RST is not answered.", "RFC 9293, 3.10.7.1";
}
