//! Results dragged out of the window as files, by the system's own drag and drop.

use std::path::Path;

use tauri::WebviewWindow;
use tintype_protocol::ErrorCode;

use crate::error::{Result, file_name, plain};

/// What is seen under the pointer while a result is dragged; the result itself would cover the screen.
const UNDER_THE_POINTER: &[u8] = include_bytes!("../../icons/64x64.png");

/// Begins dragging a file out of the window; the system does the rest. Called on the main thread.
///
/// # Errors
/// What the system says.
pub(crate) fn drag_out(window: &WebviewWindow, path: &Path) -> Result<()> {
    tracing::info!(file = %file_name(path), "dragged out");
    begin(window, path).map_err(|error| {
        plain(
            ErrorCode::Internal,
            format!("It can't be dragged out here ({error}). Use Save as instead."),
            format!("无法拖出（{error}）。请改用“另存为”。"),
        )
    })
}

#[cfg(not(target_os = "linux"))]
fn begin(window: &WebviewWindow, path: &Path) -> anyhow::Result<()> {
    drag::start_drag(
        window,
        drag::DragItem::Files(vec![path.to_owned()]),
        drag::Image::Raw(UNDER_THE_POINTER.to_vec()),
        |_, _| {},
        drag::Options::default(),
    )?;
    Ok(())
}

/// By GTK itself: the `drag` crate takes its answer back at the moment of the drop, before those
/// targets that ask only then have asked, and names files unescaped.
#[cfg(target_os = "linux")]
fn begin(window: &WebviewWindow, path: &Path) -> anyhow::Result<()> {
    use std::cell::RefCell;
    use std::rc::Rc;

    use anyhow::Context as _;
    use gtk::gdk::DragAction;
    use gtk::glib::{ObjectExt as _, filename_to_uri};
    use gtk::prelude::{DragContextExtManual as _, WidgetExt as _};

    const LEFT_BUTTON: i32 = 1;
    let window = window.gtk_window()?;
    let uri = filename_to_uri(path, None)?;
    let targets = gtk::TargetList::new(&[]);
    targets.add_uri_targets(0);
    // With no event given, GTK takes the one that it is handling, and the pointer's place from it.
    let context = window
        .drag_begin_with_coordinates(&targets, DragAction::COPY, LEFT_BUTTON, None, -1, -1)
        .context("the system began no drag")?;
    if let Some(icon) = icon() {
        context.drag_set_icon_pixbuf(&icon, 0, 0);
    }
    let answering = window.connect_drag_data_get(move |_, _, data, _, _| {
        data.set_uris(&[&uri]);
    });
    // The window's next drag is about another file, so that both handlers go with this one.
    let handlers = Rc::new(RefCell::new(vec![answering]));
    let at_end = {
        let handlers = Rc::clone(&handlers);
        window.connect_drag_end(move |window, _| {
            for handler in handlers.take() {
                window.disconnect(handler);
            }
        })
    };
    handlers.borrow_mut().push(at_end);
    Ok(())
}

#[cfg(target_os = "linux")]
fn icon() -> Option<gtk::gdk_pixbuf::Pixbuf> {
    use gtk::prelude::PixbufLoaderExt as _;

    let loader = gtk::gdk_pixbuf::PixbufLoader::new();
    loader.write(UNDER_THE_POINTER).ok()?;
    loader.close().ok()?;
    loader.pixbuf()
}
