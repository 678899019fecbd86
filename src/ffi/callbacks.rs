//! Calls into C callbacks, each with its arguments checked and its answer typed.
//!
//! A callback may call nearly any exported function on the same objects, so no
//! borrow or lock may be held by the caller of these functions.

use libc::c_int;

use crate::connection::Connection;
use crate::context::Context;
use crate::context::callbacks::{GetSessionCallback, InfoCallback, NewSessionCallback, RemoveSessionCallback};
use crate::ffi::Ref;
use crate::session::Session;

/// Tells the application's info callback what happened.
pub fn info(callback: InfoCallback, connection: &Connection, what: c_int, value: c_int) {
    // SAFETY: the application's function with the arguments it was registered for.
    unsafe { callback(connection.as_ptr(), what, value) }
}

/// Hands a new session to the application; it keeps the reference if it answers
/// other than 0.
pub fn new_session(callback: NewSessionCallback, connection: &Connection, session: Ref<Session>) {
    let session = session.into_ptr();
    // SAFETY: as above; `session` carries a reference.
    if unsafe { callback(connection.as_ptr(), session) } == 0 {
        // SAFETY: the application did not take the reference.
        drop(unsafe { Ref::<Session>::from_ptr(session) });
    }
}

/// Tells the application that a session is no longer in the cache.
pub fn remove_session(callback: RemoveSessionCallback, context: &Context, session: &Ref<Session>) {
    // SAFETY: as above.
    unsafe { callback(context.as_ptr(), session.as_ptr()) }
}

/// Asks the application for the session with this id.
pub fn get_session(callback: GetSessionCallback, connection: &Connection, id: &[u8]) -> Option<Ref<Session>> {
    let mut copy = 1;
    // SAFETY: as above; `id` is readable for its length.
    let session = unsafe { callback(connection.as_ptr(), id.as_ptr(), id.len() as c_int, &mut copy) };
    // SAFETY: NULL, or a live session whose reference passes to us if `copy` is 0.
    unsafe { if copy == 0 { Ref::from_ptr(session) } else { Ref::share_ptr(session) } }
}
