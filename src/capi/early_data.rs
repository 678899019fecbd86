//! TLS 1.3 early data: `SSL_read_early_data(3)`.

use libc::*;

use super::io::{source, target};
use super::{connection, context};
use crate::connection::Inherited;
use crate::connection::early_data::EarlyRead;
use crate::context::Settings;
use crate::context::callbacks::WithArg;
use crate::ffi::handle::borrow;
use crate::ffi::types::*;
use crate::ffi::{self, guard};
use crate::libcrypto::err;
use crate::session::Session;

const SSL_READ_EARLY_DATA_ERROR: c_int = 0;
const SSL_READ_EARLY_DATA_SUCCESS: c_int = 1;
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

/// Sets what new connections ask, with `arg`, before a server accepts early data
/// that it could accept: other than 0 accepts it, 0 rejects it. NULL accepts all.
/// `SSL_CTX_set_allow_early_data_cb(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; the callback fits its type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_allow_early_data_cb(
    ctx: *mut SSL_CTX,
    cb: SSL_allow_early_data_cb_fn,
    arg: *mut c_void,
) {
    guard((), || {
        // SAFETY: the caller's promise.
        if let Some(ctx) = unsafe { context(ctx) } {
            ctx.update_inherited(|all| all.allow_early_data = WithArg::from_c(cb, arg));
        }
    })
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

/// What became of the early data of this connection: 0 when none was sent
/// (`SSL_EARLY_DATA_NOT_SENT`), 1 when the server rejected it or has not answered
/// yet (`SSL_EARLY_DATA_REJECTED`), 2 when it accepted it
/// (`SSL_EARLY_DATA_ACCEPTED`). `SSL_get_early_data_status(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_early_data_status(s: *const SSL) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { connection(s) }.map_or(0, |c| c.early_data.status.get() as c_int))
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

/// Begins a server's handshake, and reads up to `num` bytes of the early data that
/// its client sends: 1 (`SSL_READ_EARLY_DATA_SUCCESS`) with the count in
/// `*readbytes`, to be called again; 2 (`SSL_READ_EARLY_DATA_FINISH`) when there is
/// no more, after which the handshake goes on by `SSL_do_handshake`, `SSL_read` or
/// `SSL_write`; 0 (`SSL_READ_EARLY_DATA_ERROR`) on failure or when it must be called
/// again, as `SSL_get_error` explains. Early data may have been replayed by an
/// attacker. More than the limits allow is `SSL_R_TOO_MUCH_EARLY_DATA`; a client, or
/// a connection already handshaken, gets `ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED`.
/// `SSL_read_early_data(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; `buf` is writable for `num` bytes; `readbytes` is NULL
/// or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_read_early_data(
    s: *mut SSL,
    buf: *mut c_void,
    num: size_t,
    readbytes: *mut size_t,
) -> c_int {
    guard(SSL_READ_EARLY_DATA_ERROR, || {
        // SAFETY: the caller's promise.
        let (Some(connection), target) = (unsafe { (connection(s), target(buf, num)) }) else {
            return SSL_READ_EARLY_DATA_ERROR;
        };
        let (answer, count) = match connection.read_early_data(target) {
            EarlyRead::Error => return SSL_READ_EARLY_DATA_ERROR,
            EarlyRead::Data(count) => (SSL_READ_EARLY_DATA_SUCCESS, count),
            EarlyRead::Finished => (SSL_READ_EARLY_DATA_FINISH, 0),
        };
        // SAFETY: the caller's promise.
        unsafe { ffi::write(readbytes, count) };
        answer
    })
}

/// Sets what this connection asks, with `arg`, before it accepts early data as a
/// server. `SSL_set_allow_early_data_cb(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; the callback fits its type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_allow_early_data_cb(s: *mut SSL, cb: SSL_allow_early_data_cb_fn, arg: *mut c_void) {
    guard((), || {
        // SAFETY: the caller's promise.
        if let Some(connection) = unsafe { connection(s) } {
            let allow_early_data = WithArg::from_c(cb, arg);
            connection.inherited.set(Inherited { allow_early_data, ..connection.inherited.get() });
        }
    })
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

/// Sends a client's data ahead of the handshake, which it begins if need be: 1 with
/// the count in `*written`, or 0, as `SSL_get_error` explains. The session that was
/// set must allow it (`SSL_SESSION_get_max_early_data`), and the same host name and
/// ALPN protocol be asked for (`SSL_R_INCONSISTENT_EARLY_DATA_SNI`, `_ALPN`); more
/// than it allows is `SSL_R_TOO_MUCH_EARLY_DATA`. The data may be replayed by an
/// attacker, and is lost if the server rejects it (`SSL_get_early_data_status`).
/// A server that has read early data writes by it before its client's Finished.
/// Else `ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED`. `SSL_write_early_data(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; `buf` is readable for `num` bytes; `written` is NULL or
/// writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_write_early_data(
    s: *mut SSL,
    buf: *const c_void,
    num: size_t,
    written: *mut size_t,
) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let (Some(connection), data) = (unsafe { (connection(s), source(buf, num)) }) else { return 0 };
        match connection.write_early_data(data) {
            Ok(count) => {
                // SAFETY: the caller's promise.
                unsafe { ffi::write(written, count) };
                1
            }
            Err(_) => 0,
        }
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
