//! `SSL_SESSION`: the object, its encodings, the cache, tickets.

use crate::ffi::Object;
use crate::ffi::types::SSL_SESSION;
use crate::libcrypto::ex_data::ExData;

/// An `SSL_SESSION`: plain data with a reference count.
pub struct Session {
    /// The application's data.
    pub ex_data: ExData,
}

impl Object for Session {
    type C = SSL_SESSION;

    fn finalize(&self) {
        self.ex_data.release(std::ptr::from_ref(self).cast_mut().cast::<SSL_SESSION>());
    }
}
