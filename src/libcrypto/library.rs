//! Where libcrypto's algorithms come from: a library context and a property query.

use std::ffi::{CStr, CString};
use std::sync::Arc;

use libc::c_char;

use super::err;
use super::sys::{EVP_CIPHER, OSSL_LIB_CTX};
use crate::boundary::reentrant;

reentrant! {
    fn EVP_CIPHER_fetch(ctx: *mut OSSL_LIB_CTX, name: *const c_char, props: *const c_char) -> *mut EVP_CIPHER;
    fn EVP_CIPHER_free(cipher: *mut EVP_CIPHER);
}

/// What `SSL_CTX_new_ex` was given.
#[derive(Clone, Default)]
pub struct Library(Option<Arc<Choice>>);

struct Choice {
    context: *mut OSSL_LIB_CTX,
    properties: Option<CString>,
}

// SAFETY: libcrypto locks its library contexts; the program keeps this one alive.
unsafe impl Send for Choice {}
// SAFETY: as above.
unsafe impl Sync for Choice {}

impl Library {
    /// The algorithms of `context` that fit the query. NULL stands for the
    /// defaults.
    ///
    /// # Safety
    /// `context` is NULL or alive as long as anything made with it, `properties`
    /// NULL or a C string.
    pub unsafe fn new(context: *mut OSSL_LIB_CTX, properties: *const c_char) -> Self {
        if context.is_null() && properties.is_null() {
            return Self::default();
        }
        // SAFETY: the caller's promise.
        let properties = (!properties.is_null()).then(|| unsafe { CStr::from_ptr(properties) }.to_owned());
        Self(Some(Arc::new(Choice { context, properties })))
    }

    /// The default library context's algorithms that fit a query.
    #[cfg(test)]
    pub fn queried(properties: &CStr) -> Self {
        Self(Some(Arc::new(Choice { context: std::ptr::null_mut(), properties: Some(properties.to_owned()) })))
    }

    /// Whether it is libcrypto's default context, with no query.
    pub fn is_default(&self) -> bool {
        self.0.is_none()
    }

    /// The library context; NULL for the default one.
    pub fn context(&self) -> *mut OSSL_LIB_CTX {
        self.0.as_ref().map_or(std::ptr::null_mut(), |choice| choice.context)
    }

    /// The property query; NULL for none.
    pub fn properties(&self) -> *const c_char {
        let properties = self.0.as_ref().and_then(|choice| choice.properties.as_deref());
        properties.map_or(std::ptr::null(), CStr::as_ptr)
    }

    /// Whether it has a cipher. Leaves nothing on the error queue.
    pub fn has_cipher(&self, name: &CStr) -> bool {
        err::set_mark();
        // SAFETY: C strings, and a context that is alive; the cipher is freed once.
        let found = unsafe {
            let cipher = EVP_CIPHER_fetch(self.context(), name.as_ptr(), self.properties());
            EVP_CIPHER_free(cipher);
            !cipher.is_null()
        };
        err::pop_to_mark();
        found
    }
}
