//! A connection and its session: `SSL_set_session(3)`, `SSL_get_session(3)`.

use libc::*;

use super::connection::with;
use crate::connection::Connection;
use crate::context::Context;
use crate::ffi::handle::borrow;
use crate::ffi::types::*;
use crate::ffi::{Ref, guard};
use crate::session::Session;

/// Sets the session to be resumed by `to`'s next handshake. `session` gains a
/// reference, which the handshake gives up again if it is not resumed; the
/// session set before loses one. A session of an open connection that was not
/// shut down is spoiled. NULL only removes. Always 1; 0 with the reason on the
/// queue for a NULL `to`. `SSL_set_session(3)`.
///
/// # Safety
/// `to` is NULL or a live SSL, `session` NULL or a live SSL_SESSION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_session(to: *mut SSL, session: *mut SSL_SESSION) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        with(to, 0, |connection| {
            connection.set_session(Ref::<Session>::share_ptr(session));
            1
        })
    }
}

/// The session in use, or set, without a reference for the caller: it lives no
/// longer than the connection keeps it. NULL when there is none. `SSL_get_session(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_session(ssl: *const SSL) -> *mut SSL_SESSION {
    let none = std::ptr::null_mut();
    // SAFETY: the caller's promise.
    unsafe { with(ssl, none, |connection| connection.session.borrow().as_ref().map_or(none, Ref::as_ptr)) }
}

/// As [`SSL_get_session`], with a reference that the caller gives to
/// `SSL_SESSION_free`. `SSL_get1_session(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get1_session(ssl: *mut SSL) -> *mut SSL_SESSION {
    let none = std::ptr::null_mut();
    // SAFETY: the caller's promise.
    unsafe { with(ssl, none, |connection| connection.current_session().map_or(none, Ref::into_ptr)) }
}

/// Whether the handshake resumed a session. `SSL_session_reused(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_session_reused(s: *const SSL) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { with(s, 0, |connection| c_int::from(connection.reused.get())) }
}

/// Gives `to` the session of `from` (one more reference), its certificates and
/// its session id context. 1 on success. `SSL_copy_session_id(3)`.
///
/// # Safety
/// Both are NULL or live SSLs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_copy_session_id(to: *mut SSL, from: *const SSL) -> c_int {
    // SAFETY: the caller's promise.
    let Some(from) = (unsafe { Ref::<Connection>::share_ptr(from) }) else { return 0 };
    // SAFETY: the caller's promise.
    unsafe {
        with(to, 0, |to| {
            to.set_session(from.current_session());
            to.copy_identity(&from);
            1
        })
    }
}

/// The number of TLS 1.3 tickets that a server made with `ctx` sends after a
/// full handshake. `SSL_CTX_get_num_tickets(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_num_tickets(ctx: *const SSL_CTX) -> size_t {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { borrow::<Context>(ctx) }.map_or(0, |ctx| ctx.settings(|settings| settings.num_tickets)))
}

/// Sets the number of TLS 1.3 tickets for SSLs made from `ctx` later. 1 on
/// success. `SSL_CTX_set_num_tickets(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_num_tickets(ctx: *mut SSL_CTX, num_tickets: size_t) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(ctx) = (unsafe { borrow::<Context>(ctx) }) else { return 0 };
        ctx.update(|settings| settings.num_tickets = num_tickets);
        1
    })
}

/// The number of TLS 1.3 tickets that `s` sends after a full handshake.
/// `SSL_get_num_tickets(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_num_tickets(s: *const SSL) -> size_t {
    // SAFETY: the caller's promise.
    unsafe { with(s, 0, |connection| connection.settings.borrow().num_tickets) }
}

/// Sets the number of TLS 1.3 tickets of `s`. 1 on success. `SSL_set_num_tickets(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_num_tickets(s: *mut SSL, num_tickets: size_t) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        with(s, 0, |connection| {
            connection.settings.borrow_mut().num_tickets = num_tickets;
            1
        })
    }
}

/// Has a TLS 1.3 server send another ticket with the next handshake call or
/// write: 1, or 0 for a client, another version, during the first handshake and
/// for NULL. `SSL_new_session_ticket(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_new_session_ticket(s: *mut SSL) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { borrow::<Connection>(s) }.is_some_and(Connection::request_ticket).into())
}
