//! `SSL_SESSION`: the object, its encodings, the cache, tickets.

pub mod cache;
pub mod der;
pub mod expiry;
pub mod fields;
mod quick;
pub mod text;
pub mod ticket;
pub mod ticket_keys;

use std::sync::PoisonError;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::engine::mint;
use crate::ffi::types::SSL_SESSION;
use crate::ffi::{Object, Ref};
use crate::libcrypto::ex_data::{Class, ExData};
use crate::libcrypto::session_asn1::Structure;
use crate::sync::RwLock;

pub use fields::{Fields, Id};

/// An `SSL_SESSION`: plain data with a reference count. Threads share it.
///
/// C programs hold pointers into it (the id, the ticket, the host name …): they
/// stay valid for as long as the session lives and nobody sets that field again.
pub struct Session {
    /// The application's data.
    pub ex_data: ExData,
    fields: RwLock<Fields>,
    whereabouts: cache::Whereabouts,
    /// What rustls offers for it, while it is a TLS 1.2 session.
    pub minted: mint::Tls12Kept,
}

impl Object for Session {
    type C = SSL_SESSION;

    fn finalize(&self) {
        self.ex_data.release(self.as_ptr());
    }
}

impl Session {
    /// An empty session: `SSL_SESSION_new`.
    pub fn new() -> Option<Ref<Self>> {
        Self::with(Fields::default())
    }

    /// A session with these fields, and no application data.
    pub fn with(fields: Fields) -> Option<Ref<Self>> {
        let this = Ref::new(Self {
            ex_data: ExData::new(Class::SslSession),
            fields: RwLock::new(fields),
            whereabouts: cache::Whereabouts::default(),
            minted: mint::Tls12Kept::default(),
        });
        this.ex_data.init(this.as_ptr()).then_some(this)
    }

    /// A copy in no cache, application data copied through its `dup`
    /// callbacks: `SSL_SESSION_dup`.
    pub fn dup(&self) -> Option<Ref<Self>> {
        let copy = Self::with(self.read(Clone::clone))?;
        copy.ex_data.copy_from(&self.ex_data).then_some(copy)
    }

    /// A copy for a connection that goes on from a session which others share:
    /// resumable whatever became of the original, with or without its ticket.
    pub fn dup_for_connection(&self, with_ticket: bool) -> Option<Ref<Self>> {
        let copy = self.dup()?;
        copy.update(|fields| {
            fields.not_resumable = false;
            if !with_ticket {
                fields.ticket = None;
                fields.lifetime_hint = 0;
            }
        });
        Some(copy)
    }

    /// The C pointer that programs know this session by; a borrow.
    pub fn as_ptr(&self) -> *mut SSL_SESSION {
        std::ptr::from_ref(self).cast_mut().cast()
    }

    /// Reads the fields. `read` must not call into C.
    pub fn read<R>(&self, read: impl FnOnce(&Fields) -> R) -> R {
        read(&self.fields.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the fields. `change` must not call into C.
    pub fn update<R>(&self, change: impl FnOnce(&mut Fields) -> R) -> R {
        change(&mut self.fields.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes over what an encoding has; false when it is refused. What it does
    /// not have, like the mark that the session may not be resumed, stays.
    pub fn fill(&self, encoding: &Structure<'_>) -> bool {
        let mut fields = self.read(Clone::clone);
        let filled = der::fill(&mut fields, encoding);
        // Not dropped under the lock: freeing a certificate may run a callback.
        let old = self.update(|here| std::mem::replace(here, fields));
        drop(old);
        self.sort();
        filled
    }

    /// Whether a handshake may be resumed from it.
    pub fn is_resumable(&self) -> bool {
        self.read(Fields::is_resumable)
    }

    /// No handshake may be resumed from it any more.
    pub fn ruin(&self) {
        self.update(|fields| fields.not_resumable = true);
    }

    /// When it was made, in seconds since 1970.
    pub fn set_time(&self, time: i64) {
        self.update(|fields| fields.time = time);
        self.sort();
    }

    /// For how many seconds it may be resumed.
    pub fn set_timeout(&self, timeout: i64) {
        self.update(|fields| fields.timeout = timeout);
        self.sort();
    }

    /// Takes the place in its cache that its expiry gives it.
    fn sort(&self) {
        if let Some(shelf) = self.whereabouts.get() {
            shelf.sort(self);
        }
    }
}

/// Seconds since 1970.
pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}
