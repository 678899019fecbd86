//! `SSL` objects: `SSL_new(3)`, BIOs, options, ex_data.

use libc::*;

use crate::connection::Connection;
use crate::context::Context;
use crate::ffi::handle::borrow;
use crate::ffi::types::*;
use crate::ffi::{Ref, guard};
use crate::libcrypto::bio::Bio;
use crate::libcrypto::err;
use crate::libcrypto::peer::VerifiedChain;
use crate::libcrypto::stack::X509Stack;
use crate::reason;

/// Borrows the connection behind a C pointer for one call.
///
/// # Safety
/// `ssl` is NULL or a live SSL.
pub(super) unsafe fn ssl<'a>(ssl: *const SSL) -> Option<&'a Connection> {
    // SAFETY: the caller's promise.
    unsafe { borrow::<Connection>(ssl) }
}

/// Runs `body` on the connection, which stays until then even if a callback frees it; or answers
/// NULL with `failure` and `ERR_R_PASSED_NULL_PARAMETER`.
///
/// # Safety
/// `pointer` is NULL or a live SSL.
pub(super) unsafe fn with<R: Copy>(pointer: *const SSL, failure: R, body: impl FnOnce(&Connection) -> R) -> R {
    // SAFETY: the caller's promise.
    let connection = unsafe { Ref::<Connection>::share_ptr(pointer) };
    guard(failure, || match connection {
        Some(connection) => body(&connection),
        None => {
            err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
            failure
        }
    })
}

/// Creates an SSL with a copy of `ctx`'s configuration and a reference to it.
/// The caller owns the one reference to the result and gives it to `SSL_free`.
/// NULL, with `SSL_R_NULL_SSL_CTX` on the queue, when `ctx` is NULL. `SSL_new(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_new(ctx: *mut SSL_CTX) -> *mut SSL {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller's promise.
        let Some(context) = (unsafe { Ref::<Context>::share_ptr(ctx) }) else {
            err::raise(reason::NULL_SSL_CTX);
            return std::ptr::null_mut();
        };
        match Connection::new(&context) {
            Some(connection) => connection.into_ptr(),
            None => {
                err::raise(err::ERR_R_MALLOC_FAILURE);
                std::ptr::null_mut()
            }
        }
    })
}

/// Adds a reference to `s` and returns 1; 0 for NULL. `SSL_up_ref(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_up_ref(s: *mut SSL) -> c_int {
    // SAFETY: the caller's promise; the new reference becomes the caller's.
    guard(0, || match unsafe { Ref::<Connection>::share_ptr(s) } {
        Some(connection) => {
            connection.into_ptr();
            1
        }
        None => 0,
    })
}

/// Gives up one reference to `ssl`. With the last one the connection ends
/// without a word to the peer, its session is spoiled unless close_notify was
/// sent, and its BIOs, session and SSL_CTX lose their references. NULL is
/// ignored. `SSL_free(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL of which the caller owns a reference.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_free(ssl: *mut SSL) {
    // SAFETY: the caller's promise.
    guard((), || drop(unsafe { Ref::<Connection>::from_ptr(ssl) }));
}

/// Makes `ssl` ready for another connection with the same configuration and,
/// if it was closed properly, the same session. 1 on success. `SSL_clear(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_clear(s: *mut SSL) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { with(s, 0, |connection| c_int::from(connection.clear())) }
}

/// A new SSL with the configuration of `ssl`. Before its handshake `ssl`'s
/// session, BIOs and role come along; later only another reference to the same
/// object is made. The caller owns the result. NULL on failure. `SSL_dup(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_dup(s: *mut SSL) -> *mut SSL {
    let none = std::ptr::null_mut();
    // SAFETY: the caller's promise.
    unsafe { with(s, none, |connection| connection.duplicate().map_or(none, Ref::into_ptr)) }
}

/// The options (`SSL_OP_*`) of `s`. `SSL_get_options(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_options(s: *const SSL) -> u64 {
    // SAFETY: the caller's promise.
    unsafe { with(s, 0, |connection| connection.settings.borrow().options) }
}

/// Adds options to `s` and returns all that are set then. `SSL_set_options(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_options(s: *mut SSL, op: u64) -> u64 {
    // SAFETY: the caller's promise.
    unsafe {
        with(s, 0, |connection| {
            let mut settings = connection.settings.borrow_mut();
            settings.options |= op;
            settings.options
        })
    }
}

/// Removes options from `s` and returns all that are set then. `SSL_clear_options(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_clear_options(s: *mut SSL, op: u64) -> u64 {
    // SAFETY: the caller's promise.
    unsafe {
        with(s, 0, |connection| {
            let mut settings = connection.settings.borrow_mut();
            settings.options &= !op;
            settings.options
        })
    }
}

/// Whether `s` neither sends nor awaits close_notify. `SSL_get_quiet_shutdown(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_quiet_shutdown(s: *const SSL) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { with(s, 0, |connection| connection.settings.borrow().quiet_shutdown) }
}

/// Makes `s` neither send nor await close_notify. `SSL_set_quiet_shutdown(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_quiet_shutdown(s: *mut SSL, mode: c_int) {
    // SAFETY: the caller's promise.
    unsafe { with(s, (), |connection| connection.settings.borrow_mut().quiet_shutdown = mode) }
}

/// The SSL_CTX in use, without a reference for the caller. `SSL_get_SSL_CTX(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_SSL_CTX(ssl: *const SSL) -> *mut SSL_CTX {
    // SAFETY: the caller's promise.
    unsafe { with(ssl, std::ptr::null_mut(), |connection| connection.context.borrow().as_ptr()) }
}

/// Puts another SSL_CTX in place: its certificates and callbacks count from
/// now on. `ctx` gains a reference, the one before loses one; the session cache
/// stays that of `SSL_new`. NULL means the SSL_CTX of `SSL_new`. Returns the
/// SSL_CTX now in use, without a reference. `SSL_set_SSL_CTX(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL, `ctx` NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_SSL_CTX(ssl: *mut SSL, ctx: *mut SSL_CTX) -> *mut SSL_CTX {
    // SAFETY: the caller's promise.
    let context = unsafe { Ref::<Context>::share_ptr(ctx) };
    // SAFETY: the caller's promise.
    unsafe {
        with(ssl, std::ptr::null_mut(), |connection| {
            connection.set_context(context.unwrap_or_else(|| connection.session_context.clone()))
        })
    }
}

/// Stores an application pointer at index `idx`; 1 on success. `SSL_set_ex_data(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_ex_data(ssl: *mut SSL, idx: c_int, data: *mut c_void) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { with(ssl, 0, |connection| c_int::from(connection.ex_data.set(idx, data))) }
}

/// The application pointer at index `idx`, NULL if none. `SSL_get_ex_data(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_ex_data(ssl: *const SSL, idx: c_int) -> *mut c_void {
    // SAFETY: the caller's promise.
    unsafe { with(ssl, std::ptr::null_mut(), |connection| connection.ex_data.get(idx)) }
}

/// The descriptor that is read from, -1 when the BIO has none. `SSL_get_fd(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_fd(s: *const SSL) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { SSL_get_rfd(s) }
}

/// The descriptor that is read from, -1 when the BIO has none. `SSL_get_fd(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_rfd(s: *const SSL) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { with(s, -1, |connection| connection.rbio().as_deref().map_or(-1, Bio::fd)) }
}

/// The descriptor that is written to, -1 when the BIO has none. `SSL_get_fd(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_wfd(s: *const SSL) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { with(s, -1, |connection| connection.wbio().as_deref().map_or(-1, Bio::fd)) }
}

fn socket(fd: c_int) -> Option<Bio> {
    let bio = Bio::socket(fd);
    if bio.is_none() {
        err::raise(err::ERR_R_BIO_LIB);
    }
    bio
}

/// Reads from and writes to `fd` from now on; the caller goes on owning it.
/// 1 on success, 0 on failure. `SSL_set_fd(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_fd(s: *mut SSL, fd: c_int) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        with(s, 0, |connection| match socket(fd) {
            Some(bio) => {
                connection.set_rbio(Some(bio.clone()));
                connection.set_wbio(Some(bio));
                1
            }
            None => 0,
        })
    }
}

/// Reads from `fd` from now on; the caller goes on owning it. 1 on success,
/// 0 on failure. `SSL_set_rfd(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_rfd(s: *mut SSL, fd: c_int) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        with(s, 0, |connection| {
            let shared = connection.wbio().as_deref().cloned();
            let shared = shared.filter(|bio| bio.is_socket() && bio.fd() == fd);
            let Some(bio) = shared.or_else(|| socket(fd)) else { return 0 };
            connection.set_rbio(Some(bio));
            1
        })
    }
}

/// Writes to `fd` from now on; the caller goes on owning it. 1 on success,
/// 0 on failure. `SSL_set_wfd(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_wfd(s: *mut SSL, fd: c_int) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        with(s, 0, |connection| {
            let shared = connection.rbio().as_deref().cloned();
            let shared = shared.filter(|bio| bio.is_socket() && bio.fd() == fd);
            let Some(bio) = shared.or_else(|| socket(fd)) else { return 0 };
            connection.set_wbio(Some(bio));
            1
        })
    }
}

/// Reads from `rbio` from now on; the caller's reference passes to `s`, the
/// BIO before is freed. NULL removes it. `SSL_set0_rbio(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL, `rbio` NULL or a BIO of which the caller owns a reference.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set0_rbio(s: *mut SSL, rbio: *mut BIO) {
    // SAFETY: the caller's promise.
    unsafe { with(s, (), |connection| connection.set_rbio(Bio::from_ptr(rbio))) }
}

/// Writes to `wbio` from now on; the caller's reference passes to `s`, the BIO
/// before is freed. NULL removes it. `SSL_set0_wbio(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL, `wbio` NULL or a BIO of which the caller owns a reference.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set0_wbio(s: *mut SSL, wbio: *mut BIO) {
    // SAFETY: the caller's promise.
    unsafe { with(s, (), |connection| connection.set_wbio(Bio::from_ptr(wbio))) }
}

/// Reads from `rbio` and writes to `wbio` from now on, which pass to `s`: one
/// reference where both are the same BIO, and none for one that `s` has
/// already in that place, by the rules of `SSL_set_bio(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; the BIOs are NULL or live, with the references
/// that the rules ask of the caller.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_bio(s: *mut SSL, rbio: *mut BIO, wbio: *mut BIO) {
    // SAFETY: the caller's promise.
    unsafe {
        with(s, (), |connection| {
            let old_read = connection.rbio().as_deref().map_or(std::ptr::null_mut(), Bio::as_ptr);
            let old_write = connection.wbio().as_deref().map_or(std::ptr::null_mut(), Bio::as_ptr);
            if rbio == old_read && wbio == old_write {
                return;
            }
            // Two uses need two references where the caller gave one.
            if rbio == wbio {
                let given = Bio::from_ptr(rbio);
                std::mem::forget((given.clone(), given));
            }
            if rbio == old_read {
                connection.set_wbio(Bio::from_ptr(wbio));
                return;
            }
            if wbio == old_write && old_read != old_write {
                connection.set_rbio(Bio::from_ptr(rbio));
                return;
            }
            connection.set_rbio(Bio::from_ptr(rbio));
            connection.set_wbio(Bio::from_ptr(wbio));
        });
    }
}

/// The BIO that is read from, without a reference for the caller. `SSL_get_rbio(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_rbio(s: *const SSL) -> *mut BIO {
    let none = std::ptr::null_mut();
    // SAFETY: the caller's promise.
    unsafe { with(s, none, |connection| connection.rbio().as_deref().map_or(none, Bio::as_ptr)) }
}

/// The BIO that is written to, without a reference for the caller. `SSL_get_wbio(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_wbio(s: *const SSL) -> *mut BIO {
    let none = std::ptr::null_mut();
    // SAFETY: the caller's promise.
    unsafe { with(s, none, |connection| connection.wbio().as_deref().map_or(none, Bio::as_ptr)) }
}

/// The chain that verified the peer, its own certificate first, without a
/// reference for the caller; NULL when nothing was verified. `SSL_get0_verified_chain(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get0_verified_chain(s: *const SSL) -> *mut stack_st_X509 {
    let none = std::ptr::null_mut();
    // SAFETY: the caller's promise.
    unsafe {
        with(s, none, |connection| {
            // Not under the borrow: making the program's objects may run a callback.
            let chain = connection.verified_chain.borrow().clone();
            chain.as_deref().and_then(VerifiedChain::stack).map_or(none, X509Stack::as_ptr)
        })
    }
}
