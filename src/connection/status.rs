//! OCSP stapling: `SSL_CTX_set_tlsext_status_cb`.

use libc::c_int;

use super::Connection;
use super::client_hello::extension::STATUS_REQUEST;
use super::client_hello::{ALERT_DECODE_ERROR, ClientHello};
use super::io::Stop;
use super::resumption::Reader;
use super::verify::VerifyFailure;
use crate::ffi::callbacks;
use crate::libcrypto::given::Given;
use crate::libcrypto::ocsp::{RequestExtensions, Responders};
use crate::reason;

/// `TLSEXT_STATUSTYPE_ocsp`
pub const OCSP: c_int = 1;
/// `TLSEXT_STATUSTYPE_nothing`
const NOTHING: c_int = -1;
const BAD_CERTIFICATE_STATUS_RESPONSE: u8 = 113;
const INTERNAL_ERROR: u8 = 80;

/// The OCSP response of a connection, which C is lent.
#[derive(Default)]
pub enum StatusResponse {
    /// There is none.
    #[default]
    None,
    /// A server's application gave it.
    Given(Given),
    /// A client received it.
    Received(Vec<u8>),
}

impl StatusResponse {
    /// The bytes, none when there is no response.
    pub fn as_slice(&self) -> &[u8] {
        match self {
            Self::None => &[],
            Self::Given(given) => given.as_slice(),
            Self::Received(bytes) => bytes,
        }
    }

    /// Where it is, or NULL; a borrow.
    pub fn as_ptr(&self) -> *const u8 {
        match self {
            Self::None => std::ptr::null(),
            Self::Given(given) => given.as_ptr(),
            Self::Received(bytes) => bytes.as_ptr(),
        }
    }
}

/// Whom a client wants to hear, and what about; C is lent them.
#[derive(Default)]
pub struct StatusRequest {
    /// Those who may answer; `None` is anyone.
    pub responders: Option<Responders>,
    /// Extensions of the request.
    pub extensions: Option<RequestExtensions>,
}

impl StatusRequest {
    /// Reads the extension's content; `None` when it is malformed.
    fn parse(content: &[u8]) -> Option<Self> {
        let mut reader = Reader(content.get(1..)?);
        let (list, extensions) = (reader.vector(2)?, reader.vector(2)?);
        let mut ids = Reader(list);
        let each = std::iter::from_fn(|| ids.vector(2));
        let responders = if list.is_empty() { None } else { Some(Responders::from_der(each)?) };
        let extensions = if extensions.is_empty() { None } else { Some(RequestExtensions::from_der(extensions)?) };
        (ids.0.is_empty() && reader.0.is_empty()).then_some(Self { responders, extensions })
    }
}

impl Connection {
    /// Whether a client asked for an OCSP response, or its server was asked for
    /// one.
    pub fn is_status_requested(&self) -> bool {
        self.status_type.get() == OCSP
    }

    /// A server reads a message that may ask for a status, and starts from nothing.
    pub fn forget_status_request(&self) {
        self.status_type.set(NOTHING);
    }

    /// A server that does not resume notes whom and what a client asks.
    pub fn read_status_request(&self, hello: &ClientHello) -> Result<(), Stop> {
        let asked = hello.status_request && self.candidate.borrow().is_none();
        let Some(content) = hello.extension(STATUS_REQUEST).filter(|_| asked) else { return Ok(()) };
        let Some(request) = StatusRequest::parse(content) else {
            return Err(self.fatal(Some(ALERT_DECODE_ERROR), reason::BAD_EXTENSION));
        };
        drop(self.status_request.replace(request));
        self.status_type.set(OCSP);
        Ok(())
    }

    /// A client has a server's certificates, with its OCSP response or with none. rustls
    /// asks for one always.
    pub fn on_status_response(&self, response: &[u8]) {
        if !self.is_server() {
            let wanted = self.is_status_requested() && !response.is_empty();
            self.status_response.replace(match wanted {
                true => StatusResponse::Received(response.to_vec()),
                false => StatusResponse::None,
            });
        }
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
        if !self.is_status_requested() {
            return Ok(None);
        }
        let callback = self.context.borrow().callbacks().status;
        let Some(function) = callback.function else { return Ok(None) };
        match callbacks::status(function, self, callback.arg) {
            // SSL_TLSEXT_ERR_OK
            0 => Ok(Some(self.status_response.borrow().as_slice().to_vec()).filter(|response| !response.is_empty())),
            // SSL_TLSEXT_ERR_NOACK
            3 => Ok(None),
            _ => Err(VerifyFailure { reason: reason::CLIENTHELLO_TLSEXT, alert: INTERNAL_ERROR }),
        }
    }
}
