//! A database of SQLite: a copy of a file that is migrated once in this process.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use fw::{
    config::{DatabaseConfig, Secret},
    db::Target,
    error::{Error, Result},
    test_support::Application,
};
use tokio::sync::OnceCell;

use super::{migrate, unique};

/// A file in the system's temporary folder, which is removed when this is dropped.
pub(crate) struct FileCopy {
    file: PathBuf,
}

impl FileCopy {
    pub(super) async fn create(app: Application, config: &DatabaseConfig) -> Result<Self> {
        let template = template(app.name());
        let template = template
            .get_or_try_init(|| async {
                let template = Self::at_free_path(app);
                let mut config = config.clone();
                config.url = template.url();
                migrate(app, &config).await?;
                fs::read(&template.file).map_err(|error| failure(&template.file, &error))
            })
            .await?;
        let copy = Self::at_free_path(app);
        fs::write(&copy.file, template).map_err(|error| failure(&copy.file, &error))?;
        Ok(copy)
    }

    /// A file that does not exist yet.
    fn at_free_path(app: Application) -> Self {
        Self {
            file: env::temp_dir().join(format!("{}.sqlite", unique(app))),
        }
    }

    pub(super) fn url(&self) -> Secret {
        Secret::new(Target::sqlite_url(&self.file))
    }
}

impl Drop for FileCopy {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm"] {
            let mut name = self.file.clone().into_os_string();
            name.push(suffix);
            // Some of them never existed.
            let _ = fs::remove_file(name);
        }
    }
}

/// The bytes of the migrated file of an application, by its name.
fn template(name: &'static str) -> Arc<OnceCell<Vec<u8>>> {
    static TEMPLATES: Mutex<BTreeMap<&str, Arc<OnceCell<Vec<u8>>>>> = Mutex::new(BTreeMap::new());

    let mut templates = TEMPLATES.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(templates.entry(name).or_default())
}

fn failure(file: &Path, error: &std::io::Error) -> Error {
    Error::internal(format!("`{}`: {error}", file.display()))
}
