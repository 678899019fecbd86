//! Certificate Transparency.

use libc::*;

use super::{connection, context};
use crate::connection::client_hello::extension;
use crate::context::Context;
use crate::context::callbacks::WithArg;
use crate::context::custom_ext::Endpoint;
use crate::ffi::guard;
use crate::ffi::types::*;
use crate::libcrypto::ct::{self, Logs};
use crate::libcrypto::err;
use crate::reason;

/// Whether timestamps are judged: 1 or 0. `SSL_CTX_ct_is_enabled(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_ct_is_enabled(ctx: *const SSL_CTX) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { context(ctx) }.is_some_and(|ctx| ctx.inherited().ct.function.is_some()).into())
}

/// Has servers' SCTs judged on connections made from now on, by a rule of
/// `SSL_CT_VALIDATION_*`: 1, or 0 with an error for any other. SCTs come in TLS's own
/// extension, in certificates and in stapled OCSP responses. `SSL_CTX_enable_ct(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_enable_ct(ctx: *mut SSL_CTX, validation_mode: c_int) -> c_int {
    guard(0, || match rule(validation_mode) {
        // SAFETY: the caller's promise.
        Some(rule) => unsafe { SSL_CTX_set_ct_validation_callback(ctx, Some(rule), std::ptr::null_mut()) },
        None => 0,
    })
}

/// The known logs, a borrow. `SSL_CTX_get0_ctlog_store(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get0_ctlog_store(ctx: *const SSL_CTX) -> *const CTLOG_STORE {
    guard(std::ptr::null(), || {
        // SAFETY: the caller's promise.
        let logs = unsafe { context(ctx) }.and_then(|ctx| ctx.logs());
        logs.map_or(std::ptr::null(), |logs| logs.as_ptr().cast_const())
    })
}

/// Replaces the known logs by `logs`, which become the context's.
/// `SSL_CTX_set0_ctlog_store(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; `logs` is NULL or a store that the caller
/// gives up.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set0_ctlog_store(ctx: *mut SSL_CTX, logs: *mut CTLOG_STORE) {
    guard((), || {
        // SAFETY: the caller's promise.
        let (ctx, logs) = unsafe { (context(ctx), Logs::from_ptr(logs)) };
        if let Some(ctx) = ctx {
            ctx.set_logs(logs);
        }
    })
}

/// Has `callback` judge servers' SCTs on connections made from now on, which ask for
/// them; NULL: nobody does. 1, or 0 with an error for a NULL `ctx`, or where the
/// program reads the extension itself. `SSL_CTX_set_ct_validation_callback(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; `callback` stays callable while connections live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_ct_validation_callback(
    ctx: *mut SSL_CTX,
    callback: ssl_ct_validation_cb,
    arg: *mut c_void,
) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(ctx) = (unsafe { context(ctx) }) else { return 0 };
        if callback.is_some() && !leaves_scts(ctx) {
            return 0;
        }
        ctx.update_inherited(|inherited| inherited.ct = WithArg::from_c(callback, arg));
        1
    })
}

/// Adds the known logs of a file: 1, or 0 with the reason on the queue.
/// `SSL_CTX_set_ctlog_list_file(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX, `path` NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_ctlog_list_file(ctx: *mut SSL_CTX, path: *const c_char) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let logs = unsafe { context(ctx) }.and_then(|ctx| ctx.logs());
        // SAFETY: as above.
        logs.is_some_and(|logs| unsafe { logs.load_file(path) }).into()
    })
}

/// Adds the known logs of libcrypto's default file: 1, or 0 with the reason on the
/// queue. `SSL_CTX_set_default_ctlog_list_file(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_default_ctlog_list_file(ctx: *mut SSL_CTX) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let logs = unsafe { context(ctx) }.and_then(|ctx| ctx.logs());
        logs.is_some_and(|logs| logs.load_default_file()).into()
    })
}

/// Whether timestamps are judged: 1 or 0. `SSL_ct_is_enabled(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_ct_is_enabled(s: *const SSL) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { connection(s) }.is_some_and(|ssl| ssl.inherited.get().ct.function.is_some()).into())
}

/// As [`SSL_CTX_enable_ct`], for one connection. `SSL_enable_ct(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_enable_ct(s: *mut SSL, validation_mode: c_int) -> c_int {
    guard(0, || match rule(validation_mode) {
        // SAFETY: the caller's promise.
        Some(rule) => unsafe { SSL_set_ct_validation_callback(s, Some(rule), std::ptr::null_mut()) },
        None => 0,
    })
}

/// The SCTs that the peer showed in TLS's extension, in its certificate and in its
/// stapled OCSP response, a borrow; NULL when it showed none of these, or on an error.
/// `SSL_get0_peer_scts(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get0_peer_scts(s: *mut SSL) -> *const stack_st_SCT {
    // SAFETY: the caller's promise.
    guard(std::ptr::null(), || unsafe { connection(s) }.map_or(std::ptr::null(), |ssl| ssl.peer_scts()))
}

/// As [`SSL_CTX_set_ct_validation_callback`], for one connection, which asks for an
/// OCSP response too. `SSL_set_ct_validation_callback(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; `callback` stays callable while it lives.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_ct_validation_callback(
    s: *mut SSL,
    callback: ssl_ct_validation_cb,
    arg: *mut c_void,
) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(ssl) = (unsafe { connection(s) }) else { return 0 };
        let ctx = ssl.context.borrow().clone();
        if callback.is_some() && !leaves_scts(&ctx) {
            return 0;
        }
        ssl.inherited.set(crate::connection::Inherited { ct: WithArg::from_c(callback, arg), ..ssl.inherited.get() });
        ssl.want_status_for_ct();
        1
    })
}

/// Whether no program reads the extension with SCTs itself; an error on the queue if one
/// does.
fn leaves_scts(ctx: &Context) -> bool {
    const SCTS: c_uint = extension::SIGNED_CERTIFICATE_TIMESTAMP as c_uint;
    let read = ctx.settings(|s| s.custom_extensions.position(Endpoint::Client, SCTS).is_some());
    if read {
        err::raise(reason::CUSTOM_EXT_HANDLER_ALREADY_INSTALLED);
    }
    !read
}

/// A rule of `SSL_CT_VALIDATION_*`; any other number is an error on the queue.
fn rule(mode: c_int) -> ssl_ct_validation_cb {
    const PERMISSIVE: c_int = 0;
    const STRICT: c_int = 1;
    match mode {
        PERMISSIVE => Some(permissive),
        STRICT => Some(strict),
        _ => {
            err::raise(reason::INVALID_CT_VALIDATION_TYPE);
            None
        }
    }
}

/// All servers will do; the SCTs are there to be looked at.
unsafe extern "C" fn permissive(_: *const CT_POLICY_EVAL_CTX, _: *const stack_st_SCT, _: *mut c_void) -> c_int {
    1
}

/// One SCT must be valid.
unsafe extern "C" fn strict(_: *const CT_POLICY_EVAL_CTX, scts: *const stack_st_SCT, _: *mut c_void) -> c_int {
    // SAFETY: the connection's own stack, or NULL.
    let valid = unsafe { ct::any_valid(scts) };
    if !valid {
        err::raise(reason::NO_VALID_SCTS);
    }
    valid.into()
}
