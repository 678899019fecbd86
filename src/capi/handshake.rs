//! `SSL_connect(3)`, `SSL_accept(3)`, `SSL_do_handshake(3)`, states.

use libc::*;

use super::connection::with;
use crate::connection::Role;
use crate::ffi::types::*;
use crate::libcrypto::err;
use crate::reason;

/// Begins or continues the handshake as a client. 1 when it is finished, else
/// 0 or -1: `SSL_get_error` tells whether to call again. `SSL_connect(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_connect(ssl: *mut SSL) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        with(ssl, -1, |connection| {
            if connection.role.get() == Role::Undecided {
                connection.set_role(Role::Client);
            }
            connection.do_handshake()
        })
    }
}

/// Begins or continues the handshake as a server. 1 when it is finished, else
/// 0 or -1: `SSL_get_error` tells whether to call again. `SSL_accept(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_accept(ssl: *mut SSL) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        with(ssl, -1, |connection| {
            if connection.role.get() == Role::Undecided {
                connection.set_role(Role::Server);
            }
            connection.do_handshake()
        })
    }
}

/// Begins or continues the handshake in the role that was set. -1 with
/// `SSL_R_CONNECTION_TYPE_NOT_SET` when none was. `SSL_do_handshake(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_do_handshake(s: *mut SSL) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { with(s, -1, |connection| connection.do_handshake()) }
}

/// Makes `s` a client; a handshake is due. `SSL_set_connect_state(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_connect_state(s: *mut SSL) {
    // SAFETY: the caller's promise.
    unsafe { with(s, (), |connection| connection.set_role(Role::Client)) }
}

/// Makes `s` a server; a handshake is due. `SSL_set_accept_state(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_accept_state(s: *mut SSL) {
    // SAFETY: the caller's promise.
    unsafe { with(s, (), |connection| connection.set_role(Role::Server)) }
}

/// Whether `s` is a server's end; before a role is set, whether its method can
/// be one. `SSL_is_server(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_is_server(s: *const SSL) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { with(s, 0, |connection| c_int::from(connection.serves())) }
}

/// Whether a handshake is under way or due. `SSL_in_init(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_in_init(s: *const SSL) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { with(s, 0, |connection| c_int::from(connection.state.get().in_init)) }
}

/// Whether no handshake has begun. `SSL_in_before(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_in_before(s: *const SSL) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { with(s, 0, |connection| c_int::from(connection.state.get().is_before())) }
}

/// Whether the handshake is finished. `SSL_is_init_finished(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_is_init_finished(s: *const SSL) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { with(s, 0, |connection| c_int::from(connection.state.get().is_finished())) }
}

/// The last handshake message read or written (`TLS_ST_*`). `SSL_get_state(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_state(ssl: *const SSL) -> OSSL_HANDSHAKE_STATE {
    // SAFETY: the caller's promise.
    unsafe { with(ssl, 0, |connection| connection.state.get().message) }
}

/// Renegotiation does not exist: 0, with `SSL_R_WRONG_SSL_VERSION` for TLS 1.3
/// as OpenSSL answers, `SSL_R_NO_RENEGOTIATION` for TLS 1.2. A `SSL_peek` at no bytes,
/// which would run it, then fails with the same reason. `SSL_renegotiate(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_renegotiate(s: *mut SSL) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        with(s, 0, |connection| {
            let tls13 = connection.negotiated.borrow().version == 0x0304;
            err::raise(if tls13 { reason::WRONG_SSL_VERSION } else { reason::NO_RENEGOTIATION });
            connection.refused_renegotiation.set(!tls13);
            0
        })
    }
}

/// As [`SSL_renegotiate`]. `SSL_renegotiate_abbreviated(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_renegotiate_abbreviated(s: *mut SSL) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { SSL_renegotiate(s) }
}

/// Whether a renegotiation is pending: never. `SSL_renegotiate_pending(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_renegotiate_pending(_s: *const SSL) -> c_int {
    0
}

const SSL_KEY_UPDATE_NONE: c_int = -1;

/// Updates the traffic keys of a finished TLS 1.3 connection: the message goes
/// out with the next write. `updatetype` is `SSL_KEY_UPDATE_NOT_REQUESTED` or
/// `SSL_KEY_UPDATE_REQUESTED`; the peer is asked in both cases. 1 on success,
/// else 0 with the reason on the queue. `SSL_key_update(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_key_update(s: *mut SSL, updatetype: c_int) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        with(s, 0, |connection| {
            if connection.negotiated.borrow().version != 0x0304 {
                err::raise(reason::WRONG_SSL_VERSION);
                return 0;
            }
            if !matches!(updatetype, 0 | 1) {
                err::raise(reason::INVALID_KEY_UPDATE_TYPE);
                return 0;
            }
            if !connection.state.get().is_finished() {
                err::raise(reason::STILL_IN_INIT);
                return 0;
            }
            if connection.buffers.has_output() {
                err::raise(reason::BAD_WRITE_RETRY);
                return 0;
            }
            connection.request_key_update(updatetype);
            1
        })
    }
}

/// The key update that waits to be sent, `SSL_KEY_UPDATE_NONE` when there is
/// none. `SSL_get_key_update_type(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_key_update_type(s: *const SSL) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { with(s, SSL_KEY_UPDATE_NONE, |connection| connection.key_update.get().unwrap_or(SSL_KEY_UPDATE_NONE)) }
}

/// Whether a client announces post-handshake authentication. Accepted without
/// effect: a client here never announces it, and so is never asked. `SSL_set_post_handshake_auth(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_post_handshake_auth(_s: *mut SSL, _val: c_int) {}
