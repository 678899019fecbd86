//! What a connection may use, by its security level or callback.

use std::sync::Arc;

use libc::c_int;

use super::handshake::TLS1_3;
use super::{Connection, Role};
use crate::context::security::{Judge, op};
use crate::context::settings::{SUITEB_128_LOS, SUITEB_128_LOS_ONLY, SUITEB_192_LOS};
use crate::context::sigalgs;
use crate::libcrypto::err;
use crate::reason::{self, alert};

const SSL_OP_NO_TICKET: u64 = 1 << 14;
const SSL_OP_NO_COMPRESSION: u64 = 1 << 17;

impl Connection {
    /// Who judges for this connection.
    pub fn judge(&self) -> Judge {
        let settings = self.settings.borrow();
        Judge::new(settings.security_level, settings.security_callback, self.as_ptr(), std::ptr::null())
    }

    /// Whether tickets that stand for TLS 1.2 sessions are used.
    pub fn uses_tickets(&self) -> bool {
        let enabled = self.settings.borrow().options & SSL_OP_NO_TICKET == 0;
        enabled && self.judge().allows_feature(op::TICKET, 0)
    }

    /// Compression, which no build here has; the program is asked all the same.
    pub fn ask_about_compression(&self) {
        let judge = self.judge();
        if judge.is_callback() && self.settings.borrow().options & SSL_OP_NO_COMPRESSION == 0 {
            judge.allows_feature(op::COMPRESSION, 0);
        }
    }

    /// Why a server may not choose this method of compression in TLS 1.2: it is not permitted, or
    /// as no build here has any, unknown.
    pub fn fault_of_compression(&self, version: u16, method: usize) -> Option<c_int> {
        if version >= TLS1_3 || method == 0 {
            return None;
        }
        let permitted = self.settings.borrow().options & SSL_OP_NO_COMPRESSION == 0
            && self.judge().allows_feature(op::COMPRESSION, 0);
        Some(if permitted { reason::UNSUPPORTED_COMPRESSION_ALGORITHM } else { reason::COMPRESSION_DISABLED })
    }

    /// The configured groups that may be used. A server asks about those that
    /// its client offers, in TLS 1.3 as about groups of its own.
    pub fn allowed_groups(&self) -> Arc<[u16]> {
        let tls13 = self.negotiated.borrow().version == TLS1_3;
        self.groups_allowed_by(if tls13 { &[op::CURVE_SUPPORTED, op::CURVE_CHECK] } else { &[op::CURVE_SHARED] })
    }

    /// The same, but a server asks whether they may be shared in every version.
    pub fn shareable_groups(&self) -> Arc<[u16]> {
        self.groups_allowed_by(&[op::CURVE_SHARED])
    }

    fn groups_allowed_by(&self, ops_of_server: &[c_int]) -> Arc<[u16]> {
        let judge = self.judge();
        if !judge.is_callback() {
            let settings = self.settings.borrow();
            let allowed = |id: &u16| judge.allows_group(op::CURVE_SUPPORTED, *id);
            let find = || settings.negotiable_groups().into_iter().filter(allowed).collect();
            return settings.derived.groups.get_or_init(find).clone();
        }
        let configured = self.settings.borrow().negotiable_groups();
        let offered = match self.role.get() {
            Role::Server => Some(self.negotiated.borrow().peer_groups.clone()),
            _ => None,
        };
        let allowed = |id: &u16| match &offered {
            Some(offered) if !offered.contains(id) => true,
            Some(_) => ops_of_server.iter().all(|&op| judge.allows_group(op, *id)),
            None => judge.allows_group(op::CURVE_SUPPORTED, *id),
        };
        configured.into_iter().filter(allowed).collect()
    }

    /// The signature schemes that are accepted from the peer, by preference.
    pub fn accepted_sigalgs(&self) -> Arc<[u16]> {
        let of_clients = self.is_server();
        let find = || self.allowed_sigalgs(of_clients, op::SIGALG_SUPPORTED).into();
        if self.judge().is_callback() {
            return find();
        }
        self.settings.borrow().derived.sigalgs[usize::from(of_clients)].get_or_init(find).clone()
    }

    /// The same, which are about to be sent: leaves a failure if a client has none.
    pub fn offered_sigalgs(&self) -> Arc<[u16]> {
        let accepted = self.accepted_sigalgs();
        if accepted.is_empty() && !self.is_server() && self.failure.get().is_none() {
            err::raise(reason::NO_SUITABLE_SIGNATURE_ALGORITHM);
            self.failure.set(Some((err::ERR_R_INTERNAL_ERROR, alert::INTERNAL_ERROR)));
        }
        accepted
    }

    /// What we may sign with, in order of preference.
    pub fn own_sigalgs(&self) -> Vec<u16> {
        self.allowed_sigalgs(!self.is_server(), op::SIGALG_SHARED)
    }

    /// The list for signatures of clients or of servers, as far as it is allowed.
    fn allowed_sigalgs(&self, by_client: bool, op: c_int) -> Vec<u16> {
        let judge = self.judge();
        let list = self.configured_sigalgs(by_client);
        list.into_iter().filter(|&id| !sigalgs::is_dsa(id) && judge.allows_sigalg(op, id)).collect()
    }

    /// Whether the peer was told that it may sign in this scheme, were it secure enough.
    pub fn offers_scheme(&self, code: u16) -> bool {
        self.with_configured_sigalgs(self.is_server(), |list| list.contains(&code))
    }

    fn configured_sigalgs(&self, by_client: bool) -> Vec<u16> {
        self.with_configured_sigalgs(by_client, <[u16]>::to_vec)
    }

    fn with_configured_sigalgs<R>(&self, by_client: bool, look: impl FnOnce(&[u16]) -> R) -> R {
        const ECDSA_P256_SHA256: u16 = 0x0403;
        const ECDSA_P384_SHA384: u16 = 0x0503;
        let settings = self.settings.borrow();
        match settings.suite_b() {
            SUITEB_128_LOS => return look(&[ECDSA_P256_SHA256, ECDSA_P384_SHA384]),
            SUITEB_128_LOS_ONLY => return look(&[ECDSA_P256_SHA256]),
            SUITEB_192_LOS => return look(&[ECDSA_P384_SHA384]),
            _ => {}
        }
        let of_clients = settings.client_sigalgs.as_ref().filter(|_| by_client);
        look(of_clients.or(settings.sigalgs.as_ref()).map_or(sigalgs::DEFAULT, |list| list))
    }

    /// Whether any signature by RSA, and any by an elliptic curve, is accepted:
    /// TLS 1.2 suites of the other kind are not offered.
    pub fn signature_kinds(&self) -> (bool, bool) {
        let (judge, of_clients) = (self.judge(), self.is_server());
        let find = || self.judge_signature_kinds(&judge, of_clients);
        if judge.is_callback() {
            return find();
        }
        *self.settings.borrow().derived.signature_kinds[usize::from(of_clients)].get_or_init(find)
    }

    fn judge_signature_kinds(&self, judge: &Judge, of_clients: bool) -> (bool, bool) {
        let (mut rsa, mut curve) = (false, false);
        for id in self.configured_sigalgs(of_clients) {
            let kind = if sigalgs::is_rsa(id) { &mut rsa } else { &mut curve };
            if !sigalgs::is_dsa(id) && !*kind {
                *kind = judge.allows_sigalg(op::SIGALG_MASK, id);
            }
        }
        (rsa, curve)
    }

    /// Whether a client takes the suite that the server chose.
    pub fn accepts_cipher(&self, code_point: u16) -> bool {
        let judge = self.judge();
        !judge.is_callback() || judge.allows_cipher(op::CIPHER_CHECK, code_point)
    }
}
