//! OCSP stapling: `SSL_CTX_set_tlsext_status_cb`.

use libc::c_int;

use super::Connection;
use super::verify::VerifyFailure;
use crate::ffi::callbacks;
use crate::reason;

/// `TLSEXT_STATUSTYPE_ocsp`
const OCSP: c_int = 1;
const BAD_CERTIFICATE_STATUS_RESPONSE: u8 = 113;
const INTERNAL_ERROR: u8 = 80;

impl Connection {
    /// Whether a client asked for an OCSP response, or its server was asked for
    /// one.
    pub fn is_status_requested(&self) -> bool {
        self.status_asked.get() || self.settings.borrow().status_type == OCSP
    }

    /// A client that asked lets the application judge the answer, also when
    /// there is none.
    pub fn check_status(&self) -> Result<(), VerifyFailure> {
        let callback = self.context.borrow().callbacks().status;
        let Some(function) = callback.function.filter(|_| self.is_status_requested()) else { return Ok(()) };
        match callbacks::status(function, self, callback.arg) {
            0 => Err(VerifyFailure { reason: reason::INVALID_STATUS_RESPONSE, alert: BAD_CERTIFICATE_STATUS_RESPONSE }),
            answer if answer < 0 => Err(VerifyFailure { reason: reason::OCSP_CALLBACK_FAILURE, alert: INTERNAL_ERROR }),
            _ => Ok(()),
        }
    }

    /// A server that was asked lets the application set the response, once the
    /// certificate is chosen.
    pub fn response_to_staple(&self) -> Result<Option<Vec<u8>>, VerifyFailure> {
        let asked = self.client_hello.borrow().as_ref().is_some_and(|hello| hello.status_request);
        let resuming = self.candidate.borrow().is_some();
        if !asked || resuming {
            return Ok(None);
        }
        self.status_asked.set(true);
        let callback = self.context.borrow().callbacks().status;
        let Some(function) = callback.function else { return Ok(None) };
        match callbacks::status(function, self, callback.arg) {
            // SSL_TLSEXT_ERR_OK
            0 => Ok(Some(self.status_response.borrow().clone()).filter(|response| !response.is_empty())),
            // SSL_TLSEXT_ERR_NOACK
            3 => Ok(None),
            _ => Err(VerifyFailure { reason: reason::CLIENTHELLO_TLSEXT, alert: INTERNAL_ERROR }),
        }
    }
}
