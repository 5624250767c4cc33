//! Signatures of what the application sends out and takes back, such as a cookie or the link to unsubscribe: nobody else can make
//! them.
//!
//! ```
//! use fw::{config::{Environment, SigningConfig}, signing::SigningKeys};
//!
//! let config = SigningConfig { keys: vec!["9S0MZKdsfTQBzBY8rxJdTHZQmGJTGAHhHmFuOrAsLUE=".into()] };
//! let keys = SigningKeys::of(&config, &Environment::Production, "blog").expect("there is a key");
//! let link = keys.sign("unsubscribe", b"ada@example.com");
//! assert_eq!(keys.verify("unsubscribe", &link).as_deref(), Some(&b"ada@example.com"[..]));
//! // A signature for one purpose is none for another.
//! assert_eq!(keys.verify("password-reset", &link), None);
//! ```

mod keys;
mod room;
#[cfg(feature = "auth")]
mod sealing;

pub use self::keys::{MissingKey, SigningKeys};
pub(crate) use self::room::ROOM;
#[cfg(feature = "auth")]
pub use self::sealing::Sealed;
