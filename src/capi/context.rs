//! `SSL_CTX`: `SSL_CTX_new(3)`, options, ex_data.

use libc::*;

use super::method::supported;
use super::{conf, context};
use crate::context::{Context, Settings};
use crate::ffi::types::*;
use crate::ffi::{Ref, guard};
use crate::libcrypto::library::Library;
use crate::libcrypto::{err, init};
use crate::reason;

const OPENSSL_INIT_LOAD_SSL_STRINGS: u64 = 0x0020_0000;

/// Starts libssl and libcrypto: `opts` are `OPENSSL_INIT_*` bits, and the
/// configuration file is read unless they forbid it. Programs need not call
/// it. 1, or 0 with libcrypto's error. `OPENSSL_init_ssl(3)`.
///
/// # Safety
/// `settings` is NULL or a live OPENSSL_INIT_SETTINGS.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn OPENSSL_init_ssl(opts: u64, settings: *const OPENSSL_INIT_SETTINGS) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        if !unsafe { init::start(opts, settings) } {
            return 0;
        }
        if opts & OPENSSL_INIT_LOAD_SSL_STRINGS != 0 {
            reason::load_strings();
        }
        1
    })
}

/// Takes `op` (`SSL_OP_*`) out of the options of connections made from now on;
/// returns what is left, 0 for NULL. `SSL_CTX_clear_options(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_clear_options(ctx: *mut SSL_CTX, op: u64) -> u64 {
    // SAFETY: the caller's promise.
    unsafe {
        update(ctx, 0, |s| {
            s.options &= !op;
            s.options
        })
    }
}

/// Drops one reference; the last one flushes the session cache and ends the
/// context. NULL does nothing. `SSL_CTX_free(3)`.
///
/// # Safety
/// `a` is NULL or a live SSL_CTX of which the caller owns a reference.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_free(a: *mut SSL_CTX) {
    guard((), || {
        // SAFETY: the caller's promise.
        drop(unsafe { Ref::<Context>::from_ptr(a) });
    })
}

/// The application's pointer at `idx`, NULL when none was set or for NULL.
/// `SSL_CTX_get_ex_data(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_ex_data(ssl: *const SSL_CTX, idx: c_int) -> *mut c_void {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller's promise.
        let ctx = unsafe { context(ssl) };
        ctx.map_or(std::ptr::null_mut(), |ctx| ctx.ex_data.get(idx))
    })
}

/// The options (`SSL_OP_*`) that new connections start with, 0 for NULL.
/// `SSL_CTX_get_options(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_options(ctx: *const SSL_CTX) -> u64 {
    // SAFETY: the caller's promise.
    unsafe { read(ctx, 0, |s| s.options) }
}

/// Whether new connections end without close_notify: 1 or 0, 0 for NULL.
/// `SSL_CTX_get_quiet_shutdown(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_quiet_shutdown(ctx: *const SSL_CTX) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { read(ctx, 0, |s| s.quiet_shutdown) }
}

/// A new context for `meth`, one reference, which the caller frees with
/// `SSL_CTX_free`. NULL with an error for NULL and for the methods of DTLS.
/// `SSL_CTX_new(3)`.
///
/// # Safety
/// None beyond C's: `meth` is compared, not followed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_new(meth: *const SSL_METHOD) -> *mut SSL_CTX {
    // SAFETY: NULL stands for the defaults.
    unsafe { SSL_CTX_new_ex(std::ptr::null_mut(), std::ptr::null(), meth) }
}

/// As `SSL_CTX_new`, with a library context and a property query: certificates
/// and keys are read, chains verified, signatures made and tickets encrypted by
/// its algorithms. TLS's own cryptography does not come from libcrypto's
/// providers; but NULL, with an error, when they have none of its ciphers. `libctx`
/// stays the caller's, and outlives the SSL_CTX; `propq` is copied.
/// `SSL_CTX_new_ex(3)`.
///
/// # Safety
/// `libctx` is NULL or a live library context, `propq` NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_new_ex(
    libctx: *mut OSSL_LIB_CTX,
    propq: *const c_char,
    meth: *const SSL_METHOD,
) -> *mut SSL_CTX {
    guard(std::ptr::null_mut(), || {
        // SAFETY: no settings.
        if unsafe { OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS, std::ptr::null()) } == 0 {
            return std::ptr::null_mut();
        }
        let Some(method) = supported(meth) else {
            return std::ptr::null_mut();
        };
        // SAFETY: the caller's promise.
        let library = unsafe { Library::new(libctx, propq) };
        if ![c"AES-256-GCM", c"CHACHA20-POLY1305", c"AES-128-GCM"].into_iter().any(|name| library.has_cipher(name)) {
            err::raise(reason::LIBRARY_HAS_NO_CIPHERS);
            return std::ptr::null_mut();
        }
        match Context::new(method, library) {
            Some(context) => {
                conf::apply_system_default(&context);
                context.into_ptr()
            }
            None => {
                err::raise(err::ERR_R_MALLOC_FAILURE);
                std::ptr::null_mut()
            }
        }
    })
}

/// The size of read buffers to come. Accepted without effect: buffers here grow
/// with what arrives. `SSL_CTX_set_default_read_buffer_len(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_default_read_buffer_len(_ctx: *mut SSL_CTX, _len: size_t) {}

/// Keeps the application's pointer at `idx`: 1, or 0 with an error.
/// `SSL_CTX_set_ex_data(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_ex_data(ssl: *mut SSL_CTX, idx: c_int, data: *mut c_void) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let ctx = unsafe { context(ssl) };
        ctx.is_some_and(|ctx| ctx.ex_data.set(idx, data)).into()
    })
}

/// Adds `op` (`SSL_OP_*`) to the options of connections made from now on;
/// returns all of them, 0 for NULL. `SSL_CTX_set_options(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_options(ctx: *mut SSL_CTX, op: u64) -> u64 {
    // SAFETY: the caller's promise.
    unsafe {
        update(ctx, 0, |s| {
            s.options |= op;
            s.options
        })
    }
}

/// Whether a client announces post-handshake authentication. Accepted without
/// effect: a client here never announces it. `SSL_CTX_set_post_handshake_auth(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_post_handshake_auth(_ctx: *mut SSL_CTX, _val: c_int) {}

/// Whether new connections end without close_notify (`mode` not 0).
/// `SSL_CTX_set_quiet_shutdown(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_quiet_shutdown(ctx: *mut SSL_CTX, mode: c_int) {
    // SAFETY: the caller's promise.
    unsafe { update(ctx, (), |s| s.quiet_shutdown = mode) }
}

/// Changes the method of connections made from now on, and puts the cipher
/// lists back to their defaults: 1, or 0 with an error for NULL and for a
/// protocol that does not exist here. `SSL_CTX_set_ssl_version(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_ssl_version(ctx: *mut SSL_CTX, meth: *const SSL_METHOD) -> c_int {
    let Some(method) = supported(meth) else {
        return 0;
    };
    let defaults = Settings::default().ciphers;
    // SAFETY: the caller's promise.
    unsafe {
        update(ctx, 0, |s| {
            s.method = method;
            s.ciphers = defaults;
            1
        })
    }
}

/// Adds one reference: 1, or 0 with an error for NULL. `SSL_CTX_up_ref(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_up_ref(ctx: *mut SSL_CTX) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        match unsafe { Ref::<Context>::share_ptr(ctx) } {
            Some(reference) => {
                reference.into_ptr();
                1
            }
            None => {
                err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
                0
            }
        }
    })
}

/// OpenSSL's own unit tests look into its structures through this; there are no
/// such structures here, so it is NULL.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_test_functions() -> *const openssl_ssl_test_functions {
    std::ptr::null()
}

/// Reads a setting of `ctx`; `none` and an error for NULL.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
unsafe fn read<R: Copy>(ctx: *const SSL_CTX, none: R, get: impl FnOnce(&Settings) -> R) -> R {
    // SAFETY: the caller's promise.
    guard(none, || unsafe { context(ctx) }.map_or(none, |ctx| ctx.settings(get)))
}

/// Changes a setting of `ctx`; `none` and an error for NULL.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
unsafe fn update<R: Copy>(ctx: *const SSL_CTX, none: R, change: impl FnOnce(&mut Settings) -> R) -> R {
    // SAFETY: the caller's promise.
    guard(none, || unsafe { context(ctx) }.map_or(none, |ctx| ctx.update(change)))
}
