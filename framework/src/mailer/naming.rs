//! The names of a mail: that of its job, and those of its templates and of the message with its subject, which follow from it.

/// The names of a mail.
#[derive(Clone, Copy, Debug)]
pub(super) struct Naming {
    pub(super) name: &'static str,
    pub(super) folder: &'static str,
}

impl Naming {
    /// The path of the templates below `src`, without an extension.
    pub(super) fn template(self) -> String {
        format!("{}/{}", self.folder, self.name)
    }

    /// The key of the message with the subject.
    pub(super) fn subject(self) -> String {
        format!("{}-subject", self.name)
    }
}
