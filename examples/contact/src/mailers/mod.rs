//! The application's mails. Their templates and messages are beside them.

pub mod inquiry;
