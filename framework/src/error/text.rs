//! The texts of an error, for those who see no response: in a terminal, in the log.

use std::{error::Error as StdError, fmt};

use super::Error;

impl Error {
    /// The error and all its causes as one text, for the log.
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = StdError::source(self);
        while let Some(error) = cause {
            let message = error.to_string();
            // Many libraries repeat their cause in their own message.
            if !text.contains(&message) {
                text = format!("{text}: {message}");
            }
            cause = error.source();
        }
        text
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(detail) = &self.0.detail {
            f.write_str(detail)?;
            // Whoever reads it in a terminal or a log has no body with the fields.
            for (index, field) in self.0.fields.iter().enumerate() {
                let separator = if index == 0 { ": " } else { ", " };
                write!(f, "{separator}{} {}", field.pointer, field.message)?;
            }
            Ok(())
        } else if let (true, Some(source)) = (self.0.status.is_server_error(), &self.0.source) {
            source.fmt(f)
        } else {
            f.write_str(&self.0.code.replace('_', " "))
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("status", &self.0.status)
            .field("code", &self.0.code)
            .field("detail", &self.0.detail)
            .field("fields", &self.0.fields)
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}
