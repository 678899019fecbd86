//! A context and its sessions: cache, callbacks, id contexts, tickets, timeouts.

use libc::*;

use crate::ffi::types::*;
use crate::ffi::unwritten;

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_add_session(_ctx: *mut SSL_CTX, _session: *mut SSL_SESSION) -> c_int {
    unwritten("SSL_CTX_add_session", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_flush_sessions(_ctx: *mut SSL_CTX, _tm: c_long) {
    unwritten("SSL_CTX_flush_sessions", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_timeout(_ctx: *const SSL_CTX) -> c_long {
    unwritten("SSL_CTX_get_timeout", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_remove_session(_ctx: *mut SSL_CTX, _session: *mut SSL_SESSION) -> c_int {
    unwritten("SSL_CTX_remove_session", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_sess_get_get_cb(
    _ctx: *mut SSL_CTX,
) -> Option<unsafe extern "C" fn(*mut SSL, *const c_uchar, c_int, *mut c_int) -> *mut SSL_SESSION> {
    unwritten("SSL_CTX_sess_get_get_cb", None)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_sess_get_new_cb(
    _ctx: *mut SSL_CTX,
) -> Option<unsafe extern "C" fn(*mut SSL, *mut SSL_SESSION) -> c_int> {
    unwritten("SSL_CTX_sess_get_new_cb", None)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_sess_get_remove_cb(
    _ctx: *mut SSL_CTX,
) -> Option<unsafe extern "C" fn(*mut SSL_CTX, *mut SSL_SESSION)> {
    unwritten("SSL_CTX_sess_get_remove_cb", None)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_sess_set_get_cb(
    _ctx: *mut SSL_CTX,
    _get_session_cb: Option<unsafe extern "C" fn(*mut SSL, *const c_uchar, c_int, *mut c_int) -> *mut SSL_SESSION>,
) {
    unwritten("SSL_CTX_sess_set_get_cb", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_sess_set_new_cb(
    _ctx: *mut SSL_CTX,
    _new_session_cb: Option<unsafe extern "C" fn(*mut SSL, *mut SSL_SESSION) -> c_int>,
) {
    unwritten("SSL_CTX_sess_set_new_cb", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_sess_set_remove_cb(
    _ctx: *mut SSL_CTX,
    _remove_session_cb: Option<unsafe extern "C" fn(*mut SSL_CTX, *mut SSL_SESSION)>,
) {
    unwritten("SSL_CTX_sess_set_remove_cb", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_sessions(_ctx: *mut SSL_CTX) -> *mut lhash_st_SSL_SESSION {
    unwritten("SSL_CTX_sessions", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_generate_session_id(_ctx: *mut SSL_CTX, _cb: GEN_SESSION_CB) -> c_int {
    unwritten("SSL_CTX_set_generate_session_id", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_not_resumable_session_callback(
    _ctx: *mut SSL_CTX,
    _cb: Option<unsafe extern "C" fn(*mut SSL, c_int) -> c_int>,
) {
    unwritten("SSL_CTX_set_not_resumable_session_callback", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_session_id_context(
    _ctx: *mut SSL_CTX,
    _sid_ctx: *const c_uchar,
    _sid_ctx_len: c_uint,
) -> c_int {
    unwritten("SSL_CTX_set_session_id_context", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_session_ticket_cb(
    _ctx: *mut SSL_CTX,
    _gen_cb: SSL_CTX_generate_session_ticket_fn,
    _dec_cb: SSL_CTX_decrypt_session_ticket_fn,
    _arg: *mut c_void,
) -> c_int {
    unwritten("SSL_CTX_set_session_ticket_cb", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_timeout(_ctx: *mut SSL_CTX, _t: c_long) -> c_long {
    unwritten("SSL_CTX_set_timeout", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_tlsext_ticket_key_evp_cb(
    _ctx: *mut SSL_CTX,
    _fp: Option<
        unsafe extern "C" fn(
            *mut SSL,
            *mut c_uchar,
            *mut c_uchar,
            *mut EVP_CIPHER_CTX,
            *mut EVP_MAC_CTX,
            c_int,
        ) -> c_int,
    >,
) -> c_int {
    unwritten("SSL_CTX_set_tlsext_ticket_key_evp_cb", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_default_timeout(_s: *const SSL) -> c_long {
    unwritten("SSL_get_default_timeout", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_has_matching_session_id(_s: *const SSL, _id: *const c_uchar, _id_len: c_uint) -> c_int {
    unwritten("SSL_has_matching_session_id", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_generate_session_id(_s: *mut SSL, _cb: GEN_SESSION_CB) -> c_int {
    unwritten("SSL_set_generate_session_id", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_not_resumable_session_callback(
    _ssl: *mut SSL,
    _cb: Option<unsafe extern "C" fn(*mut SSL, c_int) -> c_int>,
) {
    unwritten("SSL_set_not_resumable_session_callback", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_session_id_context(
    _ssl: *mut SSL,
    _sid_ctx: *const c_uchar,
    _sid_ctx_len: c_uint,
) -> c_int {
    unwritten("SSL_set_session_id_context", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_session_secret_cb(
    _s: *mut SSL,
    _session_secret_cb: tls_session_secret_cb_fn,
    _arg: *mut c_void,
) -> c_int {
    unwritten("SSL_set_session_secret_cb", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_session_ticket_ext(_s: *mut SSL, _ext_data: *mut c_void, _ext_len: c_int) -> c_int {
    unwritten("SSL_set_session_ticket_ext", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_session_ticket_ext_cb(
    _s: *mut SSL,
    _cb: tls_session_ticket_ext_cb_fn,
    _arg: *mut c_void,
) -> c_int {
    unwritten("SSL_set_session_ticket_ext_cb", 0)
}
