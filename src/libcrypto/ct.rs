//! Certificate Transparency: known logs, and the timestamps that they signed.

use std::ptr::NonNull;

use libc::{c_char, c_int, c_long, c_uchar, c_void};

use super::library::Library;
use super::sys::{CTLOG_STORE, OSSL_LIB_CTX, X509 as X509_C, stack_st, stack_st_SCT};
use super::x509::X509;
use crate::boundary::reentrant;

macro_rules! opaque {
    ($($name:ident)*) => { $(
        #[repr(C)]
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        struct $name { _opaque: [u8; 0] }
    )* };
}

opaque! { SCT OCSP_RESPONSE OCSP_BASICRESP OCSP_SINGLERESP }

/// What a judgement of SCTs rests on.
pub use super::sys::CT_POLICY_EVAL_CTX;

unsafe extern "C" {
    fn CTLOG_STORE_new_ex(libctx: *mut OSSL_LIB_CTX, propq: *const c_char) -> *mut CTLOG_STORE;
    fn CTLOG_STORE_free(store: *mut CTLOG_STORE);
    fn CT_POLICY_EVAL_CTX_new_ex(libctx: *mut OSSL_LIB_CTX, propq: *const c_char) -> *mut CT_POLICY_EVAL_CTX;
    fn CT_POLICY_EVAL_CTX_set_shared_CTLOG_STORE(ctx: *mut CT_POLICY_EVAL_CTX, logs: *mut CTLOG_STORE);
    fn CT_POLICY_EVAL_CTX_set_time(ctx: *mut CT_POLICY_EVAL_CTX, milliseconds: u64);
    fn o2i_SCT_LIST(scts: *mut *mut stack_st_SCT, data: *mut *const c_uchar, len: usize) -> *mut stack_st_SCT;
    fn SCT_LIST_free(scts: *mut stack_st_SCT);
    fn SCT_free(sct: *mut SCT);
    fn SCT_set_source(sct: *mut SCT, source: c_int) -> c_int;
    fn SCT_get_validation_status(sct: *const SCT) -> c_int;
    fn OPENSSL_sk_new_null() -> *mut stack_st;
    fn OPENSSL_sk_num(stack: *const stack_st) -> c_int;
    fn OPENSSL_sk_value(stack: *const stack_st, i: c_int) -> *mut c_void;
    fn OPENSSL_sk_pop(stack: *mut stack_st) -> *mut c_void;
    fn OPENSSL_sk_push(stack: *mut stack_st, data: *const c_void) -> c_int;
    fn OCSP_resp_count(x: *mut OCSP_BASICRESP) -> c_int;
    fn OCSP_resp_get0(x: *mut OCSP_BASICRESP, i: c_int) -> *mut OCSP_SINGLERESP;
    fn OCSP_SINGLERESP_get1_ext_d2i(
        x: *mut OCSP_SINGLERESP,
        nid: c_int,
        critical: *mut c_int,
        index: *mut c_int,
    ) -> *mut c_void;
}

reentrant! {
    fn CTLOG_STORE_load_file(store: *mut CTLOG_STORE, file: *const c_char) -> c_int;
    fn CTLOG_STORE_load_default_file(store: *mut CTLOG_STORE) -> c_int;
    fn d2i_OCSP_RESPONSE(x: *mut *mut OCSP_RESPONSE, data: *mut *const c_uchar, len: c_long) -> *mut OCSP_RESPONSE;
    fn CT_POLICY_EVAL_CTX_free(ctx: *mut CT_POLICY_EVAL_CTX);
    fn CT_POLICY_EVAL_CTX_set1_cert(ctx: *mut CT_POLICY_EVAL_CTX, cert: *mut X509_C) -> c_int;
    fn CT_POLICY_EVAL_CTX_set1_issuer(ctx: *mut CT_POLICY_EVAL_CTX, issuer: *mut X509_C) -> c_int;
    fn SCT_LIST_validate(scts: *const stack_st_SCT, ctx: *mut CT_POLICY_EVAL_CTX) -> c_int;
    fn X509_get_ext_d2i(x: *const X509_C, nid: c_int, critical: *mut c_int, index: *mut c_int) -> *mut c_void;
    fn OCSP_RESPONSE_free(x: *mut OCSP_RESPONSE);
    fn OCSP_response_get1_basic(x: *mut OCSP_RESPONSE) -> *mut OCSP_BASICRESP;
    fn OCSP_BASICRESP_free(x: *mut OCSP_BASICRESP);
}

const NID_CT_PRECERT_SCTS: c_int = 951;
const NID_CT_CERT_SCTS: c_int = 954;
/// `SCT_SOURCE_TLS_EXTENSION`
const IN_EXTENSION: c_int = 1;
/// `SCT_SOURCE_X509V3_EXTENSION`
const IN_CERTIFICATE: c_int = 2;
/// `SCT_SOURCE_OCSP_STAPLED_RESPONSE`
const IN_OCSP_RESPONSE: c_int = 3;
/// `SCT_VALIDATION_STATUS_VALID`
const VALID: c_int = 2;

/// Known logs.
pub struct Logs(NonNull<CTLOG_STORE>);

// SAFETY: nothing changes them but the functions that load a list, which a program
// may not call while the logs are used, as in OpenSSL.
unsafe impl Send for Logs {}
// SAFETY: as above.
unsafe impl Sync for Logs {}

impl Logs {
    /// None yet; `None` when memory is short.
    pub fn new(library: &Library) -> Option<Self> {
        // SAFETY: the library is alive; the result is ours.
        NonNull::new(unsafe { CTLOG_STORE_new_ex(library.context(), library.properties()) }).map(Self)
    }

    /// Takes them over; `None` for NULL.
    ///
    /// # Safety
    /// `ptr` is NULL or a store that the caller gives up.
    pub unsafe fn from_ptr(ptr: *mut CTLOG_STORE) -> Option<Self> {
        NonNull::new(ptr).map(Self)
    }

    /// The C pointer; a borrow.
    pub fn as_ptr(&self) -> *mut CTLOG_STORE {
        self.0.as_ptr()
    }

    /// Adds those of a file; on failure the reason is on the queue.
    ///
    /// # Safety
    /// `file` is NULL or a C string.
    pub unsafe fn load_file(&self, file: *const c_char) -> bool {
        // SAFETY: the caller's promise.
        unsafe { CTLOG_STORE_load_file(self.as_ptr(), file) > 0 }
    }

    /// Adds those of libcrypto's default file.
    pub fn load_default_file(&self) -> bool {
        // SAFETY: alive.
        unsafe { CTLOG_STORE_load_default_file(self.as_ptr()) > 0 }
    }
}

impl Drop for Logs {
    fn drop(&mut self) {
        // SAFETY: ours.
        unsafe { CTLOG_STORE_free(self.as_ptr()) };
    }
}

/// Signed certificate timestamps.
pub struct Scts(NonNull<stack_st_SCT>);

impl Scts {
    /// Those of TLS's own extension, those of a stapled OCSP response and those inside a
    /// certificate; the outer `None` is an error, the inner one that there was nowhere to
    /// look.
    pub fn find(extension: &[u8], ocsp_response: &[u8], certificate: Option<&X509>) -> Option<Option<Self>> {
        let mut found = None;
        if !extension.is_empty() {
            let mut data = extension.as_ptr();
            // SAFETY: `extension` is readable for its length; the stack is ours.
            let scts = unsafe { o2i_SCT_LIST(std::ptr::null_mut(), &mut data, extension.len()) };
            // SAFETY: as above.
            unsafe { Self::move_from(&mut found, scts, IN_EXTENSION)? };
        }
        if !ocsp_response.is_empty() {
            Self::add_of_response(&mut found, ocsp_response)?;
        }
        if let Some(certificate) = certificate {
            // SAFETY: alive; the stack is ours.
            let scts =
                unsafe { X509_get_ext_d2i(certificate.as_ptr(), NID_CT_PRECERT_SCTS, nothing(), nothing()).cast() };
            // SAFETY: as above.
            unsafe { Self::move_from(&mut found, scts, IN_CERTIFICATE)? };
        }
        Some(found)
    }

    /// The C pointer; a borrow.
    pub fn as_ptr(&self) -> *mut stack_st_SCT {
        self.0.as_ptr()
    }

    fn add_of_response(found: &mut Option<Self>, der: &[u8]) -> Option<()> {
        let len = c_long::try_from(der.len()).ok()?;
        let mut data = der.as_ptr();
        // SAFETY: `der` is readable for `len` bytes; both objects are ours, and freed
        // once. What is asked of them is NULL or lives as long as they do.
        unsafe {
            let response = d2i_OCSP_RESPONSE(std::ptr::null_mut(), &mut data, len);
            let basic = if response.is_null() { std::ptr::null_mut() } else { OCSP_response_get1_basic(response) };
            let count = if basic.is_null() { 0 } else { OCSP_resp_count(basic) };
            let done = (0..count).try_for_each(|i| {
                let single = OCSP_resp_get0(basic, i);
                if single.is_null() {
                    return Some(());
                }
                let scts = OCSP_SINGLERESP_get1_ext_d2i(single, NID_CT_CERT_SCTS, nothing(), nothing()).cast();
                Self::move_from(found, scts, IN_OCSP_RESPONSE)
            });
            OCSP_BASICRESP_free(basic);
            OCSP_RESPONSE_free(response);
            done
        }
    }

    /// Moves those of `from` behind those that were found, the last one first.
    ///
    /// # Safety
    /// `from` is NULL or a stack that the caller gives up.
    unsafe fn move_from(found: &mut Option<Self>, from: *mut stack_st_SCT, source: c_int) -> Option<()> {
        // SAFETY: the caller's promise; a new stack is ours.
        unsafe {
            if found.is_none() {
                *found = NonNull::new(OPENSSL_sk_new_null().cast()).map(Self);
            }
            let done = found.as_ref().and_then(|found| {
                while let Some(sct) = NonNull::new(if from.is_null() { nothing() } else { OPENSSL_sk_pop(from.cast()) })
                {
                    let taken = SCT_set_source(sct.as_ptr().cast(), source) == 1
                        && OPENSSL_sk_push(found.as_ptr().cast(), sct.as_ptr()) > 0;
                    if !taken {
                        SCT_free(sct.as_ptr().cast());
                        return None;
                    }
                }
                Some(())
            });
            SCT_LIST_free(from);
            done
        }
    }
}

impl Drop for Scts {
    fn drop(&mut self) {
        // SAFETY: ours.
        unsafe { SCT_LIST_free(self.as_ptr()) };
    }
}

fn nothing<T>() -> *mut T {
    std::ptr::null_mut()
}

/// Whether one of `scts` was found valid.
///
/// # Safety
/// `scts` is NULL or a live stack.
pub unsafe fn any_valid(scts: *const stack_st_SCT) -> bool {
    // SAFETY: the caller's promise; NULL has -1 of them.
    unsafe {
        let count = OPENSSL_sk_num(scts.cast());
        (0..count).any(|i| SCT_get_validation_status(OPENSSL_sk_value(scts.cast(), i).cast()) == VALID)
    }
}

/// What SCTs are judged by.
pub struct Policy(NonNull<CT_POLICY_EVAL_CTX>);

impl Policy {
    /// For `certificate`, which `issuer` signed, at a time in milliseconds. `logs`
    /// must live as long.
    pub fn new(
        certificate: &X509,
        issuer: &X509,
        logs: Option<&Logs>,
        milliseconds: u64,
        library: &Library,
    ) -> Option<Self> {
        // SAFETY: the result is ours, and takes references of what it is given.
        unsafe {
            let this = Self(NonNull::new(CT_POLICY_EVAL_CTX_new_ex(library.context(), library.properties()))?);
            CT_POLICY_EVAL_CTX_set1_cert(this.as_ptr(), certificate.as_ptr());
            CT_POLICY_EVAL_CTX_set1_issuer(this.as_ptr(), issuer.as_ptr());
            CT_POLICY_EVAL_CTX_set_shared_CTLOG_STORE(this.as_ptr(), logs.map_or(nothing(), Logs::as_ptr));
            CT_POLICY_EVAL_CTX_set_time(this.as_ptr(), milliseconds);
            Some(this)
        }
    }

    /// The C pointer; a borrow.
    pub fn as_ptr(&self) -> *mut CT_POLICY_EVAL_CTX {
        self.0.as_ptr()
    }

    /// Finds out of each of `scts` whether it is valid; false when that failed.
    ///
    /// # Safety
    /// `scts` is NULL or a live stack.
    pub unsafe fn validate(&self, scts: *const stack_st_SCT) -> bool {
        // SAFETY: the caller's promise; NULL has none.
        unsafe { SCT_LIST_validate(scts, self.as_ptr()) >= 0 }
    }
}

impl Drop for Policy {
    fn drop(&mut self) {
        // SAFETY: ours.
        unsafe { CT_POLICY_EVAL_CTX_free(self.as_ptr()) };
    }
}
