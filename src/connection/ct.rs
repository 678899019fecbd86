//! Certificate Transparency: what a client makes of a server's timestamps.

use crate::cell::RefCell;

use super::Connection;
use super::verify::VerifyFailure;
use crate::ffi::callbacks;
use crate::ffi::types::stack_st_SCT;
use crate::libcrypto::ct::{Policy, Scts};
use crate::reason;

const HANDSHAKE_FAILURE: u8 = 40;
const INTERNAL_ERROR: u8 = 80;
/// `X509_V_ERR_NO_VALID_SCTS`
const NO_VALID_SCTS: libc::c_long = 71;
/// Usages of TLSA records that need no public authority.
const DANE_TA: u8 = 2;

/// The peer's timestamps, once they were looked for; C is lent them.
#[derive(Default)]
pub struct PeerScts(RefCell<Option<Option<Scts>>>);

impl Connection {
    /// The peer's timestamps, a borrow; NULL when there was nowhere to look, or on
    /// an error.
    pub fn peer_scts(&self) -> *const stack_st_SCT {
        if self.scts.0.borrow().is_none() {
            // Of a server it is its own response, as in OpenSSL.
            let response = self.status_response.borrow().as_slice().to_vec();
            let certificate = self.peer_certificates().and_then(|chain| chain.leaf());
            let Some(found) = Scts::find(&self.scts_of_extension(), &response, certificate.as_ref()) else {
                return std::ptr::null();
            };
            self.scts.0.replace(Some(found));
        }
        let scts = self.scts.0.borrow();
        scts.as_ref().and_then(Option::as_ref).map_or(std::ptr::null(), |scts| scts.as_ptr())
    }

    /// Lets the application, or OpenSSL's own rule, judge a server's timestamps.
    /// Chains that were not verified are none of its business, nor those that
    /// DANE alone makes good.
    pub fn check_ct(&self) -> Result<(), VerifyFailure> {
        let callback = self.inherited.get().ct;
        let Some(function) = callback.function.filter(|_| self.verify_result.get() == 0) else { return Ok(()) };
        let verified = self.verified_chain.borrow().clone();
        let issuer = verified.and_then(|chain| chain.stack()?.get(1));
        let certificate = self.peer_certificates().and_then(|chain| chain.leaf());
        let (Some(issuer), Some(certificate)) = (issuer, certificate) else { return Ok(()) };
        let matched = self.dane.matched();
        if matched.found && matched.parameters.0 >= DANE_TA {
            return Ok(());
        }
        let context = self.context.borrow().clone();
        let logs = context.logs();
        let time = self.current_session().map_or(0, |session| session.read(|fields| fields.time));
        let milliseconds = u64::try_from(time).unwrap_or(0).saturating_mul(1000);
        let result = match Policy::new(&certificate, &issuer, logs.as_deref(), milliseconds, &context.library) {
            None => Err(VerifyFailure { reason: crate::libcrypto::err::ERR_R_MALLOC_FAILURE, alert: INTERNAL_ERROR }),
            Some(policy) => match callbacks::validate_ct(function, self, &policy, callback.arg) {
                Some(answer) if answer > 0 => Ok(()),
                Some(_) => Err(VerifyFailure { reason: reason::CALLBACK_FAILED, alert: HANDSHAKE_FAILURE }),
                None => Err(VerifyFailure { reason: reason::SCT_VERIFICATION_FAILED, alert: HANDSHAKE_FAILURE }),
            },
        };
        if result.is_err() {
            self.verify_result.set(NO_VALID_SCTS);
        }
        result
    }
}
