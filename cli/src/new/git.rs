//! The first commit of a new app.

use std::{
    ffi::OsStr,
    path::Path,
    process::{Command, Stdio},
};

/// The outcome of the first commit.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A repository with one commit.
    Committed,
    /// A repository whose commit failed, with git's own words.
    NotCommitted(String),
    /// The app lies inside another repository: nothing was made.
    InsideAnother(String),
    /// There is no git on this machine.
    NoGit,
}

impl Outcome {
    /// The outcome in one line.
    pub(super) fn line(&self) -> String {
        match self {
            Self::Committed => "first commit made".to_owned(),
            Self::NotCommitted(reason) => format!("the first commit failed: {reason}"),
            Self::InsideAnother(repository) => {
                format!("inside the git repository `{repository}`: no new one, nothing committed")
            }
            Self::NoGit => "git is not installed: no repository made".to_owned(),
        }
    }
}

/// Creates a repository in `root` and commits everything in it.
pub(super) fn first_commit(root: &Path, app: &str) -> Outcome {
    if !succeeds(root, ["--version"]) {
        return Outcome::NoGit;
    }
    if let Ok(repository) = git(root, ["rev-parse", "--show-toplevel"]) {
        return Outcome::InsideAnother(repository);
    }
    // Git does not speak of a repository that belongs to another user.
    let mut around = root.ancestors().skip(1);
    if let Some(repository) = around.find(|folder| folder.join(".git").exists()) {
        return Outcome::InsideAnother(repository.display().to_string());
    }
    match commit(root, app) {
        Ok(_) => Outcome::Committed,
        Err(reason) => Outcome::NotCommitted(reason),
    }
}

fn commit(root: &Path, app: &str) -> Result<String, String> {
    git(root, ["init", "--quiet"])?;
    // `init --initial-branch` needs git 2.28.
    git(root, ["symbolic-ref", "HEAD", "refs/heads/main"])?;
    git(root, ["add", "--all"])?;
    // The person's signing key might ask for a passphrase.
    let mut args = vec!["-c", "commit.gpgsign=false"];
    if !succeeds(
        root,
        ["-c", "user.useConfigOnly=true", "var", "GIT_AUTHOR_IDENT"],
    ) {
        args.extend([
            "-c",
            "user.name=cargo-fw",
            "-c",
            "user.email=cargo-fw@localhost",
        ]);
    }
    let message = format!("Create {app} with cargo fw new");
    args.extend(["commit", "--quiet", "--message", &message]);
    git(root, args)
}

fn succeeds<'a>(root: &Path, args: impl IntoIterator<Item = &'a str>) -> bool {
    git(root, args).is_ok()
}

/// Runs git and returns its output, or the last line of its error message.
fn git<'a>(root: &Path, args: impl IntoIterator<Item = &'a str>) -> Result<String, String> {
    let mut command = Command::new("git");
    command.arg("-C").arg(root).args(args).stdin(Stdio::null());
    // Set when we run inside a hook of another repository.
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"].map(OsStr::new) {
        command.env_remove(variable);
    }
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    let reason = complaint.lines().rfind(|line| !line.trim().is_empty());
    Err(reason.unwrap_or("git gave no reason").trim().to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Outcome, first_commit, git};

    #[test]
    fn one_commit_and_none_inside_another_repository() {
        let temporary = tempfile::tempdir().unwrap();
        let root = temporary.path();
        fs::write(root.join("a.txt"), "a").unwrap();
        assert_eq!(first_commit(root, "blog"), Outcome::Committed);
        assert_eq!(
            git(root, ["log", "--format=%s"]).unwrap(),
            "Create blog with cargo fw new"
        );
        assert_eq!(git(root, ["status", "--porcelain"]).unwrap(), "");

        let inner = root.join("inner");
        fs::create_dir(&inner).unwrap();
        assert!(matches!(
            first_commit(&inner, "inner"),
            Outcome::InsideAnother(_)
        ));
        assert!(!inner.join(".git").exists());
    }
}
