//! Mails: types whose templates are rendered when they are sent, by a background job.
//!
//! ```
//! use fw::{dto::prelude::*, mailer::Mailbox, prelude::*};
//!
//! /// The mail that welcomes a new user: `src/mailers/welcome.html` and `welcome.txt`, with the message `welcome-subject` as its subject.
//! #[derive(Serialize, Deserialize)]
//! struct Welcome {
//!     user_id: i64,
//! }
//!
//! /// The variables of the templates and of the subject.
//! #[derive(Serialize, JsonSchema)]
//! struct WelcomeView {
//!     name: String,
//! }
//!
//! impl Mailer for Welcome {
//!     const NAME: &'static str = "welcome";
//!     type View = WelcomeView;
//!
//!     fn key(&self) -> Key {
//!         Key::once(self.user_id.to_string())
//!     }
//!
//!     async fn mail(&self, _: &AppContext) -> Result<Mail<WelcomeView>> {
//!         // A real one finds the user in the database.
//!         let (name, address) = ("Ada", "ada@example.com");
//!         let to: Mailbox = format!("{name} <{address}>").parse()?;
//!         Ok(Mail::to(to, WelcomeView { name: name.to_owned() }))
//!     }
//!
//!     fn previews() -> Vec<(&'static str, WelcomeView)> {
//!         vec![("short name", WelcomeView { name: "Bo".to_owned() })]
//!     }
//! }
//!
//! // In `Hooks::mailers`:
//! let mailers = Mailers::new().add::<Welcome>();
//! # assert_eq!(mailers.names(), ["welcome"]);
//!
//! // In a handler:
//! # async fn handler(ctx: &AppContext) -> Result<()> {
//! Welcome { user_id: 1 }.deliver_later(ctx).await?;
//! # Ok(())
//! # }
//! ```
//!
//! The templates have the functions of [pages](crate::view), but for `path`: a mail has no site around it, so its links are made with `url`.
//! A variable `mail` has `mail.locale` and `mail.subject`. The framework has the layouts `layouts/mail.html` and `layouts/mail.txt` and the
//! component `mail_button`; files of the application with these names take their place.

mod content;
mod definition;
mod dispatch;
mod error;
mod link;
mod mail;
mod message;
mod naming;
mod outbox;
mod registry;
mod room;
mod sender;
#[cfg(feature = "smtp")]
mod smtp;
#[cfg(feature = "views")]
mod subscription;

#[cfg(feature = "views")]
pub use self::subscription::Subscription;
pub use self::{
    definition::{Delivery, Mailer},
    error::MailError,
    link::url,
    mail::{Attachment, Mail, UnsubscribeUrl},
    registry::Mailers,
};
pub(crate) use self::{outbox::SentMail, room::ROOM, sender::Sender};
pub use crate::mailbox::{Address, DisplayName, InvalidMailbox, Mailbox};
