//! The outbox: mails that are kept instead of sent, for developers and tests to look at.

use std::{
    collections::VecDeque,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{MailError, mail::Head};
use crate::{mailbox::Mailbox, view::MailContent};

/// The folder of the outbox in development, below that of the application.
pub(super) const FOLDER: &str = "tmp/mail";

/// The number of mails that are kept in the folder; the oldest are deleted.
const MAX_FILES: usize = 100;

/// The number of mails that are kept in memory.
const MAX_IN_MEMORY: usize = 1000;

/// A mail as it was sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SentMail {
    pub(crate) id: Uuid,
    pub(crate) mailer: String,
    pub(crate) sent_at: DateTime<Utc>,
    pub(crate) message_id: String,
    pub(crate) from: Mailbox,
    pub(crate) to: Vec<Mailbox>,
    pub(crate) cc: Vec<Mailbox>,
    pub(crate) bcc: Vec<Mailbox>,
    pub(crate) reply_to: Option<Mailbox>,
    pub(crate) locale: String,
    pub(crate) subject: String,
    pub(crate) html: Option<String>,
    pub(crate) text: String,
    pub(crate) unsubscribe: Option<String>,
    pub(crate) attachments: Vec<SentFile>,
    /// The whole message (RFC 5322).
    pub(crate) source: String,
}

/// A file of a mail as it was sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SentFile {
    /// The name, or the content id of an image of the HTML.
    pub(crate) name: String,
    pub(crate) media_type: String,
    pub(crate) is_inline: bool,
    #[serde(with = "as_base64")]
    pub(crate) content: Vec<u8>,
}

impl SentMail {
    pub(super) fn of(
        mailer: &str,
        id: Uuid,
        sent_at: DateTime<Utc>,
        message_id: String,
        from: &Mailbox,
        head: Head,
        content: MailContent,
    ) -> Self {
        let files = head.attachments.into_iter().map(|file| SentFile {
            name: file.name,
            media_type: file.media_type,
            is_inline: file.is_inline,
            content: file.content,
        });
        Self {
            id,
            mailer: mailer.to_owned(),
            sent_at,
            message_id,
            from: from.clone(),
            to: head.to,
            cc: head.cc,
            bcc: head.bcc,
            reply_to: head.reply_to,
            locale: content.locale,
            subject: content.subject,
            html: content.html,
            text: content.text.unwrap_or_default(),
            unsubscribe: head.unsubscribe.map(|url| url.as_str().to_owned()),
            attachments: files.collect(),
            source: String::new(),
        }
    }
}

/// The mails that were kept.
#[derive(Clone)]
pub(crate) enum Outbox {
    /// In the memory of the process, for tests.
    Memory(Arc<Mutex<VecDeque<SentMail>>>),
    /// As files, which survive a restart, and which the processes of an application share.
    Folder(PathBuf),
}

impl Outbox {
    /// Keeps a mail. A mail that is sent again takes the place of the former one.
    pub(super) fn put(&self, mail: SentMail) -> Result<(), MailError> {
        match self {
            Self::Memory(kept) => {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.retain(|other| other.id != mail.id);
                kept.push_back(mail);
                if kept.len() > MAX_IN_MEMORY {
                    kept.pop_front();
                }
                Ok(())
            }
            Self::Folder(folder) => {
                fs::create_dir_all(folder).map_err(failed(folder))?;
                let path = folder.join(format!("{}.json", mail.id));
                let json = serde_json::to_vec(&mail).map_err(io::Error::other);
                // Nobody reads half a file.
                let partial = folder.join(format!("{}.partial", mail.id));
                json.and_then(|json| fs::write(&partial, json))
                    .and_then(|()| fs::rename(&partial, &path))
                    .map_err(failed(&path))?;
                self.prune(folder)
            }
        }
    }

    /// The mails, newest first. A file that cannot be read as one, such as that of another version, is left out.
    pub(crate) fn list(&self) -> Result<Vec<SentMail>, MailError> {
        let mut mails = match self {
            Self::Memory(kept) => {
                let kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.iter().cloned().collect::<Vec<_>>()
            }
            Self::Folder(folder) => {
                let paths = paths(folder)?.into_iter();
                let read = paths.filter_map(|path| {
                    let json = fs::read(path).ok()?;
                    serde_json::from_slice(&json).ok()
                });
                read.collect()
            }
        };
        mails.sort_by_key(|mail: &SentMail| std::cmp::Reverse((mail.sent_at, mail.id)));
        Ok(mails)
    }

    /// Deletes all mails.
    pub(super) fn clear(&self) -> Result<(), MailError> {
        match self {
            Self::Memory(kept) => {
                kept.lock().unwrap_or_else(PoisonError::into_inner).clear();
                Ok(())
            }
            Self::Folder(folder) => paths(folder)?.iter().try_for_each(|path| remove(path)),
        }
    }

    /// Deletes the oldest mails beyond the limit.
    fn prune(&self, folder: &Path) -> Result<(), MailError> {
        let paths = paths(folder)?;
        if paths.len() <= MAX_FILES {
            return Ok(());
        }
        for mail in self.list()?.into_iter().skip(MAX_FILES) {
            remove(&folder.join(format!("{}.json", mail.id)))?;
        }
        Ok(())
    }
}

fn paths(folder: &Path) -> Result<Vec<PathBuf>, MailError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(folder)(error)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed(folder))?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            paths.push(path);
        }
    }
    Ok(paths)
}

/// Deletes a file, which another process may have deleted already.
fn remove(path: &Path) -> Result<(), MailError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(path)(error)),
        _ => Ok(()),
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> MailError {
    let path = path.to_owned();
    move |source| MailError::Outbox { path, source }
}

/// Bytes as base64 text.
mod as_base64 {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map_err(D::Error::custom)
    }
}
