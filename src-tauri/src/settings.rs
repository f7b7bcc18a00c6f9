//! What the user has chosen, kept in a file of its own.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use tintype_protocol::shell::Settings;

/// The file within the app's folder.
const FILE: &str = "settings.json";

/// The settings and where they are kept.
#[derive(Debug)]
pub(crate) struct SettingsFile {
    path: PathBuf,
    settings: Settings,
}

impl SettingsFile {
    /// Reads the settings. A file that can't be understood counts as no choice at all and is kept beside
    /// the new one, since somebody may have written it by hand.
    pub(crate) fn read(folder: &Path) -> Self {
        let path = folder.join(FILE);
        let settings = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_else(|error| {
                tracing::warn!(%error, "the settings can't be read; starting with none");
                let _ = fs::rename(&path, path.with_extension("json.unreadable"));
                Settings::default()
            }),
            Err(_) => Settings::default(),
        };
        Self { path, settings }
    }

    pub(crate) fn get(&self) -> &Settings {
        &self.settings
    }

    /// Writes other settings, whole or not at all.
    ///
    /// # Errors
    /// What the disk says; then the old ones stay.
    pub(crate) fn set(&mut self, settings: Settings) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let mut file = NamedTempFile::new_in(folder)?;
        serde_json::to_writer_pretty(&mut file, &settings)?;
        file.flush()?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        self.settings = settings;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_is_chosen_the_next_time() {
        let folder = tempfile::tempdir().unwrap();
        let chosen = Settings {
            port: Some(9000),
            is_open_to_programs: true,
            ..Settings::default()
        };
        SettingsFile::read(folder.path())
            .set(chosen.clone())
            .unwrap();
        assert_eq!(*SettingsFile::read(folder.path()).get(), chosen);
    }

    #[test]
    fn settings_that_cannot_be_read_are_none_and_are_not_lost() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), "{").unwrap();
        assert_eq!(
            *SettingsFile::read(folder.path()).get(),
            Settings::default()
        );
        let kept = folder.path().join("settings.json.unreadable");
        assert_eq!(fs::read_to_string(kept).unwrap(), "{");
    }

    #[test]
    fn settings_of_another_version_give_what_they_have() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), r#"{"port": 9, "later": 1}"#).unwrap();
        assert_eq!(SettingsFile::read(folder.path()).get().port, Some(9));
    }
}
