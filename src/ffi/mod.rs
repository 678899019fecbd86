//! The tools of the C boundary.

pub mod callbacks;
pub mod current;
pub mod errno;
pub mod handle;
pub mod second_stack;
pub mod types;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::libcrypto::err;

pub use handle::{Object, Ref};

/// Runs the body of an exported function. A panic stops here: it becomes
/// `failure`, with `ERR_R_INTERNAL_ERROR` on the error queue.
pub fn guard<R>(failure: R, body: impl FnOnce() -> R) -> R {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(value) => value,
        Err(_) => {
            err::raise(err::ERR_R_INTERNAL_ERROR);
            failure
        }
    }
}

/// The answer of a function whose protocol feature Tessera does not have
/// (status `refused` in `abi/libssl.tsv`): an error on the queue and `failure`.
#[cold]
pub fn refused<R>(name: &str, failure: R) -> R {
    err::raise_data(err::ERR_R_DISABLED, &format!("{name}: feature not supported"));
    failure
}

/// The bytes that C points to. NULL is none of them when `len` is 0, otherwise
/// an error on the queue.
///
/// # Safety
/// `data` is NULL or readable for `len` bytes for `'a`.
pub unsafe fn bytes<'a>(data: *const u8, len: usize) -> Option<&'a [u8]> {
    if len == 0 {
        return Some(&[]);
    }
    if data.is_null() {
        err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
        return None;
    }
    // SAFETY: the caller's promise.
    Some(unsafe { std::slice::from_raw_parts(data, len) })
}

/// Writes `value` to where C wants it; NULL means that it does not.
///
/// # Safety
/// `to` is NULL or writable.
pub unsafe fn write<T>(to: *mut T, value: T) {
    if !to.is_null() {
        // SAFETY: the caller's promise.
        unsafe { to.write(value) };
    }
}

/// Hands an encoding to C as `i2d_*` functions do: NULL wants none, a pointer to
/// NULL one that the caller frees with `OPENSSL_free`, and a pointer to room is
/// moved past it. False when memory is short.
///
/// # Safety
/// `out` is NULL, or points to NULL or to room for `encoding`.
pub unsafe fn write_der(encoding: &[u8], out: *mut *mut u8) -> bool {
    // SAFETY: the caller's promise.
    let Some(out) = (unsafe { out.as_mut() }) else { return true };
    let allocate = out.is_null();
    if allocate {
        // SAFETY: an allocation without debugging information.
        *out = unsafe { crate::libcrypto::sys::CRYPTO_malloc(encoding.len(), std::ptr::null(), 0) }.cast();
        if out.is_null() {
            err::raise(err::ERR_R_MALLOC_FAILURE);
            return false;
        }
    }
    // SAFETY: there is room for the encoding, and it is ours alone.
    unsafe {
        out.copy_from_nonoverlapping(encoding.as_ptr(), encoding.len());
        if !allocate {
            *out = out.add(encoding.len());
        }
    }
    true
}
