//! TLS 1.3 early data: `SSL_read_early_data(3)`. None is sent or accepted; the
//! limits are kept, and the answers say so.

use libc::*;

use super::handshake::SSL_accept;
use super::{connection, context};
use crate::connection::{Role, state::State};
use crate::context::Settings;
use crate::ffi::handle::borrow;
use crate::ffi::types::*;
use crate::ffi::{self, guard, unwritten};
use crate::libcrypto::err;
use crate::session::Session;

const SSL_EARLY_DATA_NOT_SENT: c_int = 0;
const SSL_READ_EARLY_DATA_ERROR: c_int = 0;
const SSL_READ_EARLY_DATA_FINISH: c_int = 2;

/// The early data that new connections announce in tickets, bytes; 0 for NULL.
/// `SSL_CTX_get_max_early_data(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_max_early_data(ctx: *const SSL_CTX) -> u32 {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { context(ctx) }.map_or(0, |ctx| ctx.settings(|s| s.max_early_data)))
}

/// The early data that new connections read, bytes; 0 for NULL.
/// `SSL_CTX_get_recv_max_early_data(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_recv_max_early_data(ctx: *const SSL_CTX) -> u32 {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { context(ctx) }.map_or(0, |ctx| ctx.settings(|s| s.recv_max_early_data)))
}

/// Would decide whether to accept early data. Never called: none is accepted.
/// `SSL_CTX_set_allow_early_data_cb(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_allow_early_data_cb(
    _ctx: *mut SSL_CTX,
    _cb: SSL_allow_early_data_cb_fn,
    _arg: *mut c_void,
) {
}

/// Keeps the limit for new connections: 1, or 0 with an error for NULL.
/// `SSL_CTX_set_max_early_data(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_max_early_data(ctx: *mut SSL_CTX, max_early_data: u32) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { update_context(ctx, |s| s.max_early_data = max_early_data) }
}

/// Keeps the limit for new connections: 1, or 0 with an error for NULL.
/// `SSL_CTX_set_recv_max_early_data(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_recv_max_early_data(ctx: *mut SSL_CTX, recv_max_early_data: u32) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { update_context(ctx, |s| s.recv_max_early_data = recv_max_early_data) }
}

/// The early data that the server accepts with this session, bytes; 0 for NULL.
/// `SSL_SESSION_get_max_early_data(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL_SESSION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_get_max_early_data(s: *const SSL_SESSION) -> u32 {
    guard(0, || {
        // SAFETY: the caller's promise.
        match unsafe { borrow::<Session>(s) } {
            Some(session) => session.read(|fields| fields.max_early_data),
            None => {
                err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
                0
            }
        }
    })
}

/// Keeps the limit in the session: 1, or 0 with an error for NULL.
/// `SSL_SESSION_set_max_early_data(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL_SESSION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_set_max_early_data(s: *mut SSL_SESSION, max_early_data: u32) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        match unsafe { borrow::<Session>(s) } {
            Some(session) => {
                session.update(|fields| fields.max_early_data = max_early_data);
                1
            }
            None => {
                err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
                0
            }
        }
    })
}

/// 0 (`SSL_EARLY_DATA_NOT_SENT`). `SSL_get_early_data_status(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_early_data_status(_s: *const SSL) -> c_int {
    SSL_EARLY_DATA_NOT_SENT
}

/// The early data that this connection announces in tickets, bytes; 0 for NULL.
/// `SSL_get_max_early_data(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_max_early_data(s: *const SSL) -> u32 {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { connection(s) }.map_or(0, |c| c.settings.borrow().max_early_data))
}

/// The early data that this connection reads, bytes; 0 for NULL.
/// `SSL_get_recv_max_early_data(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_recv_max_early_data(s: *const SSL) -> u32 {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { connection(s) }.map_or(0, |c| c.settings.borrow().recv_max_early_data))
}

/// A server's way to begin a handshake that may bring early data. None is ever
/// accepted: the handshake runs to its end, and then the answer is 2
/// (`SSL_READ_EARLY_DATA_FINISH`) with no bytes. 0 while it does not, as
/// `SSL_get_error` explains. `SSL_read_early_data(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; `readbytes` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_read_early_data(
    s: *mut SSL,
    _buf: *mut c_void,
    _num: size_t,
    readbytes: *mut size_t,
) -> c_int {
    guard(SSL_READ_EARLY_DATA_ERROR, || {
        // SAFETY: the caller's promise.
        let Some(connection) = (unsafe { connection(s) }) else { return SSL_READ_EARLY_DATA_ERROR };
        if connection.role.get() == Role::Client || connection.state.get() == State::OK {
            err::raise(err::ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED);
            return SSL_READ_EARLY_DATA_ERROR;
        }
        // SAFETY: the caller's promise.
        unsafe {
            if SSL_accept(s) <= 0 {
                return SSL_READ_EARLY_DATA_ERROR;
            }
            ffi::write(readbytes, 0);
        }
        SSL_READ_EARLY_DATA_FINISH
    })
}

/// Would decide whether to accept early data. Never called: none is accepted.
/// `SSL_set_allow_early_data_cb(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_allow_early_data_cb(_s: *mut SSL, _cb: SSL_allow_early_data_cb_fn, _arg: *mut c_void) {
}

/// Keeps the limit for this connection: 1, or 0 with an error for NULL.
/// `SSL_set_max_early_data(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_max_early_data(s: *mut SSL, max_early_data: u32) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { update_connection(s, |s| s.max_early_data = max_early_data) }
}

/// Keeps the limit for this connection: 1, or 0 with an error for NULL.
/// `SSL_set_recv_max_early_data(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_recv_max_early_data(s: *mut SSL, recv_max_early_data: u32) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { update_connection(s, |s| s.recv_max_early_data = recv_max_early_data) }
}

/// Would send data ahead of the handshake: 0 with an error.
/// `SSL_write_early_data(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_write_early_data(
    s: *mut SSL,
    _buf: *const c_void,
    _num: size_t,
    _written: *mut size_t,
) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(connection) = (unsafe { connection(s) }) else { return 0 };
        let allowed = connection.role.get() != Role::Server
            && connection.state.get().is_before()
            && connection.session.borrow().as_ref().is_some_and(|s| s.read(|fields| fields.max_early_data > 0));
        if !allowed {
            err::raise(err::ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED);
            return 0;
        }
        unwritten("SSL_write_early_data", 0)
    })
}

/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
unsafe fn update_context(ctx: *mut SSL_CTX, change: impl FnOnce(&mut Settings)) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { context(ctx) }.map(|ctx| ctx.update(change)).is_some().into())
}

/// # Safety
/// `s` is NULL or a live SSL.
unsafe fn update_connection(s: *mut SSL, change: impl FnOnce(&mut Settings)) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { connection(s) }.map(|c| change(&mut c.settings.borrow_mut())).is_some().into())
}
