//! The cipher suites of a connection.

use std::sync::Arc;

use super::{Connection, Role};
use crate::context::cipher::{self, Cipher};
use crate::context::cipher_list;
use crate::context::security::op;
use crate::context::settings::{Settings, Suites};

impl Connection {
    /// The configured list: its own, or the context's as it is now.
    pub fn ciphers(&self) -> Arc<[u16]> {
        let settings = self.settings.borrow();
        if settings.own_ciphers {
            return settings.ciphers.clone();
        }
        self.context.borrow().settings(|settings| settings.ciphers.clone())
    }

    /// What of the list may be used. A server asks about what its client offers.
    pub fn allowed_ciphers(&self) -> Arc<[u16]> {
        if !self.is_server() {
            return self.supported_ciphers();
        }
        let judge = self.judge();
        if !judge.is_callback() {
            return self.known_suites(self.ciphers(), |id| judge.allows_cipher(op::CIPHER_SHARED, id));
        }
        let offered = self.negotiated.borrow().client_ciphers.clone();
        filtered(self.ciphers(), |id| !offered.contains(&id) || judge.allows_cipher(op::CIPHER_SHARED, id))
    }

    /// As [`filtered`], where nothing but the list and the settings decides.
    fn known_suites(&self, list: Arc<[u16]>, allowed: impl Fn(u16) -> bool) -> Arc<[u16]> {
        let settings = self.settings.borrow();
        let kept = &settings.derived.suites[usize::from(self.is_server())];
        let known = kept.get_or_init(|| Suites { of: list.clone(), allowed: filtered(list.clone(), &allowed) });
        if Arc::ptr_eq(&known.of, &list) {
            return known.allowed.clone();
        }
        // The SSL_CTX has another list by now.
        filtered(list, allowed)
    }

    /// What of the list a client offers.
    pub fn supported_ciphers(&self) -> Arc<[u16]> {
        let judge = self.judge();
        let (rsa, curve) = self.signature_kinds();
        let signed = |id: u16| match id {
            0xc02f | 0xc030 | 0xcca8 => rsa,
            0xc02b | 0xc02c | 0xcca9 => curve,
            _ => true,
        };
        let allowed = |id| signed(id) && judge.allows_cipher(op::CIPHER_SUPPORTED, id);
        if judge.is_callback() {
            return filtered(self.ciphers(), allowed);
        }
        self.known_suites(self.ciphers(), allowed)
    }

    /// Gives the connection a list of its own: the suites of TLS 1.3 that
    /// `SSL_new` copied, and the others that are in use.
    pub fn update_ciphers<R>(&self, change: impl FnOnce(&mut Settings) -> R) -> R {
        let in_use = self.ciphers();
        let mut settings = self.settings.borrow_mut();
        if !settings.own_ciphers {
            let (tls13, _) = cipher_list::split(&settings.ciphers);
            let (_, lower) = cipher_list::split(&in_use);
            settings.ciphers = tls13.chain(lower).collect();
            settings.own_ciphers = true;
        }
        change(&mut settings)
    }

    /// The suite in use, or the one of the session that is to be resumed. In
    /// TLS 1.2 the suite of the ServerHello is not in use before its keys are.
    pub fn current_cipher(&self) -> Option<&'static Cipher> {
        let in_use = |cipher: &&Cipher| cipher.is_tls13() || self.tap.changed();
        self.negotiated_cipher().filter(in_use).or_else(|| {
            let session = self.session.borrow().clone()?;
            cipher::by_code_point(session.read(|fields| fields.cipher))
        })
    }

    /// The suite that this handshake agreed upon.
    pub fn negotiated_cipher(&self) -> Option<&'static Cipher> {
        cipher::by_code_point(self.negotiated.borrow().cipher)
    }

    /// What a client offered, as far as OpenSSL knows it; `None` unless this is
    /// a server with a ClientHello.
    pub fn client_ciphers(&self) -> Option<Vec<u16>> {
        let negotiated = self.negotiated.borrow();
        if self.role.get() != Role::Server || negotiated.client_ciphers.is_empty() {
            return None;
        }
        let known = |&id: &u16| cipher::by_code_point(id).is_some_and(|cipher| !cipher.is_signalling());
        Some(negotiated.client_ciphers.iter().copied().filter(known).collect())
    }
}

/// The suites that are `allowed`; the list itself where all are.
fn filtered(list: Arc<[u16]>, allowed: impl Fn(u16) -> bool) -> Arc<[u16]> {
    let kept: Vec<u16> = list.iter().copied().filter(|&id| allowed(id)).collect();
    if kept.len() == list.len() { list } else { kept.into() }
}
