//! What a client asks of an OCSP responder: `STACK_OF(OCSP_RESPID)` and
//! `STACK_OF(X509_EXTENSION)`, owned with what they hold.

use std::ptr::NonNull;

use libc::{c_long, c_uchar, c_void};

use super::sys::{OPENSSL_sk_new_null, OPENSSL_sk_push, stack_st};
use crate::boundary::reentrant;

unsafe extern "C" {
    fn OCSP_RESPID_free(id: *mut c_void);
    fn X509_EXTENSION_free(extension: *mut c_void);
    fn d2i_OCSP_RESPID(to: *mut *mut c_void, from: *mut *const c_uchar, len: c_long) -> *mut c_void;
    fn d2i_X509_EXTENSIONS(to: *mut *mut stack_st, from: *mut *const c_uchar, len: c_long) -> *mut stack_st;
}

reentrant! {
    fn OPENSSL_sk_pop_free(sk: *mut stack_st, free: unsafe extern "C" fn(*mut c_void));
}

/// Those who may answer.
pub struct Responders(NonNull<stack_st>);

impl Responders {
    /// Reads one DER encoding each; `None` with an error on the queue when one is
    /// malformed.
    pub fn from_der<'a>(ids: impl Iterator<Item = &'a [u8]>) -> Option<Self> {
        // SAFETY: a new stack that we own.
        let stack = Self(NonNull::new(unsafe { OPENSSL_sk_new_null() }.cast())?);
        for der in ids {
            let mut at = der.as_ptr();
            // SAFETY: as many bytes as `der` has are read, from a new place on.
            let id = unsafe { d2i_OCSP_RESPID(std::ptr::null_mut(), &mut at, der.len() as c_long) };
            // SAFETY: both are alive; on success the stack owns the id.
            let kept = !id.is_null() && unsafe { OPENSSL_sk_push(stack.as_ptr(), id) } > 0;
            if !kept {
                // SAFETY: NULL, or ours still.
                unsafe { OCSP_RESPID_free(id) };
                return None;
            }
            if at != der.as_ptr_range().end {
                return None;
            }
        }
        Some(stack)
    }

    /// The C pointer; a borrow.
    pub fn as_ptr(&self) -> *mut stack_st {
        self.0.as_ptr()
    }
}

impl Drop for Responders {
    fn drop(&mut self) {
        // SAFETY: we own the stack and its elements.
        unsafe { OPENSSL_sk_pop_free(self.as_ptr(), OCSP_RESPID_free) };
    }
}

/// The extensions of the request.
pub struct RequestExtensions(NonNull<stack_st>);

impl RequestExtensions {
    /// Reads a DER encoding; `None` with an error on the queue when it is malformed.
    pub fn from_der(der: &[u8]) -> Option<Self> {
        let mut at = der.as_ptr();
        // SAFETY: as many bytes as `der` has are read, from a new place on.
        let stack = unsafe { d2i_X509_EXTENSIONS(std::ptr::null_mut(), &mut at, der.len() as c_long) };
        let stack = Self(NonNull::new(stack)?);
        (at == der.as_ptr_range().end).then_some(stack)
    }

    /// The C pointer; a borrow.
    pub fn as_ptr(&self) -> *mut stack_st {
        self.0.as_ptr()
    }
}

impl Drop for RequestExtensions {
    fn drop(&mut self) {
        // SAFETY: we own the stack and its elements.
        unsafe { OPENSSL_sk_pop_free(self.as_ptr(), X509_EXTENSION_free) };
    }
}
