//! Engines that find a client's certificate.

use std::ptr::NonNull;

use libc::{c_int, c_void};

use super::err;
use super::evp::EvpPkey;
use super::stack::X509Stack;
use super::sys::{ENGINE, EVP_PKEY, X509, stack_st_X509, stack_st_X509_NAME};
use super::x509;
use crate::boundary::reentrant;
use crate::reason;

type LoadClientCert = unsafe extern "C" fn();

unsafe extern "C" {
    fn ENGINE_get_ssl_client_cert_function(e: *const ENGINE) -> Option<LoadClientCert>;
}

reentrant! {
    fn ENGINE_init(e: *mut ENGINE) -> c_int;
    fn ENGINE_finish(e: *mut ENGINE) -> c_int;
    fn ENGINE_load_ssl_client_cert(
        e: *mut ENGINE,
        s: *mut c_void,
        ca_dn: *mut stack_st_X509_NAME,
        pcert: *mut *mut X509,
        ppkey: *mut *mut EVP_PKEY,
        pother: *mut *mut stack_st_X509,
        ui_method: *mut c_void,
        callback_data: *mut c_void,
    ) -> c_int;
}

/// An engine that is ready to find client certificates: a functional reference.
pub struct ClientCertEngine(NonNull<ENGINE>);

// SAFETY: libcrypto's engines are reference counted and locked by libcrypto.
unsafe impl Send for ClientCertEngine {}
// SAFETY: as above.
unsafe impl Sync for ClientCertEngine {}

impl ClientCertEngine {
    /// Makes the engine ready; a reason when it is NULL, does not start or finds
    /// no client certificates.
    ///
    /// # Safety
    /// `engine` is NULL or a live engine.
    pub unsafe fn new(engine: *mut ENGINE) -> Result<Self, c_int> {
        // SAFETY: the caller's promise; NULL is an error of libcrypto's.
        if unsafe { ENGINE_init(engine) } == 0 {
            return Err(err::ERR_R_ENGINE_LIB);
        }
        let this = Self(NonNull::new(engine).ok_or(err::ERR_R_ENGINE_LIB)?);
        // SAFETY: alive.
        if unsafe { ENGINE_get_ssl_client_cert_function(engine) }.is_none() {
            return Err(reason::NO_CLIENT_CERT_METHOD);
        }
        Ok(this)
    }

    /// Asks for a certificate and its key for `ssl`, whose server named
    /// `authorities`: the engine's answer, and both if it gave both. No borrow
    /// of an object that C knows may be held.
    pub fn load(
        &self,
        ssl: *mut c_void,
        authorities: *mut stack_st_X509_NAME,
    ) -> (c_int, Option<(x509::X509, EvpPkey)>) {
        let (mut certificate, mut key) = (std::ptr::null_mut(), std::ptr::null_mut());
        let mut others = std::ptr::null_mut();
        let none = std::ptr::null_mut();
        // SAFETY: all are alive or writable during the call.
        let answer = unsafe {
            ENGINE_load_ssl_client_cert(
                self.0.as_ptr(),
                ssl,
                authorities,
                &mut certificate,
                &mut key,
                &mut others,
                none,
                none,
            )
        };
        // SAFETY: what the engine gave is ours, a reference each.
        let given = unsafe {
            drop(X509Stack::from_ptr(others));
            (x509::X509::from_ptr(certificate), EvpPkey::from_ptr(key))
        };
        (answer, given.0.zip(given.1))
    }
}

impl Drop for ClientCertEngine {
    fn drop(&mut self) {
        // SAFETY: gives up our functional reference.
        unsafe { ENGINE_finish(self.0.as_ptr()) };
    }
}
