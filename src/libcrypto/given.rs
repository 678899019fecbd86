//! Memory of `OPENSSL_malloc` that C gave up.

use libc::{c_long, c_uchar};

use super::sys::CRYPTO_free;

/// A buffer, freed with the value. C may look at it while it is kept.
pub struct Given {
    data: *mut c_uchar,
    len: c_long,
}

impl Given {
    /// Takes over a buffer; a length that is negative is kept and means nothing.
    ///
    /// # Safety
    /// `data` is NULL or memory of `OPENSSL_malloc` that the caller gives up, of at
    /// least `len` bytes.
    pub unsafe fn from_ptr(data: *mut c_uchar, len: c_long) -> Self {
        Self { data, len }
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        match usize::try_from(self.len) {
            // SAFETY: `from_ptr`'s caller promised as many.
            Ok(len) if !self.data.is_null() => unsafe { std::slice::from_raw_parts(self.data, len) },
            _ => &[],
        }
    }

    /// A borrow.
    pub fn as_ptr(&self) -> *const c_uchar {
        self.data
    }
}

impl Drop for Given {
    fn drop(&mut self) {
        // SAFETY: our own memory of OPENSSL_malloc, or NULL.
        unsafe { CRYPTO_free(self.data.cast(), std::ptr::null(), 0) }
    }
}
