//! The wire types in TypeScript, for the window.
//!
//! Only in builds with `debug_assertions`, as those for tests are, and so are the types' derived `TS`: no program needs it
//! when it runs, and what `ts-rs` derives is in another order each time, so that two builds would never be the same.

use std::collections::BTreeMap;

use ts_rs::{Config, TS, TypeVisitor};

use crate::{
    InterruptRequest, PromptAccepted, PromptRefused, PromptRequest, Removal, ServerMessage,
    SystemStats, Uploaded, models, shell,
};

/// Every type of our dialect, of the HTTP bodies and of the app's commands as one TypeScript module, in alphabetical order.
///
/// `ui/src/lib/protocol/wire.ts` is this text; a test fails when it is not.
#[must_use]
pub fn typescript() -> String {
    let mut collector = Collector {
        config: Config::new().with_large_int("number"),
        declarations: BTreeMap::new(),
    };
    collector.visit::<ServerMessage>();
    collector.visit::<PromptRequest>();
    collector.visit::<PromptAccepted>();
    collector.visit::<PromptRefused>();
    collector.visit::<Removal>();
    collector.visit::<InterruptRequest>();
    collector.visit::<Uploaded>();
    collector.visit::<SystemStats>();
    collector.visit::<models::Zoo>();
    collector.visit::<models::DownloadRequest>();
    collector.visit::<models::ModelRequest>();
    collector.visit::<shell::Session>();
    collector.visit::<shell::Arrival>();
    collector.visit::<shell::Forecast>();
    collector.visit::<shell::ResultFile>();
    collector.visit::<shell::SaveFormat>();
    collector.visit::<shell::Saved>();
    collector.visit::<shell::VersionNews>();
    collector.visit::<shell::CommandError>();

    let mut module = String::from(
        "// Generated from crates/protocol: change the types there, then run\n\
         //     TINTYPE_UPDATE_TYPES=1 cargo test -p tintype-protocol\n",
    );
    for declaration in collector.declarations.values() {
        module.push('\n');
        module.push_str(declaration);
    }
    module
}

/// Walks from a type to all those it is made of.
struct Collector {
    config: Config,
    declarations: BTreeMap<String, String>,
}

impl TypeVisitor for Collector {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        // Numbers, lists and the like have no declaration, but their parameters may.
        T::visit_generics(self);
        if T::output_path().is_none() {
            return;
        }
        let name = T::ident(&self.config);
        if self.declarations.contains_key(&name) {
            return;
        }
        let docs = T::docs().unwrap_or_default();
        let declaration = T::decl(&self.config);
        self.declarations
            .insert(name, format!("{docs}export {declaration}\n"));
        T::visit_dependencies(self);
    }
}
