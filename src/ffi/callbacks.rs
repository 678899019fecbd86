//! Calls into C callbacks, each with its arguments checked and its answer typed.
//!
//! A callback may call nearly any exported function on the same objects, so no
//! borrow or lock may be held by the caller of these functions.

use libc::c_int;

use crate::connection::Connection;
use crate::context::callbacks::InfoCallback;

/// Tells the application's info callback what happened.
pub fn info(callback: InfoCallback, connection: &Connection, what: c_int, value: c_int) {
    // SAFETY: the application's function with the arguments it was registered for.
    unsafe { callback(connection.as_ptr(), what, value) }
}
