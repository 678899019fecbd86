//! What becomes of a connection as a whole: cleared, duplicated, given other
//! BIOs or another context.

use std::rc::Rc;

use super::io::Buffers;
use super::{Connection, Role};
use crate::context::Context;
use crate::ffi::Ref;
use crate::ffi::types::SSL_CTX;
use crate::libcrypto::bio::Bio;

impl Connection {
    /// `SSL_clear`: ready for another connection.
    pub fn clear(&self) -> bool {
        if self.clear_bad_session() {
            let old = self.session.replace(None);
            drop(old);
        }
        self.shutdown.set(0);
        self.started.set(false);
        self.pending_write.set(None);
        self.hello_bytes.replace(None);
        self.client_hello.replace(None);
        self.accepting.set(super::accept::Accepting::Start);
        self.candidate.replace(None);
        self.early_data.clear();
        self.dane.reset();
        self.reset_for_handshake();
        self.want.set(super::Want::Nothing);
        true
    }

    /// `SSL_dup`.
    pub fn duplicate(&self) -> Option<Ref<Self>> {
        if !self.state.get().is_before() || self.started.get() {
            return Some(self.handle());
        }
        let context = self.context.borrow().clone();
        let copy = Self::new(&context)?;
        let mut settings = self.settings.borrow().clone();
        {
            // What OpenSSL leaves as a new connection has it.
            let fresh = copy.settings.borrow();
            settings.quiet_shutdown = fresh.quiet_shutdown;
            settings.groups = fresh.groups.clone();
            settings.alpn = fresh.alpn.clone();
            settings.max_fragment_mode = fresh.max_fragment_mode;
        }
        copy.settings.replace(settings);
        copy.verify_param.set_depth(self.verify_param.depth());
        copy.verify_param.inherit(&self.verify_param);
        copy.authorities.replace(self.authorities.borrow().copy()?);
        copy.set_session(self.current_session());
        copy.inherited.set(self.inherited.get());
        copy.role.set(self.role.get());
        copy.shutdown.set(self.shutdown.get());
        copy.hostname.replace(None);
        if !copy.copy_dane(self) {
            return None;
        }
        copy.ex_data.copy_from(&self.ex_data).then_some(copy)
    }

    /// Takes over another connection's TLSA records.
    fn copy_dane(&self, from: &Self) -> bool {
        if !from.dane.has_records() {
            return true;
        }
        self.dane.set_flags(from.dane.flags());
        let digests = self.context.borrow().dane.get().cloned();
        digests.is_some_and(|digests| self.dane.enable(digests)) && self.dane.copy_records(&from.dane).is_ok()
    }

    /// `SSL_set_SSL_CTX`: answers the context in use.
    pub fn set_context(&self, context: Ref<Context>) -> *mut SSL_CTX {
        if *self.context.borrow() != context {
            let theirs = context.shared_settings();
            let before = self.context.borrow().settings(|settings| settings.id_context);
            let old_identity = {
                let mut settings = self.settings.borrow_mut();
                // The certificates and what is said about signing them.
                settings.cert_flags = theirs.cert_flags;
                settings.security_level = theirs.security_level;
                settings.security_callback = theirs.security_callback;
                settings.sigalgs = theirs.sigalgs.clone();
                settings.client_sigalgs = theirs.client_sigalgs.clone();
                if settings.id_context == before {
                    settings.id_context = theirs.id_context;
                }
                if let Some(extensions) = self.extensions.used() {
                    extensions.follow(&settings.custom_extensions, &theirs.custom_extensions);
                }
                settings.custom_extensions = theirs.custom_extensions.clone();
                std::mem::replace(&mut settings.identity, theirs.identity.clone())
            };
            drop(old_identity);
            let mut inherited = self.inherited.get();
            inherited.cert = context.inherited().cert;
            self.inherited.set(inherited);
            let old = self.context.replace(context);
            drop(old);
        }
        self.context.borrow().as_ptr()
    }

    /// The BIO that is read from.
    pub fn rbio(&self) -> Option<Rc<Bio>> {
        self.rbio.borrow().clone()
    }

    /// The BIO that is written to.
    pub fn wbio(&self) -> Option<Rc<Bio>> {
        self.wbio.borrow().clone()
    }

    /// Reads from `bio` from now on.
    pub fn set_rbio(&self, bio: Option<Bio>) {
        let old = self.rbio.replace(bio.map(Rc::new));
        drop(old);
    }

    /// Writes to `bio` from now on.
    pub fn set_wbio(&self, bio: Option<Bio>) {
        let old = self.wbio.replace(bio.map(Rc::new));
        drop(old);
    }

    /// `SSL_set_connect_state`, `SSL_set_accept_state`: a handshake in this
    /// role is due.
    pub fn set_role(&self, role: Role) {
        self.role.set(role);
        self.shutdown.set(0);
        self.started.set(false);
        self.hello_bytes.replace(None);
        self.client_hello.replace(None);
        self.reset_for_handshake();
    }

    /// The buffers, for what counts their bytes.
    pub fn buffered(&self) -> &Buffers {
        &self.buffers
    }
}
