//! What the targets have in common: the library's C functions, contexts with every callback set,
//! connections over memory, and records made under a connection's keys.
//!
//! The C functions are called as a C program calls them. A target upholds their contracts (live
//! pointers, lengths that are true); everything else comes from the input.
#![allow(clippy::missing_safety_doc)]

pub mod c;
pub mod callbacks;
pub mod connection;
pub mod forge;
pub mod input;

pub use connection::{Conn, Context, Role, handshake, pass};
pub use input::Input;

use std::sync::Once;

/// Before each input: the error queue is empty, and panics end the process. The library's guard
/// turns a panic into a failure value, which a fuzzer would not notice.
pub fn begin() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let report = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            report(panic);
            std::process::abort();
        }));
    });
    callbacks::reset();
    // SAFETY: nothing is given.
    unsafe { c::ERR_clear_error() }
}
