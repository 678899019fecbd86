//! Hash tables that programs read with libcrypto's `lh_*` functions.

use std::ptr::NonNull;

use libc::{c_int, c_ulong, c_void};

use super::sys::lhash_st_SSL_SESSION;

type HashFunction = unsafe extern "C" fn(*const c_void) -> c_ulong;
type CompareFunction = unsafe extern "C" fn(*const c_void, *const c_void) -> c_int;

unsafe extern "C" {
    fn OPENSSL_LH_new(hash: HashFunction, compare: CompareFunction) -> *mut lhash_st_SSL_SESSION;
    fn OPENSSL_LH_insert(table: *mut lhash_st_SSL_SESSION, data: *mut c_void) -> *mut c_void;
    fn OPENSSL_LH_free(table: *mut lhash_st_SSL_SESSION);
}

unsafe extern "C" fn hash(entry: *const c_void) -> c_ulong {
    // Objects are aligned, so the lowest bits tell nothing.
    entry as c_ulong >> 4
}

unsafe extern "C" fn compare(a: *const c_void, b: *const c_void) -> c_int {
    c_int::from(a != b)
}

/// A table of pointers, which it does not own.
pub struct Table(NonNull<lhash_st_SSL_SESSION>);

impl Table {
    /// A table of these pointers; `None` when memory is short.
    pub fn new<T>(pointers: impl Iterator<Item = *mut T>) -> Option<Self> {
        // SAFETY: both functions take any pointers.
        let this = Self(NonNull::new(unsafe { OPENSSL_LH_new(hash, compare) })?);
        for pointer in pointers {
            // SAFETY: the table lives; pointers are opaque to it.
            unsafe { OPENSSL_LH_insert(this.as_ptr(), pointer.cast()) };
        }
        Some(this)
    }

    /// The C pointer; a borrow.
    pub fn as_ptr(&self) -> *mut lhash_st_SSL_SESSION {
        self.0.as_ptr()
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        // SAFETY: ours; its entries are not.
        unsafe { OPENSSL_LH_free(self.as_ptr()) };
    }
}

// SAFETY: whoever reads the table through its C pointer must keep other
// threads from it, as with OpenSSL; we only make and free it.
unsafe impl Send for Table {}
