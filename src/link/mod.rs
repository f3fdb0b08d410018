//! From files to stacks: templates loaded, nested stacks tied to their templates, every use of a template its own stack.
//!
//! Linking stands above evaluation, because the location of a nested stack's template is a value like any other.

mod connected;
mod instantiate;
mod location;
mod url_map;
mod workspace;

pub use connected::{Around, MAX_AROUND_BYTES, NOT_CONTEXT, Search, bereft};
pub use instantiate::{MAX_NESTING, MAX_STACKS, RootValues, Roots, instantiate};
pub use url_map::{BadPrefix, UrlMap};
pub use workspace::{Failure, Nesting, Workspace, normal};
