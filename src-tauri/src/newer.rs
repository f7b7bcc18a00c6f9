//! Newer versions of the program: asked for only where the user has agreed to it, shown, never installed.

use std::time::SystemTime;

use tintype_protocol::shell::VersionNews;
use tintype_protocol::{ErrorCode, Language, Wording};
use tintype_zoo::News;

use crate::error::{Result, plain};
use crate::shell::Shell;

impl Shell {
    /// Whether there is a newer version; none where the user has not agreed to its being asked for.
    pub(crate) fn look_for_newer_version(&self) -> Option<VersionNews> {
        if !self.session().settings.may_look_for_versions {
            return None;
        }
        Some(match self.updates.look(SystemTime::now()) {
            Ok(News::Newest) => VersionNews::Newest,
            Ok(News::Newer(version)) => VersionNews::Newer {
                version: version.to_string(),
            },
            Err(reason) => {
                tracing::info!(%reason, "no news of a newer version");
                VersionNews::Unknown {
                    messages: Wording::new(
                        reason.text(Language::English),
                        reason.text(Language::Chinese),
                    ),
                }
            }
        })
    }

    /// Opens the page of the newer version that was found, in the user's browser.
    ///
    /// # Errors
    /// Where no browser opens it; the page's address is in the message.
    pub(crate) fn show_newer_version(&self) -> Result<()> {
        let Some(page) = self.updates.page() else {
            return Ok(());
        };
        opener::open_browser(&page).map_err(|error| {
            plain(
                ErrorCode::Internal,
                format!("The browser could not be opened ({error}). The page is {page}."),
                format!("无法打开浏览器（{error}）。页面地址是 {page}。"),
            )
        })
    }
}
