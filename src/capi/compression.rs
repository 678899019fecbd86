//! Compression: never negotiated. The functions answer as Debian's OpenSSL,
//! which has no compression method built in.

use std::sync::Once;
use std::sync::atomic::{AtomicPtr, Ordering};

use libc::*;

use crate::connection::Connection;
use crate::ffi::types::*;
use crate::ffi::{self, guard};
use crate::libcrypto::err;

/// The stack of methods, which programs may replace. Nothing reads it.
static METHODS: AtomicPtr<stack_st_SSL_COMP> = AtomicPtr::new(std::ptr::null_mut());

/// Always 1, a failure: no method can be added. `SSL_COMP_add_compression_method(3)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_COMP_add_compression_method(_id: c_int, _cm: *mut COMP_METHOD) -> c_int {
    1
}

/// NULL: there is no `SSL_COMP`. `SSL_COMP_get0_name(3)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_COMP_get0_name(_comp: *const SSL_COMP) -> *const c_char {
    std::ptr::null()
}

/// The stack of methods, empty; the library owns it.
/// `SSL_COMP_get_compression_methods(3)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_COMP_get_compression_methods() -> *mut stack_st_SSL_COMP {
    guard(std::ptr::null_mut(), || {
        make_methods();
        METHODS.load(Ordering::Acquire)
    })
}

fn make_methods() {
    static MADE: Once = Once::new();
    // SAFETY: a new stack, the library's until it is replaced.
    MADE.call_once(|| METHODS.store(unsafe { OPENSSL_sk_new_null() }.cast(), Ordering::Release));
}

/// -1: there is no `SSL_COMP`. `SSL_COMP_get_id(3)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_COMP_get_id(_comp: *const SSL_COMP) -> c_int {
    -1
}

/// The name of a method of libcrypto's, NULL for NULL; static. `SSL_COMP_get_name(3)`.
///
/// # Safety
/// `comp` is NULL or a COMP_METHOD.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_COMP_get_name(comp: *const COMP_METHOD) -> *const c_char {
    unsafe extern "C" {
        fn COMP_get_name(method: *const COMP_METHOD) -> *const c_char;
    }
    // SAFETY: not NULL, so a method.
    if comp.is_null() { std::ptr::null() } else { unsafe { COMP_get_name(comp) } }
}

/// Replaces the stack of methods, which the library owns from now on, and
/// returns the old one, which is the caller's. `SSL_COMP_set0_compression_methods(3)`.
///
/// # Safety
/// `meths` is NULL or a stack that the caller gives up.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_COMP_set0_compression_methods(meths: *mut stack_st_SSL_COMP) -> *mut stack_st_SSL_COMP {
    guard(std::ptr::null_mut(), || {
        make_methods();
        METHODS.swap(meths, Ordering::AcqRel)
    })
}

/// Points `*out` (unless that is NULL) at the compression methods of the
/// ClientHello, and returns how many there are. Only during a client-hello
/// callback, 0 otherwise. `SSL_client_hello_get0_compression_methods(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; `out` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_client_hello_get0_compression_methods(s: *mut SSL, out: *mut *const c_uchar) -> size_t {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(ssl) = (unsafe { ffi::handle::borrow::<Connection>(s) }) else {
            err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
            return 0;
        };
        let hello = ssl.client_hello.borrow();
        let Some(hello) = hello.as_ref() else { return 0 };
        // SAFETY: NULL or writable; the connection keeps the bytes.
        unsafe { ffi::write(out, hello.compression.as_ptr()) };
        hello.compression.len()
    })
}

/// NULL: nothing is compressed. `SSL_get_current_compression(3)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_current_compression(_s: *const SSL) -> *const COMP_METHOD {
    std::ptr::null()
}

/// NULL: nothing is compressed. `SSL_get_current_expansion(3)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_current_expansion(_s: *const SSL) -> *const COMP_METHOD {
    std::ptr::null()
}
