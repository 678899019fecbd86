//! `SSL_CTX_set_client_hello_cb(3)`: the getters answer during a server's
//! handshake, best from the callback itself, and say 0 outside.

use std::rc::Rc;

use libc::*;

use super::{connection, context};
use crate::connection::client_hello::ClientHello;
use crate::connection::extension_rules::is_known;
use crate::context::callbacks::WithArg;
use crate::ffi::types::*;
use crate::ffi::{self, guard};
use crate::libcrypto::err;
use crate::libcrypto::sys::CRYPTO_malloc;

/// Is called when a server has a ClientHello and has done nothing with it: it
/// may look at it, change the connection, suspend (`SSL_CLIENT_HELLO_RETRY`) or
/// end the handshake with the alert in `*al`. `SSL_CTX_set_client_hello_cb(3)`.
///
/// # Safety
/// `c` is NULL or a live SSL_CTX; `cb` stays callable while connections live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_client_hello_cb(c: *mut SSL_CTX, cb: SSL_client_hello_cb_fn, arg: *mut c_void) {
    guard((), || {
        // SAFETY: the caller's promise.
        if let Some(ctx) = unsafe { context(c) } {
            ctx.update_callbacks(|c| c.client_hello = WithArg::from_c(cb, arg));
        }
    })
}

/// Points `*out` and `*outlen` at an extension's content, valid during the
/// callback: 1, or 0 when the client did not send it. `SSL_client_hello_get0_ext(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; `out` and `outlen` are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_client_hello_get0_ext(
    s: *mut SSL,
    type_: c_uint,
    out: *mut *const c_uchar,
    outlen: *mut size_t,
) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let hello = unsafe { hello(s) };
        let known = u16::try_from(type_).ok().filter(|&kind| is_known(kind));
        let Some(data) = known.and_then(|kind| hello.as_ref()?.extension(kind)) else { return 0 };
        // SAFETY: the caller's promise.
        unsafe {
            ffi::write(out, data.as_ptr());
            ffi::write(outlen, data.len());
        }
        1
    })
}

/// The version field, 0x0303 from clients of TLS 1.2 and TLS 1.3.
/// `SSL_client_hello_get0_legacy_version(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_client_hello_get0_legacy_version(s: *mut SSL) -> c_uint {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { hello(s) }.map_or(0, |hello| hello.legacy_version.into()))
}

/// Points `*out` at the client's random, 32 bytes, valid during the callback;
/// returns its length. `SSL_client_hello_get0_random(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; `out` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_client_hello_get0_random(s: *mut SSL, out: *mut *const c_uchar) -> size_t {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { give(s, out, |hello| &hello.random) })
}

/// Points `*out` at the session id, valid during the callback; returns its
/// length. `SSL_client_hello_get0_session_id(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; `out` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_client_hello_get0_session_id(s: *mut SSL, out: *mut *const c_uchar) -> size_t {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { give(s, out, |hello| &hello.session_id) })
}

/// Makes an array of the types of the extensions that the library knows, in the
/// client's order, which the caller frees with `OPENSSL_free`; NULL when there
/// are none. 1 on success. `SSL_client_hello_get1_extensions_present(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; `out` and `outlen` are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_client_hello_get1_extensions_present(
    s: *mut SSL,
    out: *mut *mut c_int,
    outlen: *mut size_t,
) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(hello) = (unsafe { hello(s) }) else { return 0 };
        if out.is_null() || outlen.is_null() {
            return 0;
        }
        let kinds = hello.extensions.iter().map(|extension| extension.kind);
        let present: Vec<c_int> = kinds.filter(|&kind| is_known(kind)).map(c_int::from).collect();
        let array = if present.is_empty() {
            std::ptr::null_mut()
        } else {
            // SAFETY: no preconditions.
            let array = unsafe { CRYPTO_malloc(size_of_val(&*present), std::ptr::null(), 0) }.cast::<c_int>();
            if array.is_null() {
                err::raise(err::ERR_R_MALLOC_FAILURE);
                return 0;
            }
            // SAFETY: as much as was just allocated.
            unsafe { std::ptr::copy_nonoverlapping(present.as_ptr(), array, present.len()) };
            array
        };
        // SAFETY: not NULL; the caller's promise.
        unsafe {
            out.write(array);
            outlen.write(present.len());
        }
        1
    })
}

/// Whether the hello came in SSL 2's form: never, 0. `SSL_client_hello_isv2(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_client_hello_isv2(_s: *mut SSL) -> c_int {
    0
}

/// The hello that a server is looking at; NULL is an error on the queue.
///
/// # Safety
/// `s` is NULL or a live SSL.
pub(crate) unsafe fn hello(s: *const SSL) -> Option<Rc<ClientHello>> {
    // SAFETY: the caller's promise.
    unsafe { connection(s) }?.client_hello.borrow().clone()
}

/// Points `*to` at a part of the hello, which the connection keeps; returns its
/// length, 0 when there is no hello.
///
/// # Safety
/// `s` is NULL or a live SSL; `to` is NULL or writable.
pub(crate) unsafe fn give(s: *const SSL, to: *mut *const c_uchar, part: impl FnOnce(&ClientHello) -> &[u8]) -> size_t {
    // SAFETY: the caller's promise.
    let Some(hello) = (unsafe { hello(s) }) else { return 0 };
    let bytes = part(&hello);
    // SAFETY: the caller's promise.
    unsafe { ffi::write(to, bytes.as_ptr()) };
    bytes.len()
}
