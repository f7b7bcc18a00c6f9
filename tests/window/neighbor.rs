//! Another program on the same display: it gives files, takes them, moves the mouse, takes the focus.
//!
//! Drag and drop is by the protocol of X, version 5: <https://www.freedesktop.org/wiki/Specifications/XDND/>.

use std::path::Path;
use std::time::{Duration, Instant};

use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ButtonIndex, ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask,
    InputFocus, MOTION_NOTIFY_EVENT, PropMode, SelectionNotifyEvent, SelectionRequestEvent, Window,
    WindowClass,
};
use x11rb::protocol::xproto::{BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, SELECTION_NOTIFY_EVENT};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;
use x11rb::{COPY_DEPTH_FROM_PARENT, COPY_FROM_PARENT, CURRENT_TIME, NONE};

const VERSION: u32 = 5;
/// How long the other side may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

x11rb::atom_manager! {
    /// The words of the protocol.
    Atoms: AtomsCookie {
        XdndAware,
        XdndSelection,
        XdndEnter,
        XdndPosition,
        XdndStatus,
        XdndDrop,
        XdndFinished,
        XdndActionCopy,
        ANSWER,
        URI_LIST: b"text/uri-list",
    }
}

/// Another program on the display, with a window of its own.
pub(crate) struct Neighbor {
    x: RustConnection,
    atoms: Atoms,
    root: Window,
    window: Window,
}

impl Neighbor {
    /// A program whose window takes files, at a place and of a size in pixels, above all others.
    pub(crate) fn on(display: &str, (left, top): (i16, i16), (width, height): (u16, u16)) -> Self {
        let (x, screen) = x11rb::connect(Some(display)).unwrap();
        let root = x.setup().roots[screen].root;
        let atoms = Atoms::new(&x).unwrap().reply().unwrap();
        let window = x.generate_id().unwrap();
        let looks = CreateWindowAux::new()
            .override_redirect(1)
            .background_pixel(0x0080_8080);
        x.create_window(
            COPY_DEPTH_FROM_PARENT,
            window,
            root,
            left,
            top,
            width,
            height,
            0,
            WindowClass::INPUT_OUTPUT,
            COPY_FROM_PARENT,
            &looks,
        )
        .unwrap();
        x.change_property32(
            PropMode::REPLACE,
            window,
            atoms.XdndAware,
            AtomEnum::ATOM,
            &[VERSION],
        )
        .unwrap();
        x.map_window(window).unwrap();
        x.sync().unwrap();
        Self {
            x,
            atoms,
            root,
            window,
        }
    }

    /// Moves the mouse to a place on the display, as a hand would: in steps.
    pub(crate) fn move_mouse(&self, from: (i16, i16), to: (i16, i16)) {
        const STEPS: i16 = 12;
        for step in 1..=STEPS {
            let between = |from: i16, to: i16| from + (to - from) / STEPS * step;
            let (x, y) = if step == STEPS {
                to
            } else {
                (between(from.0, to.0), between(from.1, to.1))
            };
            self.x
                .xtest_fake_input(MOTION_NOTIFY_EVENT, 0, 0, self.root, x, y, 0)
                .unwrap();
            self.x.sync().unwrap();
            std::thread::sleep(Duration::from_millis(40));
        }
    }

    /// Takes the keyboard, as a click on this program's window would.
    pub(crate) fn take_focus(&self) {
        self.x
            .set_input_focus(InputFocus::PARENT, self.window, CURRENT_TIME)
            .unwrap();
        self.x.sync().unwrap();
    }

    pub(crate) fn press_button(&self) {
        self.button(BUTTON_PRESS_EVENT);
    }

    pub(crate) fn release_button(&self) {
        self.button(BUTTON_RELEASE_EVENT);
    }

    fn button(&self, event: u8) {
        let left = ButtonIndex::M1.into();
        self.x
            .xtest_fake_input(event, left, 0, self.root, 0, 0, 0)
            .unwrap();
        self.x.sync().unwrap();
    }

    /// Waits until something is held over this program's window, which takes it.
    pub(crate) fn until_hovered(&self) {
        self.until("XdndPosition", |event| match event {
            Event::ClientMessage(message) if message.type_ == self.atoms.XdndPosition => {
                self.accept(message);
                Some(())
            }
            _ => None,
        });
    }

    fn accept(&self, position: &ClientMessageEvent) {
        let source = position.data.as_data32()[0];
        // One: it is taken here. Two: also tell of moves within the window.
        let status = [self.window, 1 | 2, 0, 0, self.atoms.XdndActionCopy];
        self.tell(source, self.atoms.XdndStatus, status);
    }

    /// Waits for the drop, asks only then what was dropped, and tells that it has it.
    pub(crate) fn take_drop(&self) -> String {
        let source = self.until("XdndDrop", |event| match event {
            Event::ClientMessage(message) if message.type_ == self.atoms.XdndPosition => {
                self.accept(message);
                None
            }
            Event::ClientMessage(message) if message.type_ == self.atoms.XdndDrop => {
                let [source, _, time, ..] = message.data.as_data32();
                let Atoms {
                    XdndSelection,
                    URI_LIST,
                    ANSWER,
                    ..
                } = self.atoms;
                self.x
                    .convert_selection(self.window, XdndSelection, URI_LIST, ANSWER, time)
                    .unwrap();
                self.x.flush().unwrap();
                Some(source)
            }
            _ => None,
        });
        self.until("the dropped data", |event| match event {
            Event::SelectionNotify(notice) => {
                assert_ne!(notice.property, NONE, "refused");
                Some(())
            }
            _ => None,
        });
        let answer = self
            .x
            .get_property(
                true,
                self.window,
                self.atoms.ANSWER,
                AtomEnum::ANY,
                0,
                1 << 16,
            )
            .unwrap()
            .reply()
            .unwrap();
        let finished = [self.window, 1, self.atoms.XdndActionCopy, 0, 0];
        self.tell(source, self.atoms.XdndFinished, finished);
        String::from_utf8(answer.value).unwrap()
    }

    /// Drags files from this program over a place on the display, and drops them there when asked to.
    pub(crate) fn drag<'a>(&'a self, files: &[&Path], (x, y): (i16, i16)) -> Drag<'a> {
        let uris: Vec<_> = files
            .iter()
            .map(|file| format!("{}\r\n", uri_of(file)))
            .collect();
        let Atoms {
            XdndSelection,
            XdndEnter,
            URI_LIST,
            ..
        } = self.atoms;
        self.x
            .set_selection_owner(self.window, XdndSelection, CURRENT_TIME)
            .unwrap();
        let drag = Drag {
            source: self,
            uris: uris.concat(),
            target: self.target_at(x, y),
            place: (x, y),
        };
        self.tell(
            drag.target,
            XdndEnter,
            [self.window, VERSION << 24, URI_LIST, 0, 0],
        );
        drag
    }

    /// The window at a place that takes drops: what lies there, or what that lies in.
    fn target_at(&self, x: i16, y: i16) -> Window {
        let mut window = self.root;
        loop {
            let here = self
                .x
                .translate_coordinates(self.root, window, x, y)
                .unwrap()
                .reply()
                .unwrap();
            window = here.child;
            assert_ne!(window, NONE, "nothing takes drops at {x}, {y}");
            let aware =
                self.x
                    .get_property(false, window, self.atoms.XdndAware, AtomEnum::ANY, 0, 1);
            if !aware.unwrap().reply().unwrap().value.is_empty() {
                return window;
            }
        }
    }

    fn tell(&self, to: Window, message: u32, data: [u32; 5]) {
        let message = ClientMessageEvent::new(32, to, message, data);
        self.x
            .send_event(false, to, EventMask::NO_EVENT, message)
            .unwrap();
        self.x.flush().unwrap();
    }

    /// Waits for an event.
    fn until<T>(&self, what: &str, is: impl Fn(&Event) -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if let Some(event) = self.x.poll_for_event().unwrap() {
                if let Some(found) = is(&event) {
                    return found;
                }
            } else {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        panic!("never came: {what}")
    }
}

/// Files that this side holds over a window.
pub(crate) struct Drag<'a> {
    source: &'a Neighbor,
    uris: String,
    target: Window,
    place: (i16, i16),
}

impl Drag<'_> {
    /// Moves about until the window says that it would take them.
    pub(crate) fn hover(&self) {
        let atoms = &self.source.atoms;
        let place =
            (u32::from(self.place.0.unsigned_abs()) << 16) | u32::from(self.place.1.unsigned_abs());
        let end = Instant::now() + PATIENCE;
        loop {
            let position = [
                self.source.window,
                0,
                place,
                CURRENT_TIME,
                atoms.XdndActionCopy,
            ];
            self.source.tell(self.target, atoms.XdndPosition, position);
            let taken = self.source.until("XdndStatus", |event| match event {
                Event::ClientMessage(message) if message.type_ == atoms.XdndStatus => {
                    Some(message.data.as_data32()[1] & 1 == 1)
                }
                Event::SelectionRequest(request) => {
                    self.answer(request);
                    None
                }
                _ => None,
            });
            if taken {
                return;
            }
            assert!(Instant::now() < end, "never taken");
        }
    }

    /// Lets go, and waits until the window has what it was given.
    pub(crate) fn drop_here(self) {
        let atoms = &self.source.atoms;
        let dropped = [self.source.window, 0, CURRENT_TIME, 0, 0];
        self.source.tell(self.target, atoms.XdndDrop, dropped);
        self.source.until("XdndFinished", |event| match event {
            Event::ClientMessage(message) if message.type_ == atoms.XdndFinished => Some(()),
            Event::SelectionRequest(request) => {
                self.answer(request);
                None
            }
            _ => None,
        });
    }

    fn answer(&self, request: &SelectionRequestEvent) {
        let x = &self.source.x;
        let known = request.target == self.source.atoms.URI_LIST;
        if known {
            let text = self.uris.as_bytes();
            x.change_property8(
                PropMode::REPLACE,
                request.requestor,
                request.property,
                request.target,
                text,
            )
            .unwrap();
        }
        let notice = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: request.time,
            requestor: request.requestor,
            selection: request.selection,
            target: request.target,
            property: if known { request.property } else { NONE },
        };
        x.send_event(false, request.requestor, EventMask::NO_EVENT, notice)
            .unwrap();
        x.flush().unwrap();
    }
}

/// A file's name as programs give it to one another: all but the plainest characters escaped.
pub(crate) fn uri_of(file: &Path) -> String {
    let escaped = file.to_str().unwrap().bytes().map(|byte| match byte {
        b'/' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    format!("file://{}", escaped.collect::<String>())
}
